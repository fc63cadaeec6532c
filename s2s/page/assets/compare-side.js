/** One of the two models: which it is, what it wrote, and where it looked. */

import { make } from "./elements.js";
import { Heatmap } from "./heatmap.js";
import { lightOfPlace, lightOfSource, lightOfTarget, noLight } from "./linking.js";
import { Notices } from "./notices.js";
import { SentenceWords } from "./sentence.js";
import { makeTable } from "./table.js";
import { percent, say } from "./words.js";

const LEAST_CELL = 26; // pixels of a column with a slanted name

const pen = document.createElement("canvas").getContext("2d");

/** A figure with narrower columns, where that is enough to show it whole in half of the screen. */
function fitted(figure, room) {
  const { layout } = figure;
  const { xaxis, margin, font } = layout;
  const [first, last] = xaxis.range;
  const columns = Math.abs(last - first);
  if (layout.width <= room) return figure;
  pen.font = `${font.size}px ${font.family}`;
  const longest = Math.max(...xaxis.ticktext.map((name) => pen.measureText(name).width));
  const level = (room - margin.l - margin.r) / columns;
  const isSlanted = xaxis.tickangle === 0 && longest + 4 > level;
  const side = first < last ? "r" : "l"; // slanted names lean towards the end of the line
  const edge = isSlanted ? Math.max(margin[side], 0.71 * longest) - margin[side] : 0;
  if (level - edge / columns < LEAST_CELL) return figure;
  if (!isSlanted) return { ...figure, layout: { ...layout, width: room } };
  const rise = Math.max(0, 0.71 * longest - 0.6 * font.size); // beyond that of level names
  return {
    ...figure,
    layout: {
      ...layout,
      width: room,
      height: layout.height + rise,
      margin: { ...margin, t: margin.t + rise, [side]: margin[side] + edge },
      xaxis: { ...xaxis, tickangle: side === "r" ? -45 : 45 },
    },
  };
}

export class CompareSide {
  /**
   * @param {string} name - `one` or `other`
   * @param {{model: string, beam_size?: number}} chosen
   * @param {number} largest - beam
   */
  constructor(name, chosen, largest) {
    /** @type {(span: number[]|null, light: import("./linking.js").Light|null) => void} - begin and end of the source word */
    this.onpoint = () => {};
    this.onchange = () => {};
    this.wished = chosen.model;
    this.label = say(`compare_${name}`);
    this.select = make("select", { id: `compare-${name}`, "aria-label": this.label });
    const sizes = Array.from({ length: largest }, (_, place) => make("option", { value: place + 1 }, String(place + 1)));
    this.beam = make("select", { id: `compare-${name}-beam`, "aria-label": say("compare_beam_of", { name: this.label }) }, ...sizes);
    this.beam.value = String(chosen.beam_size ?? 5);
    const head = make("div", { class: "compare-head" }, this.select, make("label", {}, say("compare_beam"), " ", this.beam));
    this.facts = make("p", { class: "help compare-facts" }, "\u00a0");
    this.element = make("section", { id: `compare-side-${name}`, class: "compare-side", "aria-label": this.label }, head);
    this.words = new SentenceWords(this.element, { class: "words compare-words", "aria-label": this.label, "aria-live": "polite" });
    this.element.append(this.facts);
    this.notices = new Notices(this.element);
    this.heatmap = new Heatmap(this.element, this.label);
    this.none = make("p", { class: "compare-none", hidden: true }, say("compare_none"));
    this.numbers = make("details", { ontoggle: () => this.#fill() }, make("summary", {}, say("table")));
    this.element.append(this.none, this.numbers);
    for (const select of [this.select, this.beam]) select.addEventListener("change", () => this.#changed());
    this.#listen();
  }

  get chosen() {
    return { model: this.select.value || this.wished, beam_size: Number(this.beam.value) };
  }

  /** @param {string} model */
  choose(model) {
    this.select.value = this.wished = model;
  }

  /** @param {any[]} models - with `ofGrid` for those of the grid */
  offer(models) {
    const option = ({ name, title }) => make("option", { value: name }, title || name);
    const [grid, whole] = [models.filter(({ ofGrid }) => ofGrid), models.filter(({ ofGrid }) => !ofGrid)];
    const group = grid.length ? [make("optgroup", { label: say("compare_grid_models") }, ...grid.map(option))] : [];
    this.select.replaceChildren(...whole.map(option), ...group);
    this.select.value = this.wished;
    if (!this.select.value) this.select.selectedIndex = 0;
    this.#name();
  }

  /** @param {any} side - of Python's scene */
  show(side) {
    this.side = side;
    this.words.element.lang = side.language;
    this.words.element.setAttribute("aria-busy", String(side.phase === "busy"));
    this.words.show(side.answer);
    this.words.spans.forEach((span, place) => span.classList.toggle("differs", Boolean(side.differs?.[place])));
    const parameters = (side.parameters / 1e6).toFixed(1);
    const milliseconds = Math.round(side.milliseconds);
    const facts = [say("compare_facts", { milliseconds, parameters, probability: percent(side.probability) })];
    if (side.bleu != null) facts.push(say("compare_bleu", { bleu: side.bleu.toFixed(1) }));
    this.facts.textContent = facts.join(" · ");
    if (side.phase === "done") this.notices.show(side.warnings);
    this.draw(0);
  }

  /** @param {number} number - of the sentence */
  draw(number) {
    this.drawn = this.side.figures[number];
    const hasWeights = this.drawn.figure.data.length > 0;
    this.heatmap.frame.hidden = this.numbers.hidden = !hasWeights;
    this.none.hidden = hasWeights;
    if (!hasWeights) return;
    this.heatmap.begin();
    this.heatmap.draw(fitted(this.drawn.figure, this.heatmap.frame.clientWidth), this.side.colours);
    this.#fill();
  }

  /** @param {import("./linking.js").Light|null} light */
  light(light) {
    const { rows, columns, target, targetWord } = light ?? noLight();
    this.heatmap.mark(rows, columns);
    this.words.light(this.drawn?.shown.sentence ?? 0, target, targetWord);
  }

  /** Lights what stands at these places of the source; null puts it out. */
  lightSpan(span) {
    if (!this.drawn) return;
    const { sentence } = this.drawn.shown;
    const found = span && this.side.source_words.find(([of, , begin, end]) => of === sentence && begin < span[1] && end > span[0]);
    this.light(found ? lightOfSource(this.drawn, found[1]) : null);
  }

  #changed() {
    this.wished = this.select.value;
    this.#name();
    this.onchange();
  }

  /** Screen readers hear which model's words and weights these are. */
  #name() {
    const name = this.select.selectedOptions[0]?.textContent ?? "";
    this.words.element.setAttribute("aria-label", say("compare_answer", { name }));
    this.heatmap.frame.setAttribute("aria-label", say("compare_heat", { name }));
  }

  #listen() {
    this.heatmap.onpoint = (place) => this.#point(place && this.drawn ? lightOfPlace(this.drawn, place) : null);
    this.words.onpoint = (word) =>
      this.#point(word && word.sentence === this.drawn?.shown.sentence ? lightOfTarget(this.drawn, word.word) : null);
  }

  /** Of a row, the source word that it looked at most is followed on the other side. */
  #point(light) {
    const strongest = light && [...light.source].sort(([, a], [, b]) => b - a)[0]?.[0];
    const word = light?.sourceWord ?? strongest;
    const { sentence } = this.drawn?.shown ?? {};
    const found = word != null && this.side.source_words.find(([of, number]) => of === sentence && number === word);
    this.onpoint(found ? found.slice(2) : null, light);
  }

  #fill() {
    const [summary, ...old] = this.numbers.children;
    for (const each of old) each.remove();
    if (this.numbers.open && this.drawn) summary.after(makeTable(this.drawn.figure));
  }
}
