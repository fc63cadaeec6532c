/** Attention surgery: the weights of one row, or of all, changed by hand; the model goes on with them. */

import { make, makeChoice } from "./elements.js";
import { NumberedHeatmap, Section, makeParts, makeSlider } from "./inside-section.js";
import { percent, say } from "./words.js";

const BITS_DIGITS = 2;

export class SurgerySection extends Section {
  constructor(parent, screen) {
    super(parent, "inside_surgery", screen, true);
    this.row = 0;
    this.column = 0;
    this.all = false;
    this.moved = null; // the slider whose branch is the last one, and the branch that it leaves
    this.halves = make("div", { class: "inside-surgery" });
    this.side = make("div", { class: "inside-side" });
    this.body.append(this.halves);
    this.heatmap = new NumberedHeatmap(this.halves, say("inside_surgery"));
    this.heatmap.onpress = ({ row, column }) => this.#choose(row ?? this.row, column ?? this.column);
    this.heatmap.onpoint = (place) => this.#mark(place);
    this.at = make("p", { class: "inside-at", "aria-live": "polite" });
    this.tools = make("div", { class: "inside-tools" });
    this.effect = make("div", { id: "inside-effect", "aria-live": "polite" });
    this.side.append(make("p", { class: "help" }, say("inside_surgery_help")), this.at, this.tools);
    this.halves.append(this.side);
    this.body.append(this.effect);
    this.#makeTools();
  }

  show({ translation, effect }) {
    if (translation) {
      this.scene = translation;
      this.row = Math.min(this.row, translation.pieces.length - 1);
      this.column = Math.min(this.column, translation.source_pieces.length - 1);
      if (translation.number !== this.moved?.to) this.#forget();
      this.heatmap.draw(translation.figure, translation.colours);
      this.#fill();
      this.#mark(null);
      this.effect.hidden = true;
    }
    if (effect) this.#showEffect(effect);
  }

  #makeTools() {
    this.scope = makeChoice(say("inside_scope"), [["row", say("inside_row")], ["all", say("inside_all")]], "row", (value) => {
      this.all = value === "all";
      this.#mark(null);
    });
    this.weight = makeSlider("inside-weight", say("inside_weight"), { min: 0, max: 1, step: 0.01, value: 0 }, percent, (amount) =>
      this.#slide("weight", { amount, rows: [this.row], columns: [this.column] }),
    );
    this.temperature = makeSlider(
      "inside-temperature",
      say("inside_temperature"),
      { min: -1, max: 1, step: 0.05, value: 0 },
      (power) => (10 ** power).toFixed(2),
      (power) => this.#slide("temperature", { amount: Number((10 ** power).toFixed(4)) }),
    );
    const button = (operation, label, values) => {
      const made = make("button", { type: "button", "data-operation": operation }, label);
      made.addEventListener("click", () => this.#operate(operation, values()));
      return made;
    };
    this.leave = button("without", "", () => ({ columns: this.#word() }));
    this.other = make("select", { id: "inside-other", "aria-label": say("inside_swap_with") });
    this.reset = make("button", { type: "button", id: "inside-reset" }, say("inside_reset"));
    this.reset.addEventListener("click", () => this.screen.look(0));
    this.tools.append(
      this.scope,
      this.weight,
      this.temperature,
      make(
        "div",
        { class: "buttons" },
        button("uniform", say("inside_uniform"), () => ({})),
        button("shift", say("inside_left"), () => ({ amount: -1 })),
        button("shift", say("inside_right"), () => ({ amount: 1 })),
        this.leave,
        make("span", { class: "swap" }, button("swap", say("inside_swap"), () => ({ rows: [this.row, Number(this.other.value)] })), this.other),
        this.reset,
      ),
    );
  }

  #choose(row, column) {
    Object.assign(this, { row, column });
    this.#forget();
    this.#fill();
    this.#mark(null);
  }

  /** The words and values of the tools, for the row and the column that are chosen. */
  #fill() {
    const { pieces, source_pieces, figure } = this.scene;
    const weight = figure.data[0]?.z[this.row]?.[this.column] ?? 0;
    this.tools.hidden = !figure.data.length;
    this.at.hidden = this.tools.hidden;
    this.weight.set(weight);
    this.leave.textContent = say("inside_without", { word: this.#word().map((place) => source_pieces[place]).join("") });
    this.other.replaceChildren(...pieces.map((piece, value) => make("option", { value, disabled: value === this.row }, piece)));
    this.other.value = String(this.row + 1 < pieces.length ? this.row + 1 : this.row - 1);
    this.reset.disabled = this.scene.number === 0;
  }

  /** The source pieces of the word whose column is chosen. */
  #word() {
    const words = this.scene.source_words;
    return words.flatMap((word, place) => (word === words[this.column] ? [place] : []));
  }

  #rows() {
    return this.all ? this.scene.pieces.map((_, row) => row) : [this.row];
  }

  /** Lays bands over what is chosen, or pointed at, and says its weight. */
  #mark(place) {
    const { pieces, source_pieces, figure } = this.scene;
    const [row, column] = [place?.row ?? this.row, place?.column ?? this.column];
    this.heatmap.mark(place?.row != null ? [row] : this.#rows(), [column]);
    const weight = percent(figure.data[0]?.z[row]?.[column] ?? 0);
    this.at.textContent = say("inside_at", { row: pieces[row], column: source_pieces[column], weight });
  }

  #operate(operation, values) {
    this.#forget();
    this.screen.ask({ do: "operate", branch: this.screen.branch, operation, rows: this.#rows(), ...values });
  }

  /** A slider that is moved once more changes the weights that there were before it was first moved. */
  async #slide(operation, values) {
    const again = this.moved?.operation === operation;
    const branch = again ? this.moved.from : this.screen.branch;
    const asked = { do: "operate", branch, operation, rows: this.#rows(), again, ...values };
    this.moved = { operation, from: branch, to: null };
    this.sliding = true;
    const reply = await this.screen.ask(asked);
    this.sliding = false;
    this.moved = reply && { operation, from: branch, to: reply.translation.number };
  }

  #forget() {
    if (this.sliding) return;
    this.moved = null;
    this.temperature.set(0);
  }

  #showEffect({ before, after, bits, step, likely_before, likely_after }) {
    const row = (name, parts, likely) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, say(name)),
        make("td", {}, makeParts(parts)),
        make("td", { class: "quiet" }, likely.slice(0, 3).map(([piece, share]) => `${piece} ${percent(share)}`).join(" · ")),
      );
    const head = make("tr", {}, make("td"), make("th", { scope: "col" }, say("inside_written")), make("th", { scope: "col" }, say("inside_next")));
    this.effect.replaceChildren(
      make("table", {}, make("thead", {}, head), make("tbody", {}, row("inside_before", before, likely_before), row("inside_after", after, likely_after))),
      make("p", { class: "help", "data-bits": bits, "data-step": step }, say("inside_bits", { bits: bits.toFixed(BITS_DIGITS) })),
    );
    this.effect.hidden = false;
  }
}
