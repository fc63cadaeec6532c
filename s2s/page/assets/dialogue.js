/**
 * Dialogue: what the visitor says, what the model answers, and where it looked for the answer that is chosen.
 *
 * The conversation is kept here, and nowhere else: each ask carries the answer before and the turn, which is all that
 * the model reads.
 */

import { Desk } from "./desk.js";
import { make, makeChoice } from "./elements.js";
import { Heatmap } from "./heatmap.js";
import { lightOfPlace, lightOfSource, lightOfTarget, noLight } from "./linking.js";
import { Notices } from "./notices.js";
import { onPart } from "./parts.js";
import { readOut } from "./readout.js";
import { SentenceWords } from "./sentence.js";
import { makeTable } from "./table.js";
import { language, say } from "./words.js";

const SEEDS = 2 ** 31;

/** How an answer is found: the likeliest, or drawn by chance with a temperature and a share of the probability. */
class Method {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.chosen = "beam";
    const choice = makeChoice(say("talk_how"), ["beam", "sample"].map((name) => [name, say(`talk_${name}`)]), "beam", (name) => this.#choose(name));
    this.temperature = this.#slider("temperature", { min: "0.2", max: "2", step: "0.1", value: "0.7" });
    this.topP = this.#slider("top_p", { min: "0.1", max: "1", step: "0.05", value: "0.9" });
    const how = make("div", { class: "how" }, choice, make("p", { class: "quiet" }, say("talk_how_help")), ...this.temperature.rows, ...this.topP.rows);
    parent.append(make("details", { id: "dialogue-how" }, make("summary", {}, say("talk_how")), how));
    this.#choose("beam");
  }

  get values() {
    if (this.chosen === "beam") return { method: "beam" };
    const [temperature, top_p] = [this.temperature, this.topP].map(({ input }) => Number(input.value));
    return { method: "sample", temperature, top_p, seed: Math.floor(Math.random() * SEEDS) };
  }

  #slider(name, range) {
    const id = `dialogue-${name}`;
    const input = make("input", { type: "range", id, "aria-describedby": `${id}-help`, ...range });
    const output = make("output", { for: id }, input.value);
    input.addEventListener("input", () => (output.textContent = input.value));
    const row = make("label", { class: "setting" }, make("span", {}, say(`talk_${name}`)), input, output);
    return { input, rows: [row, make("p", { class: "quiet", id: `${id}-help` }, say(`talk_${name}_help`))] };
  }

  #choose(name) {
    this.chosen = name;
    for (const { input } of [this.temperature, this.topP]) input.disabled = name === "beam";
  }
}

/** Where the model looked for one answer: its words and those it read, which point at each other, and the heatmap. */
class Looked {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    const area = make("div", { id: "dialogue-looked" });
    parent.append(area);
    this.element = area;
    area.append(make("h3", {}, say("talk_read")), make("p", { class: "quiet" }, say("talk_read_help")));
    this.source = new SentenceWords(area, { id: "dialogue-source", "aria-label": say("talk_read"), lang: "en" });
    this.answer = new SentenceWords(area, { id: "dialogue-answer", "aria-label": say("talk_answer"), lang: "en" });
    this.readout = make("p", { class: "readout", role: "status" }, "\u00a0");
    area.append(make("h3", {}, say("talk_figure")), this.readout);
    this.heatmap = new Heatmap(area, say("figure_label"));
    this.table = make("details", { id: "dialogue-numbers", ontoggle: () => this.#fillTable() }, make("summary", {}, say("table")));
    area.append(this.table);
    const point = (light) => (place) => this.scene && this.#light(place ? light(this.scene, place) : noLight());
    this.answer.onpoint = point((scene, { word }) => lightOfTarget(scene, word));
    this.source.onpoint = point((scene, { word }) => lightOfSource(scene, word));
    this.heatmap.onpoint = point(lightOfPlace);
  }

  /** @param {any} scene - what Python's scene_of made; null for nothing */
  show(scene) {
    this.scene = scene;
    this.source.show(scene?.source ?? []);
    this.answer.show(scene?.answer ?? []);
    this.readout.textContent = "\u00a0";
    this.heatmap.mark([], []);
    this.heatmap.frame.style.visibility = scene ? "" : "hidden"; // its room stays
    this.#fillTable();
    return scene && this.heatmap.draw(scene.figure, scene.colours);
  }

  /** @param {import("./linking.js").Light} light */
  #light(light) {
    this.answer.light(0, light.target, light.targetWord);
    this.source.light(0, light.source, light.sourceWord);
    this.heatmap.mark(light.rows, light.columns);
    const trace = this.scene.figure.data[0];
    if (!trace) return;
    const read = (text) => new DOMParser().parseFromString(text, "text/html").documentElement.textContent;
    const sources = (trace.customdata[0] ?? []).map(([source]) => read(source));
    const targets = trace.customdata.map((row) => read(row[0]?.[1] ?? ""));
    this.readout.textContent = readOut(this.scene, light, sources, targets) || "\u00a0";
  }

  #fillTable() {
    const [summary, ...old] = this.table.children;
    for (const each of old) each.remove();
    if (this.table.open && this.scene) summary.after(makeTable(this.scene.figure));
  }
}

class Dialogue {
  /** @param {import("./parts.js").Part} part */
  constructor(part) {
    this.part = part;
    this.desk = new Desk(part, part.props.patience_seconds, (reply) => this.#settle(reply));
    /** @type {{turn: string, scene: any, button: HTMLElement}[]} */
    this.said = [];
    const { element, props } = part;
    element.classList.add("dialogue");
    this.log = make("div", { id: "dialogue-log", role: "log", tabindex: "0", "aria-label": say("talk_log") });
    this.box = make("textarea", { id: "dialogue-text", lang: "en", "aria-describedby": "dialogue-count" });
    this.count = make("span", { class: "quiet", id: "dialogue-count" });
    this.send = make("button", { type: "button", class: "primary", id: "dialogue-send", onclick: () => this.ask(this.box.value) }, say("talk_send"));
    this.over = make("button", { type: "button", id: "dialogue-over", onclick: () => this.#startOver() }, say("talk_over"));
    const form = make("div", { class: "say" }, make("label", { for: "dialogue-text", class: "quiet" }, say("talk_text")), this.box, make("div", { class: "row" }, this.send, this.over, this.count));
    element.append(make("p", { class: "lead" }, say("talk_lead")), make("div", { class: "talk" }, this.log, form));
    this.notices = new Notices(element);
    this.examples = props.examples.map((text) => make("button", { type: "button", onclick: () => this.ask(text) }, text));
    element.append(make("div", { class: "examples", role: "group", "aria-label": say("examples") }, ...this.examples));
    this.method = new Method(element);
    element.append(make("p", { class: "quiet", id: "dialogue-limits" }, say("talk_limits")));
    this.looked = new Looked(element);
    this.box.addEventListener("input", () => this.#counted());
    this.box.addEventListener("keydown", (event) => this.#key(event));
    for (const { turn, scene } of props.opening) this.#add(turn, scene);
    this.#counted();
    new ResizeObserver(() => this.#scroll()).observe(this.log); // when its tab is opened, too
  }

  /** Says something, and waits for the answer. */
  ask(text) {
    if (!text.trim()) return this.box.focus();
    if (this.busy || this.isFull) return;
    this.turn = text;
    this.box.value = "";
    this.#counted();
    this.#setBusy(true);
    const before = this.said.length ? [this.said.at(-1).scene.target] : [];
    this.desk.ask({ turns: [...before, text], ...this.method.values });
  }

  get isFull() {
    return 2 * this.said.length >= this.part.props.turns;
  }

  #startOver() {
    this.said = [];
    this.notices.show([]);
    this.#enable();
    this.log.replaceChildren(make("p", { class: "quiet" }, say("talk_empty")));
    this.looked.heatmap.begin();
    this.looked.show(null);
    this.#counted();
    this.box.focus();
  }

  #setBusy(busy) {
    this.busy = busy;
    this.waiting?.remove();
    this.log.setAttribute("aria-busy", String(busy));
    this.#enable();
    this.notices.show(busy ? [say("talk_busy")] : []);
    if (!busy) return;
    if (!this.said.length) this.log.replaceChildren();
    this.waiting = this.#mine(this.turn);
    this.log.append(this.waiting);
    this.#scroll();
  }

  #settle(reply) {
    this.#setBusy(false);
    if (reply.lost || reply.message) return this.#giveBack(reply.message ?? say("lost"));
    this.notices.show(reply.warnings);
    this.#add(this.turn, reply);
    this.#enable();
    this.#scroll();
    if (this.isFull) this.notices.show([say("talk_full", { most: this.part.props.turns })]);
  }

  /** What could not be answered goes back to where it was typed. */
  #giveBack(message) {
    this.notices.show([message], "wrong");
    if (!this.said.length) this.log.replaceChildren(make("p", { class: "quiet" }, say("talk_empty")));
    if (!this.box.value) this.box.value = this.turn;
    this.#counted();
  }

  #add(turn, scene) {
    const button = make("button", { type: "button", class: "look" }, say("talk_look"));
    const entry = { turn, scene, button };
    button.addEventListener("click", () => {
      this.#choose(entry);
      this.looked.element.scrollIntoView({ block: "start" });
    });
    const theirs = make("div", { class: "turn theirs" }, make("span", { class: "who" }, say("talk_model")), make("span", { class: "said", lang: "en", dir: "auto" }, scene.target), button);
    this.said.push(entry);
    this.log.append(this.#mine(turn), theirs);
    this.#choose(entry);
  }

  #mine(turn) {
    return make("div", { class: "turn mine" }, make("span", { class: "who" }, say("talk_you")), make("span", { class: "said", dir: "auto" }, turn));
  }

  #choose(entry) {
    for (const { button } of this.said) {
      const chosen = button === entry.button;
      button.setAttribute("aria-pressed", String(chosen));
      button.textContent = say(chosen ? "talk_looked" : "talk_look");
      button.parentElement.classList.toggle("chosen", chosen);
    }
    return this.looked.show(entry.scene);
  }

  #scroll() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  #enable() {
    for (const button of [this.send, ...this.examples]) button.disabled = this.busy || this.isFull;
    this.over.disabled = this.busy;
  }

  #counted() {
    const { characters } = this.part.props;
    const count = Array.from(this.box.value).length; // as Python counts them
    const [many, most] = [count, characters].map((number) => number.toLocaleString(language));
    this.count.textContent = say("talk_count", { count: many, most });
    this.count.classList.toggle("wrong", count > characters);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.ask(this.box.value);
  }
}

/** The section begins when its part stands on the page. */
export function start() {
  onPart("dialogue", (part) => new Dialogue(part));
}
