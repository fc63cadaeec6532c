/**
 * What is watched while a model learns: what it writes for one example, where it looks, its loss, its right answers; and
 * a slider that goes back to any moment of that.
 */

import { make } from "./elements.js";
import { NumberedHeatmap } from "./inside-section.js";
import { Curve } from "./train-curve.js";
import { percent, say } from "./words.js";

const FRAME_MS = 140;
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
    this.slider = make("input", { type: "range", id: "train-slider", min: 0, max: 0, step: 1, "aria-label": say("train_slider") });
    this.moment = make("output", { for: "train-slider" });
    this.play = make("button", { type: "button", id: "train-play", onclick: () => this.#press() }, say("train_play"));
    curve.append(make("div", { class: "train-moment" }, this.play, this.slider, this.moment), make("p", { class: "help" }, say("train_curve_help")));
    parent.append(example, make("div", { class: "train-pair" }, heat, curve));
    this.slider.addEventListener("input", () => this.#choose(Number(this.slider.value)));
    this.points = [];
  }

  /** @param {any} run */
  show(run) {
    const isOther = this.example !== run.example || run.points.length < this.points.length;
    const follows = isOther || this.at >= this.points.length - 1;
    if (isOther) this.heatmap.begin();
    const isSame = !isOther && run.points.length === this.points.length && this.updates === run.updates;
    Object.assign(this, { points: run.points, example: run.example, updates: run.updates });
    this.source.textContent = run.example;
    this.slider.max = String(Math.max(0, run.points.length - 1));
    this.slider.disabled = this.play.disabled = run.points.length < 2;
    if (isSame) return;
    this.#stay(follows ? run.points.length - 1 : this.at);
  }

  #press() {
    if (this.playing) return this.#halt();
    this.play.textContent = say("train_pause");
    if (this.at >= this.points.length - 1) this.#stay(0);
    this.playing = setInterval(() => {
      this.#stay(this.at + 1);
      if (this.at >= this.points.length - 1) this.#halt();
    }, FRAME_MS);
  }

  #halt() {
    clearInterval(this.playing);
    this.playing = null;
    this.play.textContent = say("train_play");
  }

  #choose(place) {
    this.#halt();
    this.#stay(place);
  }

  /** Shows one moment. */
  #stay(place) {
    this.at = Math.min(place, this.points.length - 1);
    const point = this.points[this.at];
    this.curve.draw({ points: this.points, updates: this.updates, at: this.at });
    this.target.textContent = point?.target || "…";
    this.slider.value = String(Math.max(0, this.at));
    this.moment.textContent = point ? describe(point) : "\u00a0";
    this.slider.setAttribute("aria-valuetext", this.moment.textContent);
    if (point) this.heatmap.draw(point.figure, this.colours);
  }
}

function describe({ updates, loss, exact }) {
  if (updates === 0) return say("train_moment_start");
  const values = { updates: updates.toLocaleString(), loss: loss < 0.1 ? loss.toFixed(3) : loss.toFixed(2) };
  return exact === null ? say("train_moment_loss", values) : say("train_moment", { ...values, exact: percent(exact) });
}
