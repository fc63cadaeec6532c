/**
 * One attention heatmap: Python's figure drawn in place, with bands over the rows and columns that are pointed at.
 *
 * A figure is what `attention_spec` (s2s/figures.py) makes. It is drawn once a frame at most, into the same graph, and
 * the room that it once took is kept, so that nothing jumps while rows come.
 *
 * @typedef {{row: number|null, column: number|null}} Place
 */

import { make } from "./elements.js";
import { plotly } from "./plotly.js";
import { isDark, onTheme } from "./theme.js";

const NARROW = 560; // pixels of a frame that has no room for wide margins
const NARROW_SIDE = 84;
const SCROLLBAR = 12;
const CONFIG = { displayModeBar: false, doubleClick: false, showAxisDragHandles: false };
const KEYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export class Heatmap {
  /**
   * @param {HTMLElement} parent - where it is put
   * @param {string} label - what it is, for screen readers
   */
  constructor(parent, label) {
    this.graph = make("div", { class: "heat-graph" });
    this.names = make("div", { class: "heat-names", "aria-hidden": "true" });
    this.bands = make("div", { class: "heat-bands", "aria-hidden": "true" });
    this.inner = make("div", { class: "heat-inner" }, this.names, this.graph, this.bands);
    this.frame = make("div", { class: "heat-frame", tabindex: "0", role: "group", "aria-label": label }, this.inner);
    parent.append(this.frame);
    /** @type {(place: Place|null) => void} */
    this.onpoint = () => {};
    /** @type {(place: Place) => void} */
    this.onpress = () => {};
    this.kept = 0;
    this.place = null;
    this.marked = { rows: [], columns: [] };
    this.#listen();
    onTheme(() => this.spec && this.draw(this.spec, this.colours));
  }

  /**
   * Draws a figure, in the next frame; of several in one frame the last.
   *
   * @param {{data: any[], layout: any}} spec
   * @param {{light: any[], dark: any[]}} colours - the scale in both themes
   * @returns {Promise<void>} when it stands there
   */
  draw(spec, colours) {
    Object.assign(this, { spec, colours });
    this.drawing ??= new Promise((resolve) => requestAnimationFrame(resolve))
      .then(plotly)
      .then((library) => {
        this.drawing = null;
        return this.#react(library);
      });
    return this.drawing;
  }

  /** Lets go of the room that was kept: what is drawn next is something new. */
  begin() {
    this.kept = 0;
  }

  /**
   * Lays bands over some rows and columns, and over nothing else.
   *
   * @param {number[]} rows
   * @param {number[]} columns
   */
  mark(rows, columns) {
    this.marked = { rows, columns };
    const shape = this.#shape();
    if (!shape) return;
    const { left, top, cell, row, width, height } = shape;
    const box = (x, y, w, h, kind) =>
      make("div", { class: kind, style: `left:${x}px;top:${y}px;width:${w}px;height:${h}px` });
    this.bands.replaceChildren(
      ...rows.map((index) => box(left, top + index * row, width, row, "heat-row")),
      ...columns.map((index) => box(left + this.#across(index) * cell, top, cell, height, "heat-column")),
    );
    for (const name of this.names.children) name.classList.toggle("lit", rows.includes(Number(name.dataset.row)));
  }

  /** Brings a row into sight inside the frame, sideways only. */
  show(column) {
    const shape = this.#shape();
    if (!shape || column == null) return;
    const begin = shape.left + this.#across(column) * shape.cell;
    if (begin < this.frame.scrollLeft + shape.left || begin + shape.cell > this.frame.scrollLeft + this.frame.clientWidth)
      this.frame.scrollLeft = begin - this.frame.clientWidth / 2;
  }

  async #react(library) {
    const { data, layout } = this.#themed();
    this.inner.style.width = `${layout.width}px`;
    this.kept = Math.max(layout.height + SCROLLBAR, this.kept);
    this.frame.style.minHeight = `${this.kept}px`;
    await library.react(this.graph, data, layout, CONFIG);
    this.#nameRows();
    this.mark(this.marked.rows, this.marked.columns);
  }

  /** The figure's layout, with less room for the names of the rows where a screen is narrow. */
  #fitted() {
    const { layout } = this.spec;
    if (this.frame.clientWidth >= NARROW || !this.spec.data.length) return layout;
    const side = layout.yaxis.side === "right" ? "r" : "l";
    const saved = Math.max(0, layout.margin[side] - NARROW_SIDE);
    return { ...layout, width: layout.width - saved, margin: { ...layout.margin, [side]: layout.margin[side] - saved } };
  }

  /** The figure in the colours of the page. */
  #themed() {
    const style = getComputedStyle(document.body);
    const ink = style.getPropertyValue("--body-text-color").trim();
    const scale = isDark() ? this.colours.dark : this.colours.light;
    const data = this.spec.data.map((trace) => (trace.type === "heatmap" ? { ...trace, colorscale: scale } : trace));
    this.layout = this.#fitted();
    return { data, layout: { ...this.layout, font: { ...this.layout.font, color: ink } } };
  }

  /** The names of the rows once more, to stand still while a narrow screen scrolls sideways. */
  #nameRows() {
    const { layout } = this;
    const shape = this.#shape();
    const scrolls = this.frame.scrollWidth > this.frame.clientWidth;
    this.frame.classList.toggle("scrolls", scrolls);
    if (!shape || !scrolls) return this.names.replaceChildren();
    const right = layout.yaxis.side === "right";
    this.names.classList.toggle("right", right);
    this.names.style.width = `${right ? layout.margin.r : layout.margin.l}px`;
    const texts = new Map(layout.yaxis.tickvals.map((place, index) => [place, plain(layout.yaxis.ticktext[index])]));
    this.names.replaceChildren(
      ...Array.from({ length: shape.rows }, (_, row) =>
        make(
          "div",
          { "data-row": row, style: `top:${shape.top + row * shape.row}px;height:${shape.row}px;line-height:${shape.row}px;font-size:${layout.font.size}px` },
          texts.get(row) ?? "",
        ),
      ),
    );
  }

  /** Pixels and counts of what is drawn; null where there is no heatmap. */
  #shape() {
    const trace = this.spec?.data.find((each) => each.type === "heatmap");
    if (!trace || !this.layout) return null;
    const { layout } = this;
    const { l: left, r, t: top, b } = layout.margin;
    const columns = Math.abs(layout.xaxis.range[1] - layout.xaxis.range[0]);
    const room = Math.abs(layout.yaxis.range[1] - layout.yaxis.range[0]);
    const row = (layout.height - top - b) / room;
    const rows = trace.z.length;
    const width = layout.width - left - r;
    return { left, top, columns, rows, width, row, cell: width / columns, height: rows * row };
  }

  /** The place from the left of a column: another one if the source is written from right to left. */
  #across(column) {
    const [first, last] = this.layout.xaxis.range;
    return first < last ? column : first - 0.5 - column;
  }

  /** @param {PointerEvent} event */
  #placeOf(event) {
    const shape = this.#shape();
    if (!shape) return null;
    const box = this.graph.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left - shape.left, event.clientY - box.top - shape.top];
    const lean = y < 0 && Math.abs(this.layout.xaxis.tickangle) === 45 ? y * Math.sign(-this.layout.xaxis.tickangle) : 0;
    const across = Math.floor((x + lean) / shape.cell);
    const column = across >= 0 && across < shape.columns ? this.#across(across) : null;
    const down = Math.floor(y / shape.row);
    const row = down >= 0 && down < shape.rows ? down : null;
    return row === null && (column === null || y >= 0) ? null : { row, column };
  }

  #point(place) {
    if (place?.row === this.place?.row && place?.column === this.place?.column) return;
    this.place = place;
    this.onpoint(place);
  }

  #listen() {
    this.inner.addEventListener("pointermove", (event) => this.#point(this.#placeOf(event)));
    this.inner.addEventListener("pointerdown", (event) => this.#point(this.#placeOf(event)));
    this.inner.addEventListener("click", (event) => {
      const place = this.#placeOf(event);
      if (place) this.onpress(place);
    });
    this.frame.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.#point(null));
    this.frame.addEventListener("blur", () => this.#point(null));
    this.frame.addEventListener("keydown", (event) => this.#key(event));
    window.addEventListener("resize", () => this.spec && this.draw(this.spec, this.colours));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const shape = this.#shape();
    if (!shape || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") return this.#point(null);
    if (event.key === "Enter" && this.place) return this.onpress(this.place);
    const step = KEYS[event.key];
    if (!step) return;
    event.preventDefault();
    const mirror = this.#across(0) === 0 ? 1 : -1;
    const { row, column } = this.place ?? { row: -step[0], column: -step[1] * mirror };
    const within = (value, count) => Math.min(Math.max(value, 0), count - 1);
    const place = { row: within((row ?? 0) + step[0], shape.rows), column: within((column ?? 0) + step[1] * mirror, shape.columns) };
    this.#point(place);
    this.show(place.column);
  }
}

/** What a reader sees of Plotly's pseudo-HTML. */
function plain(markup) {
  return new DOMParser().parseFromString(markup, "text/html").documentElement.textContent;
}
