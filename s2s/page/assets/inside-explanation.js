/** Is attention the explanation? Three answers for the same step, one below the other, and how far they agree. */

import { make } from "./elements.js";
import { BranchSection, NumberedHeatmap } from "./inside-section.js";
import { percent, say } from "./words.js";

const NAMES = ["inside_attention_gradient", "inside_attention_left_out", "inside_gradient_left_out"];

export class ExplanationSection extends BranchSection {
  constructor(parent, screen) {
    super(parent, "inside_explanation", screen, "explanation");
    this.steps = make("select", { id: "inside-step", "aria-label": say("inside_step") });
    this.steps.addEventListener("change", () => this.#choose(Number(this.steps.value)));
    const field = make("label", { class: "slider" }, make("span", {}, say("inside_step")), this.steps);
    this.body.append(field);
    this.heatmap = new NumberedHeatmap(this.body, say("inside_explanation"));
    this.agreements = make("div", { id: "inside-agreements" });
    this.measure = make("button", { type: "button", id: "inside-corpus" }, say("inside_corpus"));
    this.measure.addEventListener("click", () => this.screen.view({ do: "corpus" }));
    this.corpus = make("div", { id: "inside-corpus-result", "aria-live": "polite" });
    this.body.append(this.agreements, make("p", { class: "help" }, say("inside_explanation_help")), this.measure, this.corpus);
  }

  show(reply) {
    super.show(reply);
    if (!reply.corpus) return;
    const { sentences, agreements } = reply.corpus;
    this.corpus.replaceChildren(make("p", { class: "help" }, say("inside_corpus_of", { sentences })), table(agreements));
  }

  draw(scene) {
    this.scene = scene;
    this.steps.replaceChildren(...scene.pieces.map((piece, value) => make("option", { value }, `${value + 1}. ${piece}`)));
    this.agreements.replaceChildren(table(scene.agreements));
    const [attention, gradient] = scene.weights.map((rows) => rows.map((row) => row.indexOf(Math.max(...row))));
    this.#choose(Math.max(0, attention.findIndex((column, step) => column !== gradient[step])));
  }

  #choose(step) {
    this.steps.value = String(step);
    const { figure, weights, colours } = this.scene;
    const names = ["inside_method_attention", "inside_method_gradient", "inside_method_left_out"].map((name) => say(name));
    const z = weights.map((rows) => rows[step]);
    const [trace] = figure.data;
    const customdata = trace.customdata.map((cells, row) => cells.map(([column]) => [column, names[row]]));
    const text = trace.text && z.map((row) => row.map((weight) => (weight >= 0.1 ? (100 * weight).toFixed(0) : "")));
    const yaxis = { ...figure.layout.yaxis, ticktext: names };
    this.heatmap.draw({ data: [{ ...trace, z, customdata, text }], layout: { ...figure.layout, yaxis } }, colours);
  }
}

/** Rank correlation and first places of attention with the others, and of these with each other. */
function table(agreements) {
  const heads = ["inside_spearman", "inside_top_1"].map((name) => make("th", { scope: "col" }, say(name)));
  const rows = agreements.map(({ spearman, top_1 }, place) =>
    make(
      "tr",
      { "data-spearman": spearman, "data-top": top_1 },
      make("th", { scope: "row" }, say(NAMES[place])),
      make("td", {}, spearman === null ? "–" : spearman.toFixed(2)),
      make("td", {}, percent(top_1)),
    ),
  );
  return make("table", {}, make("thead", {}, make("tr", {}, make("td"), ...heads)), make("tbody", {}, ...rows));
}
