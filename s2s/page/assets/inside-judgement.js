/** A translation of your own: how much each word surprises the model, and where it would have gone another way. */

import { make } from "./elements.js";
import { NumberedHeatmap, Section } from "./inside-section.js";
import { percent, say } from "./words.js";

const MOST_BITS = 16; // the width of a full bar

export class JudgementSection extends Section {
  constructor(parent, screen) {
    super(parent, "inside_own", screen);
    this.box = make("textarea", { id: "inside-target", rows: 1, dir: "auto", "aria-label": say("inside_own") });
    this.form = make("form", { class: "inside-begin" }, this.box, make("button", { class: "primary" }, say("inside_judge")));
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.box.addEventListener("keydown", (event) => event.key === "Enter" && !event.isComposing && this.#submit(event));
    this.said = make("p", { class: "inside-at", "aria-live": "polite" });
    this.table = make("div", { class: "table", id: "inside-judgement" });
    this.figure = make("div");
    this.body.append(this.form, this.said, this.table, this.figure);
    this.heatmap = new NumberedHeatmap(this.figure, say("inside_own_heat"));
    this.figure.hidden = true;
  }

  /** An example, the search's second-best translation, is judged when the section is first opened for a sentence. */
  opened() {
    if (!this.example) return;
    this.box.value = this.example;
    this.example = "";
    this.#judge();
  }

  show({ begun, translation, judgement }) {
    if (begun) {
      this.example = translation.second;
      if (this.open) this.opened();
    }
    if (judgement) this.#draw(judgement);
  }

  #submit(event) {
    event.preventDefault();
    this.#judge();
  }

  #judge() {
    this.screen.view({ do: "judge", target: this.box.value });
  }

  #draw({ words, parting, bits, figure, colours }) {
    const { instead, probability } = parting ?? {};
    const word = parting && words[parting.word].word;
    const share = parting && percent(probability);
    this.said.textContent = parting ? say("inside_parting", { word, instead, share }) : say("inside_same");
    const heads = ["inside_word", "inside_surprise", "inside_rank"].map((name) => make("th", { scope: "col" }, say(name)));
    const rows = words.map((each, place) => this.#row(each, place === parting?.word));
    const total = make("p", { class: "help" }, say("inside_total", { bits: bits.toFixed(1) }));
    this.table.replaceChildren(make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows)), total);
    this.figure.hidden = false;
    this.heatmap.draw(figure, colours);
  }

  #row({ word, bits, rank }, parts) {
    const bar = make("span", { class: "bar", style: `width:${Math.min(100, (100 * bits) / MOST_BITS)}%`, "aria-hidden": "true" });
    const name = make("th", { scope: "row", dir: "auto" }, word, parts ? make("small", {}, ` ${say("inside_here")}`) : "");
    return make(
      "tr",
      { class: parts && "parting", "data-bits": bits, "data-rank": rank },
      name,
      make("td", {}, make("span", { class: "meter" }, bar), bits.toFixed(1)),
      make("td", {}, String(rank)),
    );
  }
}
