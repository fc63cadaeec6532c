/** One of the two models: which it is, what it wrote, and where it looked. */

import { make } from "./elements.js";
import { fitted } from "./fitting.js";
import { Heatmap } from "./heatmap.js";
import { lightOfPlace, lightOfSource, lightOfTarget, noLight } from "./linking.js";
import { Notices } from "./notices.js";
import { SentenceWords } from "./sentence.js";
import { makeTable } from "./table.js";
import { percent, say } from "./words.js";

export class CompareSide {
  /**
   * @param {string} name - `one` or `other`
   * @param {{model: string, beam_size?: number}} chosen
   * @param {number} largest - beam
   */
  constructor(name, chosen, largest) {
    /** @type {(span: number[]|null, light: import("./linking.js").Light|null) => void} - begin and end of the source word */
    this.onpoint = () => {};
    this.onchange = () => {};
    this.wished = chosen.model;
    this.label = say(`compare_${name}`);
    this.select = make("select", { id: `compare-${name}`, "aria-label": this.label });
    const sizes = Array.from({ length: largest }, (_, place) => make("option", { value: place + 1 }, String(place + 1)));
    this.beam = make("select", { id: `compare-${name}-beam`, "aria-label": say("compare_beam_of", { name: this.label }) }, ...sizes);
    this.beam.value = String(chosen.beam_size ?? 5);
    const head = make("div", { class: "compare-head" }, this.select, make("label", {}, say("compare_beam"), " ", this.beam));
    this.facts = make("p", { class: "help compare-facts" }, "\u00a0");
    this.element = make("section", { id: `compare-side-${name}`, class: "compare-side", "aria-label": this.label }, head);
    this.words = new SentenceWords(this.element, { class: "words compare-words", "aria-label": this.label, "aria-live": "polite" });
    this.element.append(this.facts);
    this.notices = new Notices(this.element);
    this.heatmap = new Heatmap(this.element, this.label);
    this.none = make("p", { class: "compare-none", hidden: true }, say("compare_none"));
    this.numbers = make("details", { ontoggle: () => this.#fill() }, make("summary", {}, say("table")));
    this.element.append(this.none, this.numbers);
    for (const select of [this.select, this.beam]) select.addEventListener("change", () => this.#changed());
    this.#listen();
  }

  get chosen() {
    return { model: this.select.value || this.wished, beam_size: Number(this.beam.value) };
  }

  /** @param {string} model */
  choose(model) {
    this.select.value = this.wished = model;
  }

  /** @param {any[]} models - with `ofGrid` for those of the grid */
  offer(models) {
    const option = ({ name, title }) => make("option", { value: name }, title || name);
    const [grid, whole] = [models.filter(({ ofGrid }) => ofGrid), models.filter(({ ofGrid }) => !ofGrid)];
    const group = grid.length ? [make("optgroup", { label: say("compare_grid_models") }, ...grid.map(option))] : [];
    this.select.replaceChildren(...whole.map(option), ...group);
    this.select.value = this.wished;
    if (!this.select.value) this.select.selectedIndex = 0;
    this.#name();
  }

  /** @param {any} side - of Python's scene */
  show(side) {
    this.side = side;
    this.words.element.lang = side.language;
    this.words.element.setAttribute("aria-busy", String(side.phase === "busy"));
    this.words.show(side.answer);
    this.words.spans.forEach((span, place) => span.classList.toggle("differs", Boolean(side.differs?.[place])));
    const parameters = (side.parameters / 1e6).toFixed(1);
    const milliseconds = Math.round(side.milliseconds);
    const facts = [say("compare_facts", { milliseconds, parameters, probability: percent(side.probability) })];
    if (side.bleu != null) facts.push(say("compare_bleu", { bleu: side.bleu.toFixed(1) }));
    this.facts.textContent = facts.join(" · ");
    if (side.phase === "done") this.notices.show(side.warnings);
    this.draw(0);
  }

  /** @param {number} number - of the sentence */
  draw(number) {
    this.drawn = this.side.figures[number];
    const hasWeights = this.drawn.figure.data.length > 0;
    this.heatmap.frame.hidden = this.numbers.hidden = !hasWeights;
    this.none.hidden = hasWeights;
    if (!hasWeights) return;
    this.heatmap.begin();
    this.heatmap.draw(fitted(this.drawn.figure, this.heatmap.frame.clientWidth), this.side.colours);
    this.#fill();
  }

  /** @param {import("./linking.js").Light|null} light */
  light(light) {
    const { rows, columns, target, targetWord } = light ?? noLight();
    this.heatmap.mark(rows, columns);
    this.words.light(this.drawn?.shown.sentence ?? 0, target, targetWord);
  }

  /** Lights what stands at these places of the source; null puts it out. */
  lightSpan(span) {
    if (!this.drawn) return;
    const { sentence } = this.drawn.shown;
    const found = span && this.side.source_words.find(([of, , begin, end]) => of === sentence && begin < span[1] && end > span[0]);
    this.light(found ? lightOfSource(this.drawn, found[1]) : null);
  }

  #changed() {
    this.wished = this.select.value;
    this.#name();
    this.onchange();
  }

  /** Screen readers hear which model's words and weights these are. */
  #name() {
    const name = this.select.selectedOptions[0]?.textContent ?? "";
    this.words.element.setAttribute("aria-label", say("compare_answer", { name }));
    this.heatmap.frame.setAttribute("aria-label", say("compare_heat", { name }));
  }

  #listen() {
    this.heatmap.onpoint = (place) => this.#point(place && this.drawn ? lightOfPlace(this.drawn, place) : null);
    this.words.onpoint = (word) =>
      this.#point(word && word.sentence === this.drawn?.shown.sentence ? lightOfTarget(this.drawn, word.word) : null);
  }

  /** Of a row, the source word that it looked at most is followed on the other side. */
  #point(light) {
    const strongest = light && [...light.source].sort(([, a], [, b]) => b - a)[0]?.[0];
    const word = light?.sourceWord ?? strongest;
    const { sentence } = this.drawn?.shown ?? {};
    const found = word != null && this.side.source_words.find(([of, number]) => of === sentence && number === word);
    this.onpoint(found ? found.slice(2) : null, light);
  }

  #fill() {
    const [summary, ...old] = this.numbers.children;
    for (const each of old) each.remove();
    if (this.numbers.open && this.drawn) summary.after(makeTable(this.drawn.figure));
  }
}
