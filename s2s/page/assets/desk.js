/** Asks and replies: one part of the page asks Python, and each ask gets the reply that belongs to it. */

import { language, say } from "./words.js";

/**
 * Has `asker` give up when the server refuses what it asked (answers.js), or the line breaks.
 *
 * Of a refusal is not said what was refused: it can only be something that has no answer yet. A broken line ends all.
 *
 * @param {{busy: boolean, isHeard: boolean, lose: (why: Record<string, string>) => void}} asker - `isHeard`: something came
 */
export function onRefused(asker) {
  window.addEventListener("refused", ({ detail }) => {
    const isBroken = detail[language] === say("lost");
    if (asker.busy && (isBroken || !asker.isHeard)) asker.lose(detail);
  });
}

/** Asks by one part of the page, one after the other; of asks that wait under the same name only the last is sent. */
export class Desk {
  /**
   * @param {import("./parts.js").Part} part
   * @param {number} patience - seconds
   * @param {(reply: any) => void} [use] - what is done with a reply, or with the message that comes instead
   */
  constructor(part, patience, use = () => {}) {
    Object.assign(this, { part, patience, use });
    /** @type {Record<string, string>|string} - why the ask that ended last got no reply, in both languages or ready */
    this.problem = "";
    this.number = 0;
    this.waiting = Promise.resolve();
    this.last = new Map();
    part.watch("value", () => this.#settle(JSON.parse(part.props.value)));
    window.addEventListener("refused", ({ detail }) => this.asked && this.#settle({ id: this.asked.id, message: detail }));
  }

  /**
   * @param {Record<string, any>} values
   * @param {string} [name] - of asks that replace one another
   * @returns {Promise<any>} the reply; null if none came (`problem` says why), undefined if another ask came instead
   */
  ask(values, name = "") {
    this.number += 1;
    const id = this.number;
    if (name) this.last.set(name, id);
    const asked = this.waiting.then(() => (name && this.last.get(name) !== id ? undefined : this.#send({ ...values, id })));
    this.waiting = asked;
    return asked;
  }

  #send(values) {
    return new Promise((resolve) => {
      const clock = setTimeout(() => this.#settle({ id: values.id, lost: true }), 1000 * this.patience);
      this.asked = { id: values.id, resolve, clock };
      this.part.element.setAttribute("aria-busy", "true");
      this.part.trigger("ask", values);
    });
  }

  #settle(reply) {
    if (reply.id !== this.asked?.id) return; // it came too late
    const { resolve, clock } = this.asked;
    clearTimeout(clock);
    this.asked = null;
    this.part.element.removeAttribute("aria-busy");
    this.problem = reply.lost ? say("lost") : reply.message ?? "";
    this.use(reply);
    resolve(this.problem ? null : reply);
  }
}
