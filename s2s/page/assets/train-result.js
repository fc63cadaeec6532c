/** What a model can do when its training has ended: right answers by length, and some held-out examples. */

import { make } from "./elements.js";
import { axis, Lines } from "./train-curve.js";
import { percent, say } from "./words.js";

/** Right answers by length of this model, and of another one that did without what this one has, or had it. */
class Lengths extends Lines {
  constructor(parent) {
    super(parent, say("train_lengths_label"));
  }

  figure({ own, other, trained }, { ink, accent, quiet }) {
    const line = (counts, name, look) => ({
      x: counts.map(({ length }) => length),
      y: counts.map(({ right, tried }) => right / tried),
      name,
      hovertemplate: "%{y:.0%}",
      ...look,
    });
    const data = [line(own, say("train_lengths_own"), { mode: "lines+markers", line: { color: accent, width: 2.5 }, marker: { size: 7 } })];
    if (other) data.push(line(other.counts, other.name, { mode: "lines", line: { color: ink, width: 1.5, dash: "dot" } }));
    const limit = trained + 0.5;
    return {
      data,
      layout: {
        margin: { l: 44, r: 12, t: 8, b: 46 },
        xaxis: { ...axis, dtick: 1, range: [own[0].length - 0.5, own.at(-1).length + 0.5], title: { text: say("train_length"), font: { color: quiet, size: 13 }, standoff: 4 } },
        yaxis: { ...axis, range: [-0.03, 1.05], tickvals: [0, 0.5, 1], tickformat: ".0%", showgrid: true, gridcolor: "rgba(128,128,128,0.22)" },
        shapes: [{ type: "line", x0: limit, x1: limit, y0: 0, y1: 1, yref: "paper", line: { color: quiet, width: 1, dash: "dash" } }],
      },
    };
  }
}

export class Result {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    /** @type {Record<string, Record<string, any[]>>} - right answers by length that were measured before */
    this.compared = {};
    this.frame = make("section", { id: "train-result", class: "train-part", hidden: true });
    this.plot = make("div", { class: "train-plot" }, make("h2", {}, say("train_lengths")));
    this.lengths = new Lengths(this.plot);
    this.help = make("p", { class: "help" });
    this.plot.append(this.help);
    this.samples = make("div", { class: "train-samples" });
    this.frame.append(this.plot, this.samples);
    parent.append(this.frame);
  }

  /** @param {any} run */
  show({ plan, result }) {
    this.frame.hidden = !result.samples;
    if (!result.samples || result.samples === this.shown) return;
    this.shown = result.samples;
    this.#showSamples(result);
    this.plot.hidden = !result.by_length.length;
    if (!this.plot.hidden) this.#showLengths(plan, result);
  }

  #showLengths(plan, { by_length, trained_length }) {
    const kind = plan.attention === "none" ? "with" : "none";
    const counts = this.compared[plan.toy]?.[kind];
    const other = counts && { counts, name: say(`train_lengths_${kind}`) };
    this.lengths.explain([[say("train_lengths_own"), "solid"], ...(other ? [[other.name, "dotted"]] : [])]);
    const help = say("train_lengths_help", { tried: by_length[0].tried });
    this.help.textContent = other ? `${help} ${say("train_lengths_dotted")}` : help;
    this.lengths.draw({ own: by_length, other, trained: trained_length });
  }

  #showSamples({ samples, exact, test_pairs }) {
    const cell = (text) => make("td", { dir: "auto" }, text || "—");
    const rows = samples.map(([source, written, right]) => {
      const isRight = written === right;
      const mark = make("span", { class: isRight ? "mark right" : "mark wrong", role: "img", "aria-label": say(isRight ? "train_is_right" : "train_is_wrong") }, isRight ? "✓" : "✗");
      return make("tr", {}, cell(source), cell(written), make("td", { dir: "auto" }, mark, isRight ? "" : ` ${right}`));
    });
    const head = ["train_given", "train_written", "train_right"].map((name) => make("th", { scope: "col" }, say(name)));
    const table = make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
    const told = make("p", { id: "train-test", "data-exact": exact }, say("train_test", { exact: percent(exact), pairs: test_pairs }));
    this.samples.replaceChildren(make("h2", {}, say("train_samples")), told, make("div", { class: "table", tabindex: "0", role: "group", "aria-label": say("train_samples") }, table));
  }
}
