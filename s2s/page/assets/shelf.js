/**
 * The models: which are at work, which are on their way, and why one is not. A visitor may add one of the Hub.
 *
 * @typedef {{name: string, title: string, source: string, target: string, task: string, state: string, share: number,
 *            reason: Record<string, string>}} Entry
 */

import { make } from "./elements.js";
import { hear } from "./parts.js";
import { language, percent, say } from "./words.js";

const POLL_MS = 1000;

const isLoading = ({ state }) => state === "waiting" || state === "downloading";

export class Shelf {
  /**
   * @param {import("./parts.js").Part} part
   * @param {(models: Entry[]) => void} offer - is told which models that translate are at work, when others are
   */
  constructor(part, offer) {
    this.part = part;
    this.offer = offer;
    this.heading = make("summary");
    this.list = make("ul");
    this.message = make("p", { class: "wrong", role: "status" });
    const { can_add: canAdd, may_change: mayChange } = part.props;
    part.element.hidden = !canAdd && !mayChange;
    part.element.append(make("details", {}, this.heading, this.list, ...(canAdd ? [this.#form(), this.message] : [])));
    hear(part, (told) => this.#show(told));
    if (mayChange) part.trigger("look");
  }

  #form() {
    this.name = make("input", { id: "model-name", type: "text", placeholder: "OWNER/NAME", "aria-describedby": "model-help", autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
    const help = make("p", { class: "quiet", id: "model-help" }, say("add_model_help"));
    const row = make("div", {}, this.name, make("button", { type: "submit" }, say("add")));
    const form = make("form", {}, make("label", { for: "model-name" }, say("add_model")), help, row);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.part.trigger("fetch", { name: this.name.value });
    });
    return form;
  }

  /** @param {{entries: Entry[], message?: Record<string, string>|null}} told - a message only after something was added */
  #show({ entries, message }) {
    const loading = entries.filter(isLoading).length;
    const failed = entries.filter(({ state }) => state === "failed").length;
    const remarks = [["models_loading", loading], ["models_failed", failed]].filter(([, count]) => count);
    this.heading.textContent = [say("models"), ...remarks.map(([name, count]) => say(name, { count }))].join(" · ");
    this.list.replaceChildren(...entries.map(row));
    if (message !== undefined) this.message.textContent = message?.[language] ?? "";
    if (message === null) this.name.value = "";
    this.#poll(loading > 0);
    this.#offerReady(entries.filter(({ state, task }) => state === "ready" && task === "text"));
  }

  #poll(wanted) {
    if (wanted === Boolean(this.clock)) return;
    if (!wanted) clearInterval(this.clock);
    this.clock = wanted ? setInterval(() => this.part.trigger("look"), POLL_MS) : 0;
  }

  #offerReady(models) {
    const names = models.map(({ name }) => name).join(" ");
    if (names !== this.names) this.offer(models);
    this.names = names;
  }
}

/** @param {Entry} entry */
function row({ name, title, state, share, reason }) {
  const words = say(`model_${state}`);
  const bar = state === "downloading" ? [" ", make("progress", { value: share, "aria-label": words }), ` ${percent(share)}`] : [];
  return make(
    "li",
    { class: state },
    ...(title ? [make("b", {}, title)] : [make("code", {}, name)]),
    make("span", {}, words, ...bar),
    ...(reason[language] ? [make("p", {}, reason[language])] : []),
  );
}
