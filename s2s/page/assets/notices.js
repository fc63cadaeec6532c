/** Short lines for the visitor: warnings, errors, offers. */

import { make } from "./elements.js";
import { language } from "./words.js";

export class Notices {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.element = make("div", { class: "notices", role: "status" });
    parent.append(this.element);
  }

  /**
   * @param {(Record<string, string>|string|Node)[]} lines - in both languages, or ready
   * @param {"quiet"|"wrong"} [kind]
   */
  show(lines, kind = "quiet") {
    const read = (line) => (line instanceof Node || typeof line === "string" ? line : line[language]);
    this.element.replaceChildren(...lines.map((line) => make("p", { class: kind }, read(line))));
  }
}
