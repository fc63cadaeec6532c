/** What is trained: the choices, the buttons that begin, stop and go on, and a line that says how far it is. */

import { make } from "./elements.js";
import { say } from "./words.js";

const CAN_STOP = ["waiting", "starting", "training"];

export class Form {
  /**
   * @param {Record<string, string[]>} choices - by the name of what is chosen
   * @param {boolean} mayTrain - whether anybody can train on this server
   * @param {{seconds: number, minutes: number}} most - that a training may take, of a processor and in all
   */
  constructor(choices, mayTrain, most) {
    this.most = most;
    /** @type {(plan: Record<string, string>) => void} */
    this.onbegin = () => {};
    this.onstop = () => {};
    this.onresume = () => {};
    this.selects = Object.entries(choices).map(([name, values]) => this.#select(name, values));
    const fields = this.selects.map((select) => make("label", { class: "train-field" }, make("span", {}, say(`train_${select.name}`)), select));
    this.go = make("button", { id: "train-go", class: "primary" }, say("train_go"));
    this.stop = make("button", { id: "train-stop", type: "button", onclick: () => this.onstop() }, say("train_stop"));
    this.resume = make("button", { id: "train-resume", type: "button", onclick: () => this.onresume() }, say("train_resume"));
    const form = make("form", { class: "train-form" }, ...fields, make("div", { class: "buttons" }, this.go, this.stop, this.resume));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.onbegin(this.plan);
    });
    form.addEventListener("change", () => this.#help());
    this.help = make("p", { class: "help" });
    this.state = make("p", { id: "train-state" });
    this.told = make("p", { class: "hidden", role: "status" });
    this.element = make("div", { class: "train-head" }, ...(mayTrain ? [form, this.help] : [make("p", { class: "help" }, say("train_off"))]), this.state, this.told);
    this.#help();
  }

  get plan() {
    return Object.fromEntries(this.selects.map((select) => [select.name, select.value]));
  }

  /** @param {any} run */
  show(run) {
    const { phase, place, updates, parameters, points } = run;
    const last = points.at(-1);
    this.stop.hidden = !CAN_STOP.includes(phase);
    this.resume.hidden = phase !== "stopped";
    const name = phase === "waiting" && !place ? "waiting_next" : phase;
    this.state.textContent = say(`train_${name}`, {
      place,
      updates: updates.toLocaleString(),
      done: (last?.updates ?? 0).toLocaleString(),
      seconds: Math.round(last?.seconds ?? 0),
      parameters: parameters.toLocaleString(),
    });
    if (phase !== this.phase) this.told.textContent = phase === "before" ? "" : this.state.textContent;
    this.phase = phase;
  }

  #select(name, values) {
    const options = values.map((value) => make("option", { value }, nameOf(name, value)));
    const select = make("select", { name, id: `train-${name}` }, ...options);
    if (name === "attention") select.value = "bahdanau";
    return select;
  }

  #help() {
    this.help.textContent = `${say(`train_toy_${this.plan.toy}_help`)} ${say("train_choose_help", this.most)}`;
  }
}

/** What a visitor reads for a value: kinds of attention and cells have names of their own. */
function nameOf(choice, value) {
  if (choice === "cell") return value.toUpperCase();
  return choice === "attention" && value !== "none" ? value : say(`train_${choice}_${value}`);
}
