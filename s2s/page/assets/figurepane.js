/** The heatmap of one sentence with what belongs to it: what is shown of it, in words and as a table. */

import { make, makeChoice } from "./elements.js";
import { Heatmap } from "./heatmap.js";
import { readOut } from "./readout.js";
import { makeTable } from "./table.js";
import { isDark, onTheme } from "./theme.js";
import { say } from "./words.js";

export class FigurePane {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    /** @type {(view: any) => void} - is told what of the view has changed */
    this.onview = () => {};
    /** @type {(sentence: number) => void} */
    this.onsentence = () => {};
    this.title = make("h2", { id: "figure-title" });
    this.controls = make("div", { class: "controls" });
    this.sentences = make("div", { class: "sentences", role: "group", "aria-label": say("sentences") });
    this.readout = make("p", { class: "readout", role: "status" }, "\u00a0");
    const body = make("div", { class: "figure-body" });
    this.legend = make("div", { class: "legend", "aria-hidden": "true" });
    this.caption = make("p", { class: "quiet" });
    this.table = make("details", { id: "numbers", ontoggle: () => this.#fillTable() }, make("summary", {}, say("table")));
    const header = make("div", { class: "figure-head" }, this.title, this.controls);
    parent.append(header, this.sentences, this.readout, body, this.legend, this.caption, this.table);
    this.heatmap = new Heatmap(body, say("figure_label"));
    this.#makeControls();
    onTheme(() => this.scene && this.#drawLegend());
  }

  /** @param {any} scene - what Python's build_scene made */
  show(scene) {
    this.scene = scene;
    const { units } = scene;
    this.title.textContent = say(`title_${units}`);
    this.caption.textContent = scene.rows.length || scene.phase === "busy" ? `${say(`rule_${units}`)} ${say("caption")}` : "";
    this.#showView(scene);
    this.#showSentences(scene);
    this.#drawLegend();
    if (scene.phase === "done") this.#fillTable();
    return this.heatmap.draw(scene.figure, scene.colours);
  }

  /** @param {import("./linking.js").Light} light */
  light(light) {
    this.heatmap.mark(light.rows, light.columns);
    const trace = this.scene.figure.data[0];
    if (!trace) return;
    const read = (text) => new DOMParser().parseFromString(text.replaceAll("▁", " "), "text/html").documentElement.textContent.trim() || "▁";
    const sources = (trace.customdata[0] ?? []).map(([source]) => read(source));
    const targets = trace.customdata.map((row) => read(row[0]?.[1] ?? ""));
    this.readout.textContent = readOut(this.scene, light, sources, targets) || "\u00a0";
  }

  #makeControls() {
    const change = (values) => this.onview(values);
    this.units = makeChoice(say("units"), [["words", say("words")], ["pieces", say("pieces")]], "words", (units) => change({ units }));
    this.end = make("input", { type: "checkbox", checked: true, onchange: () => change({ end: this.end.checked }) });
    const scales = ["linear", "log", "threshold"];
    const options = scales.map((value) => make("option", { value }, say(`scale_${value}`)));
    this.scale = make("select", { "aria-label": say("scale"), onchange: () => change({ scale: this.scale.value }) }, ...options);
    this.threshold = make("input", { type: "range", min: "1", max: "90", value: "20", "aria-label": say("threshold") });
    this.threshold.addEventListener("change", () => change({ threshold: Number(this.threshold.value) / 100 }));
    this.controls.append(this.units, make("label", { class: "check" }, this.end, say("end")), this.scale, this.threshold);
  }

  #showView({ shown, has_words }) {
    const { units, end, scale, threshold } = shown.view;
    this.units.choose(units);
    this.units.hidden = !has_words;
    this.end.checked = end;
    this.scale.value = scale;
    this.threshold.hidden = scale !== "threshold";
    this.threshold.value = String(Math.round(100 * threshold));
    this.threshold.title = say("threshold_value", { share: Math.round(100 * threshold) });
  }

  #showSentences({ sentences, shown }) {
    this.sentences.hidden = sentences.length < 2;
    const texts = sentences.map((text, place) => `${place + 1}. ${text}`);
    const buttons = [...this.sentences.children];
    if (texts.some((text, place) => buttons[place]?.textContent !== text) || buttons.length > texts.length) {
      const choose = (place) => () => this.onsentence(place);
      this.sentences.replaceChildren(...texts.map((text, place) => make("button", { type: "button", onclick: choose(place) }, text)));
    }
    [...this.sentences.children].forEach((button, place) => button.setAttribute("aria-pressed", String(place === shown.sentence)));
  }

  #drawLegend() {
    const { colours, rows, shown } = this.scene;
    const stops = (isDark() ? colours.dark : colours.light).map(([place, colour]) => `${colour} ${100 * place}%`);
    const bar = make("span", { class: "bar", style: `background:linear-gradient(to right,${stops.join(",")})` });
    const note = shown.view.scale === "linear" ? "" : say(`legend_${shown.view.scale}`, { share: Math.round(100 * shown.view.threshold) });
    this.legend.replaceChildren("0 %", bar, "100 %", make("span", {}, note));
    this.legend.hidden = rows.length === 0 && this.scene.phase === "done";
  }

  #fillTable() {
    const [summary, ...old] = this.table.children;
    for (const each of old) each.remove();
    if (this.table.open && this.scene) summary.after(makeTable(this.scene.figure));
  }
}
