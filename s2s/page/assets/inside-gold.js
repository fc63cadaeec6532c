/** Gold alignments: weights beside the links that a person drew, and how good the links are that they make. */

import { make, makeChoice } from "./elements.js";
import { NumberedHeatmap, Section, makeSlider } from "./inside-section.js";
import { percent, say } from "./words.js";

const WEIGHINGS = ["attention", "posterior"];
const RULES = ["argmax", "threshold", "intersection"];

export class GoldSection extends Section {
  constructor(parent, screen) {
    super(parent, "inside_gold", screen);
    this.asked = { pair: 0, weighing: "attention", rule: "argmax", threshold: 0.25 };
    this.pairs = make("select", { id: "inside-pair", "aria-label": say("inside_pair") });
    this.pairs.addEventListener("change", () => this.#ask({ pair: Number(this.pairs.value) }));
    const weighings = WEIGHINGS.map((weighing) => [weighing, say(`inside_weighing_${weighing}`)]);
    this.weighing = makeChoice(say("inside_weighing"), weighings, "attention", (weighing) => this.#ask({ weighing }));
    const rules = RULES.map((rule) => [rule, say(`inside_rule_${rule}`)]);
    this.rule = makeChoice(say("inside_rule"), rules, "argmax", (rule) => this.#ask({ rule }));
    const range = { min: 0.05, max: 1, step: 0.05, value: this.asked.threshold };
    this.threshold = makeSlider("inside-threshold", say("inside_threshold"), range, percent, (threshold) => this.#ask({ threshold }));
    this.body.append(make("div", { class: "inside-tools" }, this.pairs, this.weighing, this.rule, this.threshold));
    this.heatmap = new NumberedHeatmap(this.body, say("inside_gold"));
    this.scores = make("div", { id: "inside-scores", "aria-live": "polite" });
    this.body.append(this.scores, make("p", { class: "help" }, say("inside_gold_help")));
  }

  opened() {
    if (!this.model) this.#ask({});
  }

  show({ gold, tree }) {
    if (tree && tree.model !== this.model) {
      this.model = null;
      if (this.open) this.#ask({ pair: 0 });
    }
    if (gold) this.#draw(gold);
  }

  #ask(values) {
    Object.assign(this.asked, values);
    this.model = this.screen.scene?.tree.model;
    this.screen.view({ do: "gold", ...this.asked });
  }

  #draw({ pair, pairs, weighing, rule, threshold, figure, colours, scores }) {
    this.pairs.replaceChildren(...pairs.map((text, value) => make("option", { value, selected: value === pair }, `${value + 1}. ${text}`)));
    this.weighing.choose(weighing);
    this.rule.choose(rule);
    this.threshold.set(threshold);
    this.threshold.hidden = rule !== "threshold";
    this.heatmap.draw(figure, colours);
    const heads = ["inside_precision", "inside_recall", "inside_error_rate"].map((name) => make("th", { scope: "col" }, say(name)));
    const rows = scores.map(({ precision, recall, error_rate }, place) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, say(place ? "inside_all_pairs" : "inside_this_pair", { count: pairs.length })),
        ...[precision, recall, error_rate].map((share) => make("td", { "data-share": share }, percent(share))),
      ),
    );
    this.scores.replaceChildren(make("table", {}, make("thead", {}, make("tr", {}, make("td"), ...heads)), make("tbody", {}, ...rows)));
  }
}
