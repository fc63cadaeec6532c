/** Headline: a description in, one line out; what of it was copied, and how much of the text was looked at. */

import { Desk } from "./desk.js";
import { make } from "./elements.js";
import { Heatmap } from "./heatmap.js";
import { lightOfPlace, lightOfSource, lightOfTarget } from "./linking.js";
import { Notices } from "./notices.js";
import { onPart } from "./parts.js";
import { SentenceWords } from "./sentence.js";
import { language, percent, say } from "./words.js";

/** The share from which a word counts as copied. */
const COPIED = 0.5;

class Headline {
  /** @param {import("./parts.js").Part} part */
  constructor(part) {
    this.part = part;
    this.desk = new Desk(part, part.props.patience_seconds, (reply) => this.#settle(reply));
    const { element, props } = part;
    element.classList.add("headline");
    this.box = make("textarea", { id: "headline-text", rows: "6", spellcheck: "false", "aria-describedby": "headline-count" });
    this.count = make("span", { class: "quiet", id: "headline-count" });
    this.go = make("button", { type: "button", class: "primary", id: "headline-go", onclick: () => this.ask() }, say("head_go"));
    const left = make("div", { class: "pane" }, make("label", { for: "headline-text", class: "quiet" }, say("head_text")), this.box, make("div", { class: "row" }, this.go, this.count));
    const right = make("div", { class: "pane" });
    element.append(make("p", { class: "lead" }, say("head_lead")), make("div", { class: "panes" }, left, right));
    this.answer = new SentenceWords(right, { id: "headline-answer", "aria-label": say("head_answer"), "aria-live": "polite", lang: "en" });
    this.key = make("p", { class: "quiet", id: "headline-key" });
    this.readout = make("p", { class: "readout", role: "status" }, "\u00a0");
    right.append(this.key, this.readout);
    this.notices = new Notices(element);
    const pick = (text) => make("button", { type: "button", title: text, onclick: () => this.ask(text) }, text);
    element.append(make("div", { class: "examples", role: "group", "aria-label": say("head_examples") }, ...props.examples.map(pick)));
    element.append(make("h3", {}, say("head_read")), make("p", { class: "quiet" }, say("head_read_help")));
    this.source = new SentenceWords(element, { id: "headline-source", "aria-label": say("head_read"), lang: "en" });
    element.append(make("h3", {}, say("head_figure")));
    this.heatmap = new Heatmap(element, say("figure_label"));
    element.append(make("p", { class: "quiet" }, say("head_limits")));
    this.#act();
    const scene = JSON.parse(props.value);
    if (scene.source) this.#fill(scene.source.map(([text]) => text).join(""));
    this.#settle(scene);
  }

  /** Asks for the headline of a text, or of what stands in the box. */
  ask(text = this.box.value) {
    this.#fill(text);
    this.#setBusy(true);
    this.notices.show([say("head_busy")]);
    this.desk.ask({ text });
  }

  #fill(text) {
    this.box.value = text;
    const count = Array.from(text).length; // as Python counts them
    const [many, most] = [count, this.part.props.characters].map((number) => number.toLocaleString(language));
    this.count.textContent = say("head_count", { count: many, most });
    this.count.classList.toggle("wrong", count > this.part.props.characters);
  }

  #setBusy(busy) {
    this.go.disabled = busy;
    this.answer.element.setAttribute("aria-busy", String(busy));
    this.part.element.classList.toggle("busy", busy);
  }

  #settle(reply) {
    this.#setBusy(false);
    if (reply.lost || reply.message) return this.notices.show([reply.message ?? say("lost")], "wrong");
    return this.#show(reply);
  }

  #show(scene) {
    this.scene = scene;
    this.answer.show(scene.answer);
    this.source.show(scene.source);
    for (const span of this.answer.spans) span.classList.toggle("copied", this.#copied(Number(span.dataset.word)));
    this.notices.show(scene.warnings);
    this.#showKey();
    this.heatmap.begin();
    this.#rest();
    return this.heatmap.draw(scene.figure, scene.colours);
  }

  #copied(word) {
    return (this.scene.origins[word]?.copied ?? 0) >= COPIED;
  }

  #showKey() {
    const sample = (kind, words) => make("span", {}, make("span", { class: `word ${kind}` }, "\u00a0\u00a0\u00a0\u00a0"), say(words));
    if (!this.scene.origins.length) return this.key.replaceChildren(say("head_no_copy"));
    this.key.replaceChildren(sample("copied", "head_copied"), sample("plain", "head_generated"));
  }

  /** Nothing is pointed at: the source shows how much of it was looked at in all. */
  #rest() {
    const { coverage } = this.scene;
    this.answer.light(0, new Map());
    this.source.light(0, new Map(coverage.map((value, word) => [word, Math.min(1, value)]).filter(([, value]) => value >= 0.02)));
    this.heatmap.mark([], []);
    this.readout.textContent = "\u00a0";
  }

  /** @param {import("./linking.js").Light} light */
  #light(light) {
    this.answer.light(0, light.target, light.targetWord);
    this.source.light(0, light.source, light.sourceWord);
    this.heatmap.mark(light.rows, light.columns);
    this.readout.textContent = this.#readOut(light) || "\u00a0";
  }

  #readOut({ targetWord, sourceWord }) {
    const { origins, coverage } = this.scene;
    const name = (words, word) => words.spans.find((span) => Number(span.dataset.word) === word)?.textContent ?? "";
    if (targetWord !== null && origins[targetWord]) {
      const { copied, places } = origins[targetWord];
      const word = name(this.answer, targetWord);
      const from = places.map((place) => name(this.source, place)).join(say("comma"));
      const kind = copied >= COPIED && from ? "copied" : copied >= 0.02 ? "mixed" : "generated";
      return say(`head_word_${kind}`, { word, share: percent(copied), places: from });
    }
    if (sourceWord !== null) return say("head_word_read", { word: name(this.source, sourceWord), times: coverage[sourceWord].toFixed(2) });
    return "";
  }

  #act() {
    const point = (light) => (place) => this.scene && (place ? this.#light(light(this.scene, place)) : this.#rest());
    this.answer.onpoint = point((scene, { word }) => lightOfTarget(scene, word));
    this.source.onpoint = point((scene, { word }) => lightOfSource(scene, word));
    this.heatmap.onpoint = point(lightOfPlace);
    this.box.addEventListener("input", () => this.#fill(this.box.value));
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) this.ask();
    });
  }
}

/** The section begins when its part stands on the page. */
export function start() {
  onPart("headline", (part) => new Headline(part));
}
