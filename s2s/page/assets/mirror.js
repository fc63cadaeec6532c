/**
 * The words of the text in a box, to point at and to tint, though a text box holds no elements.
 *
 * A copy of the text lies under the box, letter under letter: it is tinted, and says which word is under the pointer.
 */

import { make } from "./elements.js";

const COPIED = ["font", "letterSpacing", "lineHeight", "padding", "textAlign", "textIndent", "tabSize"];

export class BoxWords {
  /** @param {HTMLTextAreaElement} box */
  constructor(box) {
    this.box = box;
    this.copy = make("div", { class: "mirror", "aria-hidden": "true", dir: "auto" });
    box.parentElement.style.position = "relative";
    box.before(this.copy);
    /** @type {(word: {sentence: number, word: number}|null) => void} */
    this.onpoint = () => {};
    /** @type {HTMLElement[]} */
    this.spans = [];
    this.text = "";
    this.pointed = null;
    this.#listen();
  }

  /**
   * Shows where the words of a text are, as long as it is what stands in the box.
   *
   * @param {string} text
   * @param {number[][]} words - sentence, word, begin and end in characters
   */
  show(text, words) {
    this.text = text;
    const letters = Array.from(text); // Python counts characters, JavaScript halves of some
    const nodes = [];
    this.spans = [];
    let done = 0;
    for (const [sentence, word, begin, end] of words) {
      const span = make("span", { "data-sentence": sentence, "data-word": word }, letters.slice(begin, end).join(""));
      nodes.push(letters.slice(done, begin).join(""), span);
      this.spans.push(span);
      done = end;
    }
    this.copy.replaceChildren(...nodes, letters.slice(done).join(""), "\u200b");
    this.#fit();
  }

  /** As `SentenceWords.light`. */
  light(sentence, strengths, pointed = null) {
    const valid = this.box.value === this.text;
    for (const span of this.spans) {
      const mine = valid && Number(span.dataset.sentence) === sentence;
      const strength = (mine && strengths.get(Number(span.dataset.word))) || 0;
      span.style.setProperty("--strength", strength.toFixed(3));
      span.classList.toggle("lit", strength > 0);
      span.classList.toggle("pointed", mine && Number(span.dataset.word) === pointed);
    }
  }

  #fit() {
    const style = getComputedStyle(this.box);
    for (const name of COPIED) this.copy.style[name] = style[name];
    this.copy.style.left = `${this.box.offsetLeft}px`;
    this.copy.style.top = `${this.box.offsetTop}px`;
    this.copy.style.width = `${this.box.clientWidth}px`; // without its scroll bar
    this.copy.style.height = `${this.box.offsetHeight}px`;
    this.copy.scrollTop = this.box.scrollTop;
  }

  #point(span) {
    const found = this.box.value === this.text ? span : null;
    if (found === this.pointed) return;
    this.pointed = found;
    this.onpoint(found && { sentence: Number(found.dataset.sentence), word: Number(found.dataset.word) });
  }

  #listen() {
    const under = (event) => document.elementsFromPoint(event.clientX, event.clientY).find((each) => this.spans.includes(each));
    this.box.addEventListener("pointermove", (event) => this.#point(under(event) ?? null));
    this.box.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.#point(null));
    this.box.addEventListener("click", (event) => this.#point(under(event) ?? null));
    this.box.addEventListener("keyup", (event) => event.key.startsWith("Arrow") && this.#point(this.#atCaret()));
    this.box.addEventListener("blur", () => this.#point(null));
    this.box.addEventListener("input", () => this.#point(null));
    this.box.addEventListener("scroll", () => (this.copy.scrollTop = this.box.scrollTop));
    new ResizeObserver(() => this.#fit()).observe(this.box);
  }

  /** The word that the caret stands in or before. */
  #atCaret() {
    let rest = this.box.selectionStart;
    for (const node of this.copy.childNodes) {
      rest -= node.textContent.length;
      if (rest < 0 || (rest === 0 && this.spans.includes(node))) return this.spans.includes(node) ? node : null;
    }
    return null;
  }
}
