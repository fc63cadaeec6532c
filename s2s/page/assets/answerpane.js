/** The answer, word by word, with its other versions and what can be done with it. */

import { make } from "./elements.js";
import { SentenceWords } from "./sentence.js";
import { percent, say } from "./words.js";

export class AnswerPane {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    /** @type {() => string} */
    this.onshare = () => location.href;
    /** @type {(rank: number) => void} */
    this.onversion = () => {};
    this.words = new SentenceWords(parent, { id: "target", "aria-label": say("answer"), "aria-live": "polite" });
    this.key = make("span", { class: "key", hidden: true }, make("span", { class: "word unsure" }, "\u00a0\u00a0\u00a0"), ` ${say("unsure")}`);
    this.copy = this.#button("copy", () => this.text);
    this.share = this.#button("share", () => this.onshare());
    this.versions = make("details", { id: "versions", hidden: true });
    const tools = make("div", { class: "tools" }, this.copy, this.share, this.key);
    parent.append(tools, this.versions);
    this.text = "";
  }

  /**
   * @param {any} scene
   * @param {string} language - of the answer
   */
  show(scene, language) {
    this.text = scene.answer.map(([text]) => text).join("");
    this.words.element.lang = language;
    this.words.element.setAttribute("aria-busy", String(scene.phase === "busy"));
    this.words.show(scene.answer);
    this.key.hidden = !this.words.element.querySelector(".unsure");
    if (scene.phase === "done") this.#showVersions(scene);
  }

  #showVersions({ versions, shown }) {
    this.versions.hidden = versions.length < 2;
    const share = (score) => percent(Math.exp(score));
    const item = ({ target, score, read_back: back }, rank) =>
      make(
        "li",
        {},
        make(
          "button",
          { type: "button", dir: "auto", "aria-pressed": String(rank === shown.rank), onclick: () => this.onversion(rank) },
          make("span", {}, target || "—"),
          make("span", { class: "score" }, back === null ? share(score) : `${share(score)} ↩ ${share(back)}`),
        ),
      );
    this.versions.replaceChildren(
      make("summary", {}, say("versions", { count: versions.length - 1 })),
      make("p", { class: "quiet" }, say(versions[0].read_back === null ? "versions_help" : "versions_help_back")),
      make("ol", {}, ...versions.map(item)),
    );
  }

  /** A button that puts something into the clipboard and says so. */
  #button(name, text) {
    const button = make("button", { type: "button", id: name }, say(name));
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text());
        button.textContent = say(`${name}_done`);
      } catch {
        button.textContent = say("clipboard_forbidden");
      }
      setTimeout(() => (button.textContent = say(name)), 2000);
    });
    return button;
  }
}
