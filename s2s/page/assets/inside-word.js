/** Another word: the translation as words to press, and what could stand at the one that was pressed. */

import { make } from "./elements.js";
import { SentenceWords } from "./sentence.js";
import { percent, say } from "./words.js";

const SURE = 1;
const UNSURE = 0.4; // SentenceWords marks what is below a half

export class WordSection {
  /**
   * @param {HTMLElement} parent
   * @param {any} screen - asks Python
   */
  constructor(parent, screen) {
    this.screen = screen;
    this.words = new SentenceWords(parent, { id: "inside-words", "aria-label": say("inside_translation") });
    parent.append(make("p", { class: "help" }, say("inside_press")));
    this.list = make("ol", { class: "inside-options" });
    this.box = make("input", { id: "inside-typed", type: "text", dir: "auto", "aria-label": say("inside_typed") });
    const write = make("button", {}, say("inside_write"));
    this.form = make("form", { class: "inside-typed" }, make("span", {}, say("inside_typed")), this.box, write);
    this.title = make("p", { class: "inside-at" });
    this.panel = make("section", { id: "inside-options", hidden: true, "aria-live": "polite" }, this.title, this.list, this.form);
    parent.append(this.panel);
    this.words.onpoint = (word) => this.#light(word?.word);
    this.words.onpress = ({ word }) => this.press(word);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#write({ typed: this.box.value });
    });
  }

  show(reply) {
    if (reply.translation) this.#showTranslation(reply.translation);
    if (reply.options) this.#showOptions(reply.options);
  }

  #showTranslation({ parts, unsure, steps, end }) {
    this.texts = parts.filter(([, sentence]) => sentence !== undefined).map(([text]) => text);
    const marked = parts.map(([text, sentence, word]) =>
      sentence === undefined ? [text] : [text, sentence, word, unsure.includes(word) ? UNSURE : SURE],
    );
    this.steps = end === null ? steps : [...steps, end];
    if (end !== null) marked.push([" "], ["⏎", 0, steps.length, SURE]);
    this.words.show(marked);
    this.words.spans.forEach((span, word) => {
      if (unsure.includes(word)) span.title = say("inside_unsure");
      if (word === steps.length) span.title = say("inside_end");
    });
    this.panel.hidden = true;
  }

  /** @param {number} word */
  press(word) {
    this.panel.hidden = false;
    this.#choose(this.steps[word]);
    this.box.value = "";
    this.screen.ask({ do: "options", branch: this.screen.branch, step: this.step });
  }

  #choose(step) {
    this.step = step;
    this.#light();
  }

  /** Tints the word that was pressed, and the one that is pointed at. */
  #light(pointed) {
    const chosen = this.panel.hidden ? -1 : this.steps.indexOf(this.step);
    this.words.light(0, new Map([[chosen, 1]]), pointed ?? chosen);
  }

  #showOptions({ step, options }) {
    this.panel.hidden = false;
    this.#choose(step);
    const here = options.find((option) => option.is_here);
    const word = this.words.spans[this.steps.indexOf(step)]?.textContent ?? "";
    this.title.textContent = say(here ? "inside_instead" : "inside_instead_unlikely", { word });
    const most = Math.max(...options.map((option) => option.probability));
    this.list.replaceChildren(...options.map((option) => this.#makeOption(option, most)));
  }

  #makeOption({ piece, text, word, probability, is_here, is_end }, most) {
    const [before, after] = is_end ? [say("inside_end"), ""] : split(word, text);
    const name = make("span", { class: "name", dir: "auto" }, make("b", {}, before), after);
    const bar = make("span", { class: "bar", style: `width:${(100 * probability) / most}%`, "aria-hidden": "true" });
    const button = make(
      "button",
      { type: "button", "aria-current": is_here && "true", "data-piece": piece, "data-probability": probability },
      make("span", { class: "meter" }, bar),
      name,
      make("span", { class: "share" }, percent(probability)),
    );
    button.addEventListener("click", () => this.#write({ piece }));
    return make("li", {}, button);
  }

  #write(values) {
    this.screen.ask({ do: "write", branch: this.screen.branch, step: this.step, ...values });
  }
}

/** A word as the piece that is chosen and what would follow it. */
function split(word, text) {
  const place = word.indexOf(text);
  return place < 0 ? [text, ""] : [word.slice(0, place + text.length), word.slice(place + text.length)];
}
