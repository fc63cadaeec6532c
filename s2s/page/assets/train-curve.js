/** How a model learns: its loss and its right answers over the updates, in room that is there from the beginning. */

import { make } from "./elements.js";
import { plotly } from "./plotly.js";
import { onTheme } from "./theme.js";
import { say } from "./words.js";

const CONFIG = { displayModeBar: false, doubleClick: false, showAxisDragHandles: false };
const HEIGHT = 260;
const GREY = "rgba(128,128,128,0.22)";
const LOSSES = [0.005, 6]; // of the axis, in nats

/** A figure with lines that is as wide as its place. */
export class Lines {
  /**
   * @param {HTMLElement} parent
   * @param {string} label - what it is, for screen readers
   */
  constructor(parent, label) {
    this.graph = make("div");
    this.legend = make("div", { class: "train-legend" });
    this.frame = make("div", { class: "train-lines", role: "img", "aria-label": label, style: `min-height:${HEIGHT}px` }, this.graph);
    parent.append(this.legend, this.frame);
    const again = () => this.shown && this.draw(this.shown);
    onTheme(again);
    new ResizeObserver(() => this.frame.clientWidth !== this.width && again()).observe(this.frame);
  }

  /** @param {any} shown - what `figure` makes a figure of */
  draw(shown) {
    this.shown = shown;
    this.drawing ??= new Promise((resolve) => requestAnimationFrame(resolve)).then(plotly).then((library) => {
      this.drawing = null;
      this.width = this.frame.clientWidth;
      if (!this.width) return null;
      const [ink, accent, quiet] = ["--body-text-color", "--accent", "--quiet"].map((name) => getComputedStyle(document.body).getPropertyValue(name).trim());
      const { data, layout } = this.figure(this.shown, { ink, accent, quiet });
      const ground = { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false, hovermode: "x unified", dragmode: false };
      const font = { family: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans CJK SC', sans-serif", size: 13, color: ink };
      return library.react(this.graph, data, { ...ground, font, width: this.width, height: HEIGHT, ...layout }, CONFIG);
    });
    return this.drawing;
  }

  /** Says which line is which: name, and a class for its look. */
  explain(lines) {
    this.legend.replaceChildren(...lines.map(([name, look]) => make("span", {}, make("i", { class: look, "aria-hidden": "true" }), name)));
  }
}

export const axis = { showgrid: false, zeroline: false, fixedrange: true, ticks: "outside", ticklen: 4, tickcolor: GREY, linecolor: GREY };

export class Curve extends Lines {
  constructor(parent) {
    super(parent, say("train_curve_label"));
    this.explain([
      [say("train_loss"), "solid"],
      [say("train_exact"), "dashed"],
    ]);
  }

  figure({ points, updates, at }, { ink, accent, quiet }) {
    const shown = points.filter(({ loss }) => loss !== null);
    const scored = points.filter(({ exact }) => exact !== null);
    const loss = {
      x: shown.map((point) => point.updates),
      y: shown.map((point) => point.loss),
      name: say("train_loss"),
      line: { color: accent, width: 2.5 },
      mode: "lines",
      hovertemplate: "%{y:.3f}",
    };
    const exact = {
      x: scored.map((point) => point.updates),
      y: scored.map((point) => point.exact),
      name: say("train_exact"),
      yaxis: "y2",
      line: { color: ink, width: 1.5, dash: "dash", shape: "hv" },
      mode: "lines",
      hovertemplate: "%{y:.0%}",
    };
    const here = points[at]?.updates ?? 0;
    const range = [0, Math.max(updates, here, 1)];
    return {
      data: [loss, exact],
      layout: {
        margin: { l: 44, r: 48, t: 8, b: 46 },
        xaxis: { ...axis, range, title: { text: say("train_updates"), font: { color: quiet, size: 13 }, standoff: 4 } },
        yaxis: { ...axis, type: "log", range: LOSSES.map(Math.log10), tickvals: [0.01, 0.1, 1], ticktext: ["0.01", "0.1", "1"], showgrid: true, gridcolor: GREY },
        yaxis2: { ...axis, overlaying: "y", side: "right", range: [0, 1.02], tickvals: [0, 0.5, 1], tickformat: ".0%" },
        shapes: [{ type: "line", x0: here, x1: here, y0: 0, y1: 1, yref: "paper", line: { color: accent, width: 1, dash: "dot" } }],
      },
    };
  }
}
