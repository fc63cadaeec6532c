/** A Plotly figure that is no heatmap, drawn in place in the colours of the page, in a frame that scrolls sideways. */

import { make } from "./elements.js";
import { plotly } from "./plotly.js";
import { onTheme } from "./theme.js";

const CONFIG = { displayModeBar: false, doubleClick: false, showAxisDragHandles: false };

const ACCENT = "#2b6cb0"; // as Python writes it (s2s/colours.py); the page has another one on a dark ground
const HIGHEST = 640; // pixels; a higher figure scrolls in its frame
const NARROWEST = 280; // pixels; below it a figure that fits scrolls too

export class Plot {
  /**
   * @param {HTMLElement} parent
   * @param {string} label - what it is, for screen readers
   * @param {{fits?: "square" | "width" | ""}} [how] - whether a figure shrinks with the screen, instead of scrolling
   */
  constructor(parent, label, { fits = "" } = {}) {
    this.fits = fits;
    this.graph = make("div");
    this.frame = make("div", { class: "plot-frame", tabindex: "0", role: "group", "aria-label": label }, this.graph);
    parent.append(this.frame);
    /** @type {(data: any) => void} */
    this.onpress = () => {};
    const again = () => this.spec && this.draw(this.spec);
    onTheme(again);
    if (fits) new ResizeObserver(() => this.frame.clientWidth !== this.width && again()).observe(this.frame); // a phone turns
  }

  /**
   * Makes one point of the last trace larger.
   *
   * @param {number} point
   */
  async select(point) {
    await this.drawing;
    (await plotly()).restyle(this.graph, { selectedpoints: [[point]] }, [this.spec.data.length - 1]);
  }

  /** @param {{data: any[], layout: any}} spec */
  draw(spec) {
    this.drawing = this.#draw(spec);
    return this.drawing;
  }

  async #draw(spec) {
    this.spec = spec;
    const library = await plotly();
    const [ink, accent] = ["--body-text-color", "--accent"].map((name) => getComputedStyle(document.body).getPropertyValue(name).trim());
    const { data, layout } = JSON.parse(JSON.stringify(spec).replaceAll(ACCENT, accent));
    for (const trace of data) if (trace.selected) trace.selected.textfont = trace.unselected.textfont = { color: ink };
    this.width = this.frame.clientWidth;
    if (this.fits && this.width) layout.width = Math.min(layout.width, Math.max(NARROWEST, this.width));
    if (this.fits === "square") layout.height = layout.width;
    this.frame.style.minHeight = `${Math.min(layout.height, HIGHEST) + 12}px`;
    await library.react(this.graph, data, { ...layout, font: { ...layout.font, color: ink } }, CONFIG);
    this.graph.removeAllListeners?.("plotly_click");
    this.graph.on("plotly_click", ({ points }) => points[0]?.customdata !== undefined && this.onpress(points[0].customdata));
  }
}
