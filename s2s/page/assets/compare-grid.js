/** The grid: one sentence through every small model, and what was measured of each. */

import { make } from "./elements.js";
import { Section } from "./inside-section.js";
import { Notices } from "./notices.js";
import { isDark, onTheme } from "./theme.js";
import { say } from "./words.js";

const COLUMNS = [
  ["name", "compare_model"],
  ["bleu", "BLEU"],
  ["error_rate", "compare_aer"],
  ["parameters", "compare_parameters"],
  ["milliseconds", "compare_ms"],
  ["minutes", "compare_minutes"],
  ["seed", "compare_seed"],
];
const LESS_IS_BETTER = ["error_rate", "parameters", "milliseconds", "minutes", "seed", "name"];
const CELL = 8; // pixels of the canvas; the style makes it as large as there is room

export class CompareGrid extends Section {
  /**
   * @param {HTMLElement} parent
   * @param {import("./parts.js").Part} part
   * @param {import("./desk.js").Desk} desk
   * @param {() => string} text - of the visitor
   */
  constructor(parent, part, desk, text) {
    super(parent, "compare_grid", null);
    const { rows, facts, colours } = part.props;
    Object.assign(this, { desk, text, rows, colours, turn: 0 });
    this.go = make("button", { type: "button", id: "compare-grid-go", onclick: () => this.#run() }, say("compare_grid_go"));
    this.stop = make("button", { type: "button", id: "compare-grid-stop", hidden: true, onclick: () => this.#end() }, say("compare_grid_stop"));
    this.tiles = new Map(rows.map(({ name }) => [name, new Tile(name, colours)]));
    const kinds = new Set(rows.map(({ attention }) => attention)).size;
    const tiles = make("div", { class: "compare-tiles", style: `--kinds:${kinds}` }, ...[...this.tiles.values()].map(({ element }) => element));
    this.table = make("div", { class: "table", tabindex: "0", role: "group", "aria-label": say("compare_grid_table") });
    const run = make("div", { class: "compare-run" }, this.go, this.stop);
    this.notices = new Notices(run);
    this.body.append(
      run,
      tiles,
      this.table,
      make("p", { class: "help" }, say("compare_grid_help", { pairs: facts.test_pairs.toLocaleString("en"), gold: facts.gold_pairs })),
    );
    this.#sort("bleu");
    onTheme(() => this.tiles.forEach((tile) => tile.draw()));
  }

  /** Asks one model after the other, so that sentences of others come between. */
  async #run() {
    const turn = ++this.turn;
    const text = this.text();
    const [first] = this.tiles.keys();
    this.#setBusy(true);
    this.notices.show([]);
    for (const tile of this.tiles.values()) tile.clear();
    for (const [name, tile] of this.tiles) {
      const reply = await this.desk.ask({ cell: name, text });
      if (turn !== this.turn) return;
      if (!reply) {
        this.notices.show([this.desk.problem], "wrong");
        break;
      }
      const { sentence, sentences: count } = reply.cell;
      if (count > 1 && name === first) this.notices.show([say("compare_grid_first", { count, sentence })]);
      tile.show(reply.cell);
    }
    this.#setBusy(false);
  }

  #end() {
    this.turn += 1;
    this.#setBusy(false);
  }

  #setBusy(busy) {
    this.go.disabled = busy;
    this.stop.hidden = !busy;
  }

  #sort(key) {
    const isSame = key === this.key;
    this.key = key;
    this.sign = isSame ? -this.sign : LESS_IS_BETTER.includes(key) ? 1 : -1;
    const last = (value) => value ?? (this.sign > 0 ? Infinity : -Infinity); // what is not known stands last
    const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a - b) || 0;
    const rows = [...this.rows].sort((a, b) => this.sign * compare(last(a[key]), last(b[key])));
    const head = COLUMNS.map(([name, label]) => {
      const sorted = name === key ? (this.sign > 0 ? "ascending" : "descending") : "none";
      const button = make("button", { type: "button", "data-key": name, onclick: () => this.#press(name) }, say(label));
      return make("th", { scope: "col", "aria-sort": sorted }, button);
    });
    const body = rows.map((row) => make("tr", {}, ...COLUMNS.map(([name]) => make(name === "name" ? "th" : "td", name === "name" ? { scope: "row" } : {}, read(row, name)))));
    this.table.replaceChildren(make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...body)));
  }

  #press(key) {
    this.#sort(key);
    this.table.querySelector(`[data-key="${key}"]`).focus();
  }
}

function read(row, name) {
  const value = row[name];
  if (value == null) return "–";
  if (name === "error_rate") return (100 * value).toFixed(1);
  if (name === "parameters") return value.toLocaleString("en");
  return typeof value === "number" && name !== "seed" ? value.toFixed(1) : String(value);
}

/** A small picture of one model's weights, with what it wrote. */
class Tile {
  constructor(name, colours) {
    Object.assign(this, { name, colours });
    this.canvas = make("canvas", { role: "img", "aria-label": say("compare_grid_heat", { name }), hidden: true });
    this.none = make("p", { class: "compare-fixed", hidden: true }, say("compare_grid_fixed"));
    this.target = make("p", { class: "compare-target", dir: "auto" });
    this.facts = make("span", { class: "help" });
    const room = make("div", { class: "compare-room" }, this.canvas, this.none);
    this.element = make("figure", { class: "compare-tile", "data-cell": name }, make("figcaption", {}, name, " ", this.facts), room, this.target);
  }

  clear() {
    this.canvas.hidden = this.none.hidden = true;
    this.target.textContent = this.facts.textContent = "";
  }

  /** @param {any} reply - of Python */
  show({ target, milliseconds, drawn }) {
    this.drawn = drawn;
    this.target.textContent = target;
    this.facts.textContent = `${Math.round(milliseconds)} ms`;
    this.none.hidden = Boolean(drawn);
    this.canvas.hidden = !drawn;
    this.draw();
  }

  draw() {
    if (!this.drawn || this.canvas.hidden) return;
    const { sources, targets, weights } = this.drawn;
    const scale = isDark() ? this.colours.dark : this.colours.light;
    this.canvas.width = CELL * Math.max(1, sources.length);
    this.canvas.height = CELL * Math.max(1, targets.length);
    const context = this.canvas.getContext("2d");
    weights.forEach((row, down) =>
      row.forEach((weight, across) => {
        context.fillStyle = colourAt(scale, weight);
        context.fillRect(CELL * across, CELL * down, CELL - 1, CELL - 1);
      }),
    );
  }
}

/** The colour of a weight, mixed as the large heatmaps do. */
function colourAt(scale, weight) {
  const after = scale.findIndex(([place]) => place >= weight);
  const [[left, first], [right, last]] = [scale[Math.max(0, after - 1)], scale[Math.max(0, after)]];
  const share = right > left ? (weight - left) / (right - left) : 1;
  const part = (colour, at) => parseInt(colour.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => Math.round(part(first, at) + share * (part(last, at) - part(first, at))));
  return `rgb(${mixed.join(",")})`;
}
