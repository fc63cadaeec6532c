/** How attention arises: a slider over the moments of one training, with the heatmap of a sentence at each. */

import { Desk } from "./desk.js";
import { make } from "./elements.js";
import { fitted } from "./fitting.js";
import { NumberedHeatmap, Section } from "./inside-section.js";
import { Notices } from "./notices.js";
import { Player } from "./player.js";
import { axis, Lines } from "./train-curve.js";
import { say } from "./words.js";

export class CompareEmergence extends Section {
  /**
   * @param {HTMLElement} parent
   * @param {import("./parts.js").Part} part
   */
  constructor(parent, part) {
    super(parent, "compare_emergence", null);
    const { sentences, facts, colours, patience_seconds: patience } = part.props;
    this.colours = colours;
    this.desk = new Desk(part, patience, () => this.notices.show([this.desk.problem].filter(Boolean), "wrong"));
    const options = sentences.map((text, value) => make("option", { value }, text));
    this.which = make("select", { id: "compare-emergence-which", "aria-label": say("compare_emergence_which") }, ...options);
    this.which.addEventListener("change", () => this.#look());
    this.player = new Player("compare-emergence-slider", say("compare_emergence_slider"), (place) => this.#draw(place));
    this.target = make("p", { class: "compare-emerged", dir: "auto" });
    const heat = make("section", { class: "train-heat" });
    this.heatmap = new NumberedHeatmap(heat, say("figure_label"));
    const curve = make("section", { class: "train-curve" }, make("h2", {}, say("compare_emergence_curve")));
    this.curve = new EmergenceCurve(curve);
    curve.append(make("p", { class: "help" }, say("compare_emergence_help", facts)));
    this.body.append(this.which, this.player.element);
    this.notices = new Notices(this.body);
    this.body.append(this.target, make("div", { class: "train-pair" }, heat, curve));
  }

  opened() {
    if (!this.moments) this.#look();
  }

  /** Fetches all moments of the chosen sentence; the slider stays where it was, at first at the end. */
  async #look() {
    this.player.halt();
    const reply = await this.desk.ask({ sentence: Number(this.which.value) }, "sentence");
    if (!reply) return;
    const place = this.moments ? this.player.at : reply.moments.length - 1;
    this.moments = reply.moments;
    this.heatmap.begin();
    this.player.offer(this.moments.length);
    this.player.stay(place);
  }

  #draw(place) {
    const { updates, loss, bleu, target, figure } = this.moments[place];
    this.target.textContent = target || "…";
    this.heatmap.draw(fitted(figure, this.heatmap.frame.clientWidth), this.colours);
    this.curve.draw({ moments: this.moments, at: place });
    return say("compare_emergence_moment", { updates: updates.toLocaleString("en"), loss: loss.toFixed(2), bleu: bleu.toFixed(1) });
  }
}

class EmergenceCurve extends Lines {
  constructor(parent) {
    super(parent, say("compare_emergence_curve_label"));
    this.explain([
      [say("train_loss"), "solid"],
      ["BLEU", "dashed"],
    ]);
  }

  figure({ moments, at }, { ink, accent, quiet }) {
    const updates = moments.map((moment) => moment.updates);
    const line = (name, look) => ({ x: updates, y: moments.map((moment) => moment[name]), mode: "lines", ...look });
    const here = updates[at];
    const top = (name, step) => step * Math.ceil((1.02 * Math.max(...moments.map((moment) => moment[name]))) / step);
    return {
      data: [
        line("loss", { name: say("train_loss"), line: { color: accent, width: 2.5 }, hovertemplate: "%{y:.2f}" }),
        line("bleu", { name: "BLEU", yaxis: "y2", line: { color: ink, width: 1.5, dash: "dash" }, hovertemplate: "%{y:.1f}" }),
      ],
      layout: {
        margin: { l: 32, r: 32, t: 8, b: 46 },
        xaxis: { ...axis, range: [0, updates.at(-1)], title: { text: say("train_updates"), font: { color: quiet, size: 13 }, standoff: 4 } },
        yaxis: { ...axis, range: [0, top("loss", 2)] },
        yaxis2: { ...axis, overlaying: "y", side: "right", range: [0, top("bleu", 10)] },
        shapes: [{ type: "line", x0: here, x1: here, y0: 0, y1: 1, yref: "paper", line: { color: accent, width: 1, dash: "dot" } }],
      },
    };
  }
}
