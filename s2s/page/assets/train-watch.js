/**
 * What is watched while a model learns: what it writes for one example, where it looks, its loss, its right answers; and
 * a slider that goes back to any moment of that.
 */

import { make } from "./elements.js";
import { NumberedHeatmap } from "./inside-section.js";
import { Player } from "./player.js";
import { Curve } from "./train-curve.js";
import { percent, say } from "./words.js";

const SMALLEST_CELL = 25; // pixels: with less the numbers in it cannot be read

/** A heatmap of single letters, which are drawn closer together where there is little room. */
export class LetterHeatmap extends NumberedHeatmap {
  draw(spec, colours) {
    return super.draw(this.#fitted(spec), colours);
  }

  #fitted(spec) {
    const columns = spec.data[0]?.z[0]?.length;
    if (!columns) return spec;
    const { margin, width } = spec.layout;
    const least = margin.l + margin.r + SMALLEST_CELL * columns;
    return { ...spec, layout: { ...spec.layout, width: Math.min(width, Math.max(least, this.frame.clientWidth || width)) } };
  }
}

export class Watch {
  /**
   * @param {HTMLElement} parent
   * @param {{light: any[], dark: any[]}} colours - of the heatmap
   */
  constructor(parent, colours) {
    this.colours = colours;
    this.source = make("span", { id: "train-source", dir: "auto" });
    this.target = make("span", { id: "train-target", dir: "auto" });
    const example = make(
      "div",
      { class: "train-example" },
      make("div", {}, make("small", {}, say("train_source")), this.source),
      make("span", { class: "arrow", "aria-hidden": "true" }, "→"),
      make("div", {}, make("small", {}, say("train_target")), this.target),
    );
    const heat = make("section", { class: "train-heat", id: "train-heat" }, make("h2", {}, say("train_heat")));
    this.heatmap = new LetterHeatmap(heat, say("figure_label"));
    heat.append(make("p", { class: "help" }, say("train_heat_help")));
    const curve = make("section", { class: "train-curve", id: "train-curve" }, make("h2", {}, say("train_curve")));
    this.curve = new Curve(curve);
    this.player = new Player("train-slider", say("train_slider"), (place) => this.#draw(place));
    curve.append(this.player.element, make("p", { class: "help" }, say("train_curve_help")));
    parent.append(example, make("div", { class: "train-pair" }, heat, curve));
    this.points = [];
  }

  /** @param {any} run */
  show(run) {
    const isOther = this.example !== run.example || run.points.length < this.points.length;
    const follows = isOther || this.player.at >= this.points.length - 1;
    if (isOther) this.heatmap.begin();
    const isSame = !isOther && run.points.length === this.points.length && this.updates === run.updates;
    Object.assign(this, { points: run.points, example: run.example, updates: run.updates });
    this.source.textContent = run.example;
    this.player.offer(run.points.length);
    if (isSame) return;
    this.player.stay(follows ? run.points.length - 1 : this.player.at);
  }

  #draw(place) {
    const point = this.points[place];
    this.curve.draw({ points: this.points, updates: this.updates, at: place });
    this.target.textContent = point?.target || "…";
    if (!point) return "\u00a0";
    this.heatmap.draw(point.figure, this.colours);
    return describe(point);
  }
}

function describe({ updates, loss, exact }) {
  if (updates === 0) return say("train_moment_start");
  const values = { updates: updates.toLocaleString(), loss: loss < 0.1 ? loss.toFixed(3) : loss.toFixed(2) };
  return exact === null ? say("train_moment_loss", values) : say("train_moment", { ...values, exact: percent(exact) });
}
