/**
 * Text as words that can be pointed at: with the mouse, a finger, or the arrow keys.
 *
 * A part of it is `[text]`, or `[text, sentence, word, probability]` for a word.
 */

import { make } from "./elements.js";

/** The probability below which the model was unsure of a word: all others together were likelier. */
export const UNSURE = 0.5;

export class SentenceWords {
  /**
   * @param {HTMLElement} parent
   * @param {Record<string, string>} attributes - of the element that holds the words
   */
  constructor(parent, attributes) {
    this.element = make("div", { class: "words", dir: "auto", tabindex: "0", role: "group", ...attributes });
    parent.append(this.element);
    /** @type {(word: {sentence: number, word: number}|null) => void} */
    this.onpoint = () => {};
    /**
     * `fresh`: the finger that pressed had not pointed at the word before, so that this is how it points.
     *
     * @type {(word: {sentence: number, word: number}, fresh?: boolean) => void}
     */
    this.onpress = () => {};
    /** @type {HTMLElement[]} */
    this.spans = [];
    this.pointed = null;
    this.#listen();
  }

  /** @param {any[][]} parts */
  show(parts) {
    this.spans = [];
    this.pointed = null;
    const nodes = parts.map(([text, sentence, word, probability]) => {
      if (sentence === undefined) return document.createTextNode(text);
      const span = make("span", { class: probability < UNSURE ? "word unsure" : "word", "data-sentence": sentence, "data-word": word }, text);
      this.spans.push(span);
      return span;
    });
    this.element.replaceChildren(...nodes);
  }

  /**
   * Tints words of one sentence; all others lose their tint.
   *
   * @param {number} sentence
   * @param {Map<number, number>} strengths - from 0 to 1, by word
   * @param {number|null} [pointed] - the word that is pointed at itself
   */
  light(sentence, strengths, pointed = null) {
    for (const span of this.spans) {
      const mine = Number(span.dataset.sentence) === sentence;
      const strength = (mine && strengths.get(Number(span.dataset.word))) || 0;
      span.style.setProperty("--strength", strength.toFixed(3));
      span.classList.toggle("lit", strength > 0);
      span.classList.toggle("pointed", mine && Number(span.dataset.word) === pointed);
    }
  }

  #point(span) {
    if (span === this.pointed) return;
    this.pointed = span;
    this.onpoint(span && identity(span));
  }

  #listen() {
    const spanOf = (event) => event.target.closest?.(".word") ?? null;
    this.element.addEventListener("pointerover", (event) => {
      const span = spanOf(event);
      this.fresh = event.pointerType !== "mouse" && span !== this.pointed ? span : null;
      this.#point(span);
    });
    this.element.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.#point(null));
    this.element.addEventListener("click", (event) => {
      const span = spanOf(event);
      if (span) this.onpress(identity(span), span === this.fresh);
    });
    this.element.addEventListener("blur", () => this.#point(null));
    this.element.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") this.#point(null);
    if (event.key === "Enter" && this.pointed) this.onpress(identity(this.pointed));
    const forwards = getComputedStyle(this.element).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const step = event.key === forwards ? 1 : -1;
    const place = this.pointed ? this.spans.indexOf(this.pointed) + step : step > 0 ? 0 : this.spans.length - 1;
    if (this.spans[place]) this.#point(this.spans[place]);
  }
}

function identity(span) {
  return { sentence: Number(span.dataset.sentence), word: Number(span.dataset.word) };
}
