/** A whole file: chosen here, translated by Python a few lines at a time, saved here. */

import { make } from "./elements.js";
import { hear } from "./parts.js";
import { bytesOf, save } from "./saving.js";
import { language, say } from "./words.js";

const MOST_BYTES = 1_000_000;
const SLICE = 0x8000;

export class FilePane {
  /**
   * @param {HTMLElement} parent
   * @param {import("./parts.js").Part} files
   * @param {() => {model: string, beam_size: number}} request - with what a file is translated
   */
  constructor(parent, files, request) {
    this.files = files;
    this.request = request;
    this.number = 0;
    this.input = make("input", { type: "file", id: "file", accept: ".txt,.csv,.tsv,.srt", "aria-label": say("file_choose") });
    this.column = make("select", { id: "column", "aria-label": say("file_column"), hidden: true });
    this.go = make("button", { type: "button", id: "file-go", disabled: true, onclick: () => this.#ask() }, say("file_go"));
    this.bar = make("progress", { max: "1", value: "0", hidden: true, "aria-label": say("file_progress") });
    this.stop = make("button", { type: "button", id: "file-stop", hidden: true, onclick: () => this.#stop() }, say("stop"));
    this.told = make("div", { role: "status" });
    this.input.addEventListener("change", () => this.#choose());
    const row = make("div", { class: "controls" }, this.input, this.column, this.go, this.bar, this.stop);
    parent.append(make("details", { id: "file-pane" }, make("summary", {}, say("file")), make("p", { class: "quiet" }, say("file_help")), row, this.told));
    hear(files, (told) => this.#show(told));
    window.addEventListener("refused", ({ detail }) => this.isUnheard && this.#refuse(detail));
  }

  /** A table's columns can be chosen from, as soon as it is. */
  async #choose() {
    const [file] = this.input.files;
    this.go.disabled = !file;
    this.told.replaceChildren();
    const table = file && /\.(csv|tsv)$/i.test(file.name);
    this.column.hidden = !table;
    this.column.replaceChildren();
    if (!table) return;
    const [head] = (await file.slice(0, 10_000).text()).replace(/^\ufeff/, "").split(/\r?\n/);
    const names = head.split(/\.tsv$/i.test(file.name) ? "\t" : ",").map((name) => name.replace(/^"(.*)"$/, "$1"));
    this.column.replaceChildren(...names.map((name) => make("option", { value: name }, name)));
  }

  /** The server's gate took no more: the message is in both languages. */
  #refuse(message) {
    this.number += 1;
    this.isUnheard = false;
    this.#setBusy(false);
    this.#say([message[language]]);
  }

  async #ask() {
    const [file] = this.input.files;
    if (file.size > MOST_BYTES) return this.#say([say("file_too_large")]);
    const bytes = new Uint8Array(await file.arrayBuffer());
    let text = "";
    for (let begin = 0; begin < bytes.length; begin += SLICE) text += String.fromCharCode(...bytes.subarray(begin, begin + SLICE));
    this.#setBusy(true);
    this.#say([]);
    /** Whether nothing has come yet of what was asked. */
    this.isUnheard = true;
    this.files.trigger("ask", { number: ++this.number, name: file.name, content: btoa(text), column: this.column.value, ...this.request() });
  }

  #stop() {
    document.querySelector("#stop").click();
    this.number += 1;
    this.#setBusy(false);
    this.#say([say("file_stopped")]);
  }

  #show(told) {
    if (told.number !== this.number) return;
    this.isUnheard = false;
    if (told.phase === "failed") return this.#setBusy(false), this.#say([told.message[language]]);
    this.bar.value = told.done / told.total;
    if (told.phase === "busy") {
      const seconds = told.seconds_left === null ? "…" : Math.ceil(told.seconds_left);
      return this.#say([say("file_left", { done: told.done, total: told.total, seconds })]);
    }
    this.#setBusy(false);
    save(told.name, new Blob([bytesOf(told.content)], { type: "text/plain" }));
    const broken = told.broken.map(([line, reason]) => `${line}: ${reason[language]}`);
    const lines = broken.length ? [say("file_broken", { count: told.broken_count }), ...broken] : [];
    this.#say([say("file_done", { name: told.name, total: told.total }), ...lines]);
  }

  #setBusy(busy) {
    this.go.disabled = busy;
    this.bar.hidden = this.stop.hidden = !busy;
    if (busy) this.bar.value = 0;
  }

  /** @param {string[]} lines */
  #say(lines) {
    this.told.replaceChildren(...lines.map((line) => make("p", { class: "quiet" }, line)));
  }
}
