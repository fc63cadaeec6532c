/** Teacher forcing, seen: one sentence through models that were fed differently, and what each makes of a mistake. */

import { Desk } from "./desk.js";
import { make, makeChoice } from "./elements.js";
import { Plot } from "./inside-plot.js";
import { Section } from "./inside-section.js";
import { Notices } from "./notices.js";
import { save } from "./saving.js";
import { SentenceWords } from "./sentence.js";
import { percent, say } from "./words.js";

const NARROW = 700; // pixels; below, panels stand one under the other

export class CompareExposure extends Section {
  /**
   * @param {HTMLElement} parent
   * @param {import("./parts.js").Part} part
   * @param {() => string} text - of the visitor
   */
  constructor(parent, part, text) {
    super(parent, "compare_exposure", null);
    const { models, pairs, example, patience_seconds: patience } = part.props;
    Object.assign(this, { text, models, pairs, measure: "own" });
    this.desk = new Desk(part, patience, () => this.notices.show([this.desk.problem].filter(Boolean), "wrong"));
    const mine = make("button", { type: "button", id: "compare-exposure-go", onclick: () => this.#answer(this.text()) }, say("compare_exposure_go"));
    const back = make("button", { type: "button", id: "compare-exposure-example", onclick: () => this.#answer(example) }, say("compare_exposure_back"));
    this.source = make("p", { class: "compare-source", dir: "auto" });
    this.right = make("div", { class: "compare-right", hidden: true }, make("p", { class: "help" }, say("compare_exposure_right")));
    this.rightWords = this.#makeWords(this.right, say("compare_exposure_right"));
    this.sides = models.map((model) => new Side(model, (element, label) => this.#makeWords(element, label)));
    const sides = make("div", { class: "compare-three" }, ...this.sides.map(({ element }) => element));
    this.body.append(make("div", { class: "compare-run" }, mine, back));
    this.notices = new Notices(this.body);
    this.body.append(this.source, this.right, this.#makeForm(), sides, make("p", { class: "help" }, say("compare_exposure_help")));
    this.#makeCurve();
    this.example = example;
  }

  opened() {
    if (!this.asked) this.#answer(this.example);
    this.#draw();
  }

  #makeWords(parent, label) {
    const words = new SentenceWords(parent, { class: "words compare-fed", "aria-label": label });
    words.onpoint = (word) => this.#light(words, word?.word);
    words.onpress = ({ word }) => this.#press(words, word);
    return words;
  }

  /** What is fed in place of the word that was pressed. */
  #makeForm() {
    this.title = make("label", { for: "compare-exposure-instead" });
    this.box = make("input", { id: "compare-exposure-instead", type: "text", dir: "auto", autocomplete: "off" });
    this.others = make("div", { class: "compare-others", role: "group", "aria-label": say("compare_exposure_others") });
    this.form = make("form", { class: "compare-instead" }, this.title, this.box, make("button", { class: "primary" }, say("compare_exposure_feed")), this.others);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#feed(this.box.value);
    });
    return make("div", { class: "compare-form" }, make("p", { class: "help" }, say("compare_exposure_press")), this.form);
  }

  #makeCurve() {
    const options = ["own", "mistake"].map((value) => [value, say(`compare_exposure_${value}`)]);
    const choose = (measure) => {
      this.measure = measure;
      this.#draw();
    };
    this.body.append(make("h3", {}, say("compare_exposure_curve", { pairs: this.pairs.toLocaleString("en") })));
    this.body.append(makeChoice(say("compare_exposure_measure"), options, this.measure, choose));
    this.plot = new Plot(this.body, say("compare_exposure_label"), { fits: "width" });
    this.told = make("p", { class: "help", id: "compare-exposure-told" });
    const download = () => save("exposure.csv", new Blob([this.csv], { type: "text/csv" }));
    this.download = make("button", { type: "button", id: "compare-exposure-download", hidden: true, onclick: download }, say("compare_twin_download"));
    this.body.append(this.told, this.download);
  }

  async #answer(text) {
    this.asked = true;
    const reply = await this.desk.ask({ do: "answers", text }, "answers");
    if (!reply) return;
    this.sentence = reply.text;
    this.source.textContent = reply.text;
    reply.answers.forEach((answer, place) => this.sides[place].show(answer));
    this.right.hidden = !reply.right;
    this.rightWords.show(reply.right?.parts ?? []);
    this.rightWords.target = reply.right?.target;
    const words = reply.right ? this.rightWords : this.sides[0].words;
    if (!words.spans.length) return;
    this.#choose(words, reply.right?.mistake.word ?? 0);
    if (reply.right) this.#feed(reply.right.mistake.instead);
    else this.#offer();
  }

  #press(words, word) {
    this.#choose(words, word);
    this.#offer();
    this.box.focus();
  }

  #choose(words, word) {
    Object.assign(this, { words, word });
    this.title.textContent = say("compare_exposure_instead", { word: words.spans[word].textContent });
    this.box.value = "";
    this.others.replaceChildren();
    for (const each of this.#all()) this.#light(each);
  }

  #all() {
    return [this.rightWords, ...this.sides.map((side) => side.words)];
  }

  /** Tints the word that was pressed, and the one that is pointed at. */
  #light(words, pointed) {
    const chosen = words === this.words ? this.word : -1;
    words.light(0, new Map([[chosen, 1]]), pointed ?? chosen);
  }

  async #offer() {
    const { words, word } = this;
    const reply = await this.desk.ask({ do: "words", text: this.sentence, target: words.target, word }, "words");
    if (!reply || words !== this.words || word !== this.word) return;
    const button = (other) => make("button", { type: "button", dir: "auto", onclick: () => this.#feed(other) }, other);
    this.others.replaceChildren(...reply.words.map(button));
  }

  async #feed(instead) {
    this.box.value = instead;
    const { words, word } = this;
    const reply = await this.desk.ask({ do: "mistake", text: this.sentence, target: words.target, word, instead }, "mistake");
    reply?.mistake.rows.forEach((row, place) => this.sides[place].go(row));
  }

  async #draw() {
    const reply = await this.desk.ask({ do: "curve", measure: this.measure, stacked: this.plot.frame.clientWidth < NARROW }, "curve");
    if (!reply) return;
    const { figure, csv } = reply.curve;
    this.csv = csv;
    this.download.hidden = false;
    this.plot.draw(this.#translated(figure));
    const points = (value) => (100 * value).toFixed(1);
    const losses = this.models.map((model) => {
      const { loss, right, other } = model[this.measure];
      const shares = { loss: loss.value, low: loss.low, high: loss.high, right: right.value, other: other.value };
      const read = Object.entries(shares).map(([name, share]) => [name, points(share)]);
      return say("compare_exposure_loss", { name: model.name, ...Object.fromEntries(read) });
    });
    this.told.textContent = say(`compare_exposure_${this.measure}_told`, { losses: losses.join(" · ") });
  }

  /** The figure with the page's words at its lines and axes. */
  #translated(figure) {
    const word = (name) => say(`compare_exposure_${this.measure}_${name}`);
    for (const trace of figure.data) if (trace.name) trace.name = word(trace.legendgroup);
    for (const [name, { title }] of Object.entries(figure.layout)) if (title?.text) title.text = word(name.startsWith("x") ? "across" : "up");
    return figure;
  }
}

/** One model: what it wrote, what it makes of the mistake, and how likely it finds the words that should follow. */
class Side {
  /**
   * @param {any} model - its name and scores
   * @param {(parent: HTMLElement, label: string) => SentenceWords} makeWords
   */
  constructor({ name, bleu, band }, makeWords) {
    const kind = say(`compare_exposure_${name}`);
    const head = make("h3", {}, name, " ", make("span", { class: "help" }, kind));
    this.element = make("section", { class: "compare-side", "aria-label": name, "data-model": name }, head);
    this.element.append(make("p", { class: "help" }, say("compare_exposure_bleu", { bleu: bleu.toFixed(1), band: band.toFixed(1) })));
    this.words = makeWords(this.element, say("compare_answer", { name }));
    this.written = make("p", { class: "compare-written", dir: "auto", "aria-live": "polite" }, "\u00a0");
    this.table = make("div", { class: "compare-follow" });
    this.element.append(this.written, this.table);
  }

  /** @param {any} answer - of Python */
  show({ parts, target }) {
    this.words.show(parts);
    this.words.target = target;
    this.written.textContent = "\u00a0";
    this.table.replaceChildren();
  }

  /** @param {any} row - of Python: what became of the mistake */
  go({ begin, instead, rest, words, right, wrong }) {
    const fed = make("span", { class: "compare-begin" }, begin, begin && " ");
    this.written.replaceChildren(fed, make("mark", {}, instead), rest);
    const mean = (values) => percent(values.reduce((sum, value) => sum + value, 0) / values.length);
    const head = make("tr", {}, make("th", { scope: "col" }, say("compare_exposure_next")), ...["after_right", "after_wrong"].map((name) => make("th", { scope: "col" }, say(`compare_exposure_${name}`))));
    const rows = words.map((word, place) => makeRow(word === "</s>" ? "⏎" : word, right[place], wrong[place]));
    const last = make("tr", {}, make("th", { scope: "row" }, say("compare_exposure_mean")), make("td", {}, mean(right)), make("td", {}, mean(wrong)));
    this.table.replaceChildren(make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows), make("tfoot", {}, last)));
  }
}

function makeRow(word, right, wrong) {
  const cell = (share, name) => {
    const bar = make("span", { class: `bar ${name}`, style: `width:${(100 * share).toFixed(1)}%` });
    return make("td", {}, make("span", { class: "meter", "aria-hidden": "true" }, bar), percent(share));
  };
  return make("tr", {}, make("th", { scope: "row", dir: "auto" }, word), cell(right, "right"), cell(wrong, "wrong"));
}
