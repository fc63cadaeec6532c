/** The visitor's own model, when it is trained: to type into, and to take along. */

import { make } from "./elements.js";
import { Notices } from "./notices.js";
import { bytesOf, save } from "./saving.js";
import { LetterHeatmap } from "./train-watch.js";
import { say } from "./words.js";

export class Model {
  /**
   * @param {HTMLElement} parent
   * @param {{light: any[], dark: any[]}} colours - of the heatmap
   * @param {import("./desk.js").Desk} desk - where the model is asked
   */
  constructor(parent, colours, desk) {
    Object.assign(this, { colours, desk });
    this.box = make("input", { type: "text", id: "train-text", dir: "auto", autocomplete: "off", spellcheck: "false", "aria-label": say("train_try_label") });
    const form = make("form", { class: "inside-begin" }, this.box, make("button", { id: "train-write", class: "primary" }, say("train_try_go")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.desk.ask({ do: "try", text: this.box.value }, "try");
    });
    this.target = make("p", { id: "train-tried", class: "train-written", dir: "auto", role: "status" }, "\u00a0");
    this.note = make("p", { class: "help", id: "train-tried-note" }, "\u00a0");
    this.code = make("pre", { tabindex: "0" });
    const download = make("button", { type: "button", id: "train-download", onclick: () => this.desk.ask({ do: "take" }, "take") }, say("train_download"));
    this.frame = make("section", { id: "train-model", class: "train-own", hidden: true }, make("h2", {}, say("train_try")), form);
    this.notices = new Notices(this.frame);
    this.frame.append(this.target, this.note);
    this.heatmap = new LetterHeatmap(this.frame, say("figure_label"));
    this.frame.append(download, make("p", { class: "help" }, say("train_push")), this.code, make("p", { class: "help" }, say("train_privacy")));
    parent.append(this.frame);
  }

  /**
   * Goes with a training: there is a model when it has ended.
   *
   * @param {any} run
   */
  follow({ phase, plan, example, result }) {
    const name = ["toy", "cell", "attention", "size"].map((each) => plan[each]).join("-");
    const isThere = (phase === "stopped" || phase === "finished") && Boolean(result.samples);
    if (isThere && result.samples !== this.shown) {
      this.shown = result.samples;
      this.box.value = example;
      this.code.textContent = `unzip ${name}.zip\necho "${example}" | python -m s2s translate --model ${name}\npython -m s2s push ${name} OWNER/NAME`;
      this.desk.ask({ do: "try", text: example }, "try");
    }
    this.frame.hidden = !isThere;
  }

  /** @param {any} reply */
  show(reply) {
    this.notices.show(reply.lost ? [say("lost")] : reply.message ? [reply.message] : reply.tried?.warnings ?? [], reply.tried ? "quiet" : "wrong");
    if (reply.file) save(reply.file.name, new Blob([bytesOf(reply.file.content)], { type: reply.file.type }));
    if (reply.tried) this.#showTried(reply.tried);
  }

  #showTried({ target, right, figure }) {
    this.target.textContent = target || "—";
    this.note.textContent = right === null ? "\u00a0" : right === target ? say("train_try_right") : say("train_try_wrong", { right });
    this.heatmap.begin();
    this.heatmap.draw(figure, this.colours);
  }
}
