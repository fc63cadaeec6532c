/**
 * Which model translates: from a language, to a language, and which of several models for the same two.
 *
 * @typedef {{name: string, source: string, target: string, title: string}} Model
 */

import { make } from "./elements.js";
import { say } from "./words.js";

/** Languages, each once, in their order; behind them what is none, such as dates. */
const distinct = (languages) => [...new Set(languages)].sort((one, other) => isLanguage(other) - isLanguage(one));

const isLanguage = (name) => /^[a-z]{2,3}$/.test(name);

/**
 * The model that goes the other way, or null.
 *
 * @param {Model[]} models
 * @param {Model} model
 */
export function reverseOf(models, model) {
  return models.find((each) => each.source === model.target && each.target === model.source && each !== model) ?? null;
}

/**
 * The model that one gets by wishing another language on one side: one with the same other side, or else any.
 *
 * @param {Model[]} models
 * @param {Model} model - the one before
 * @param {Partial<Model>} wish
 */
export function modelFor(models, model, wish) {
  const fitting = models.filter((each) => Object.entries(wish).every(([key, value]) => each[key] === value));
  return fitting.find((each) => each.source === model.source || each.target === model.target) ?? fitting[0] ?? model;
}

export class Direction {
  /**
   * @param {HTMLElement} parent
   * @param {Model[]} models - at least one
   */
  constructor(parent, models) {
    /** @type {(model: Model) => void} */
    this.onchange = () => {};
    /** @type {(model: Model) => void} */
    this.onswap = () => {};
    const select = (id, label, choose) =>
      make("select", { id, "aria-label": say(label), onchange: (event) => this.#choose(choose(event.target.value)) });
    this.from = select("from", "from", (source) => ({ source }));
    this.to = select("to", "to", (target) => ({ source: this.model.source, target }));
    this.which = select("which", "model", (name) => ({ name }));
    this.swap = make("button", { id: "swap", type: "button", "aria-label": say("swap"), title: say("swap") }, "⇄");
    this.swap.addEventListener("click", () => {
      this.show(reverseOf(this.models, this.model).name);
      this.onswap(this.model);
    });
    parent.append(make("div", { class: "direction" }, this.from, this.swap, this.to, this.which));
    this.offer(models);
  }

  /**
   * Offers these models and no others; the one that is chosen stays if it is among them.
   *
   * @param {Model[]} models - at least one
   */
  offer(models) {
    this.models = models;
    this.model = models.find((each) => each.name === this.model?.name) ?? models[0];
    this.show(this.model.name);
  }

  /** @param {string} name - of the model */
  show(name) {
    this.model = this.models.find((each) => each.name === name) ?? this.model;
    const { source, target } = this.model;
    fill(this.from, distinct(this.models.map((each) => each.source)), source, say);
    const targets = this.models.filter((each) => each.source === source).map((each) => each.target);
    fill(this.to, distinct(targets), target, (each) => say(each === source ? `${each}_backwards` : each));
    const same = this.models.filter((each) => each.source === source && each.target === target);
    fill(this.which, same.map((each) => each.name), this.model.name, (each) => same.find(({ name }) => name === each).title);
    this.which.hidden = same.length < 2;
    this.swap.disabled = !reverseOf(this.models, this.model);
  }

  #choose(wish) {
    this.show(modelFor(this.models, this.model, wish).name);
    this.onchange(this.model);
  }
}

function fill(select, values, chosen, say) {
  select.replaceChildren(...values.map((value) => make("option", { value, selected: value === chosen }, say(value))));
  select.value = chosen;
}
