/** Compare: one sentence through two models, side by side; below it a test set, twins, a grid, teacher forcing. */

import { CompareEmergence } from "./compare-emergence.js";
import { CompareExposure } from "./compare-exposure.js";
import { CompareGrid } from "./compare-grid.js";
import { CompareSide } from "./compare-side.js";
import { CompareTest } from "./compare-test.js";
import { CompareTwin } from "./compare-twin.js";
import { Desk, onRefused } from "./desk.js";
import { make } from "./elements.js";
import { Notices } from "./notices.js";
import { hear, onPart, part } from "./parts.js";
import { say } from "./words.js";

const SIDES = ["one", "other"];

class Screen {
  /** @param {Record<string, import("./parts.js").Part>} parts */
  constructor({ compare, compare_test, compare_views, compare_emergence: emergence, compare_exposure: exposure, shelf }) {
    this.part = compare;
    this.number = 0;
    const { chosen, cells, largest_beam: largest, patience_seconds: patience } = compare.props;
    this.patience = patience;
    this.cells = cells;
    this.box = make("textarea", { id: "compare-source", rows: 1, dir: "auto", "aria-label": say("source") });
    this.go = make("button", { id: "compare-go", class: "primary" }, say("compare_go"));
    this.stop = make("button", { type: "button", id: "compare-stop", hidden: true, onclick: () => this.#stop() }, say("stop"));
    const form = make("form", { class: "inside-begin" }, this.box, this.go, this.stop);
    this.sides = SIDES.map((name, place) => new CompareSide(name, chosen[place], largest));
    this.which = make("select", { id: "compare-sentence", "aria-label": say("compare_which"), hidden: true });
    this.which.addEventListener("change", () => this.#draw(Number(this.which.value)));
    const pair = make("div", { class: "compare-pair" }, ...this.sides.map(({ element }) => element));
    const help = make("p", { class: "help" }, say("compare_help"));
    const area = make("div", { class: "inside compare" }, make("p", { class: "lead" }, say("compare_lead")), form);
    this.notices = new Notices(area);
    area.append(this.which, pair, help);
    const desk = new Desk(compare_views, compare_views.props.patience_seconds);
    const use = (names) => this.#choose(names);
    this.test = new CompareTest(area, compare_test, () => this.#request(), (name) => this.#title(name));
    if (compare_views.props.twins.length) this.twin = new CompareTwin(area, compare_views, desk, () => this.box.value, use);
    if (compare_views.props.rows.length) this.grid = new CompareGrid(area, compare_views, desk, () => this.box.value);
    if (emergence.props.sentences.length) this.emergence = new CompareEmergence(area, emergence);
    if (exposure.props.models.length) this.exposure = new CompareExposure(area, exposure, () => this.box.value);
    compare.element.replaceChildren(area);
    form.addEventListener("submit", (event) => this.#submit(event));
    this.box.addEventListener("keydown", (event) => event.key === "Enter" && !event.isComposing && this.#submit(event));
    this.sides.forEach((side, place) => {
      side.onpoint = (span, light) => this.#point(place, span, light);
      side.onchange = () => this.box.value.trim() && this.ask();
    });
    hear(shelf, ({ entries }) => this.#offer(entries.filter(({ state }) => state === "ready")));
    hear(compare, (scene) => this.#show(scene));
    onRefused(this);
  }

  /** Whether something has come of what was asked. */
  get isHeard() {
    return this.scene?.number === this.number;
  }

  /** Asks both models. */
  ask() {
    if (this.busy) this.part.trigger("take");
    this.#setBusy(true);
    this.part.trigger("ask", { number: ++this.number, text: this.box.value, one: this.sides[0].chosen, other: this.sides[1].chosen });
  }

  #submit(event) {
    event.preventDefault();
    this.ask();
  }

  #stop() {
    this.number += 1; // what still comes is not shown
    this.part.trigger("take");
    this.#setBusy(false);
  }

  /** @param {Record<string, string>|string} why - in both languages, or ready */
  lose(why) {
    this.#stop();
    this.notices.show([why], "wrong");
  }

  #request() {
    const [one, other] = this.sides.map((side) => side.chosen);
    return { one: one.model, other: other.model, one_beam: one.beam_size, other_beam: other.beam_size };
  }

  #title(name) {
    return this.models.find((model) => model.name === name)?.title ?? name;
  }

  #choose(names) {
    this.sides.forEach((side, place) => side.choose(names[place]));
    this.ask();
    this.box.focus();
  }

  /** Models at work for everybody or added by this visitor; then those of the grid. */
  #offer(entries) {
    const cells = this.cells.map((cell) => ({ ...cell, ofGrid: true }));
    this.models = [...entries, ...cells];
    for (const side of this.sides) side.offer(this.models);
  }

  #show(scene) {
    if (scene.number !== this.number) return;
    if (scene.phase !== "busy") this.#setBusy(false);
    if (scene.phase === "failed") return this.notices.show([scene.message], "wrong");
    if (!scene.number) this.box.value = scene.asked;
    this.scene = scene;
    this.sides.forEach((side, place) => scene.sides[place] && side.show(scene.sides[place]));
    if (scene.phase !== "done") return;
    const { sentences } = scene.sides[0];
    const drawn = Math.min(...scene.sides.map(({ figures }) => figures.length));
    this.which.replaceChildren(...sentences.slice(0, drawn).map((text, value) => make("option", { value }, `${value + 1}. ${text}`)));
    this.which.hidden = drawn < 2;
    this.twin?.look();
  }

  #draw(sentence) {
    for (const side of this.sides) side.draw(sentence);
  }

  /** What is pointed at on one side lights there; the same word of the source lights on the other one. */
  #point(place, span, light) {
    this.sides[place].light(light);
    this.sides[1 - place].lightSpan(light && span);
  }

  #setBusy(busy) {
    this.busy = busy;
    this.stop.hidden = !busy;
    this.part.element.setAttribute("aria-busy", String(busy));
    clearTimeout(this.clock);
    if (!busy) return;
    this.notices.show([]);
    this.clock = setTimeout(() => this.lose(say("lost")), 1000 * this.patience);
  }
}

const NAMES = ["compare_test", "compare_views", "compare_emergence", "compare_exposure", "shelf"];

export function start() {
  onPart("compare", async (compare) => {
    const others = await Promise.all(NAMES.map((name) => part(name)));
    new Screen({ compare, ...Object.fromEntries(NAMES.map((name, place) => [name, others[place]])) });
  });
}
