/** What is on the screen, as a request from a program: curl, Python, JavaScript. */

import { make, makeChoice } from "./elements.js";
import { say } from "./words.js";

/**
 * @typedef {{text: string, model: string, beam_size: number}} Request
 * @type {Record<string, (request: Request, address: string) => string>}
 */
const WRITERS = {
  curl: ({ text, model, beam_size }, address) => {
    const data = JSON.stringify({ data: [text, model, beam_size] }).replaceAll("'", "'\\''");
    return [
      `EVENT=$(curl -s ${address}gradio_api/call/translate \\`,
      `  -H 'Content-Type: application/json' -d '${data}' | cut -d '"' -f 4)`,
      `curl -sN ${address}gradio_api/call/translate/$EVENT`,
    ].join("\n");
  },
  Python: ({ text, model, beam_size }, address) =>
    [
      "from gradio_client import Client  # pip install gradio_client",
      "",
      `client = Client("${address}", verbose=False)`,
      `result = client.predict(${JSON.stringify(text)}, "${model}", ${beam_size}, api_name="/translate")`,
      'print(result["target"])',
    ].join("\n"),
  JavaScript: ({ text, model, beam_size }, address) =>
    [
      `const address = "${address}gradio_api/call/translate";`,
      `const body = JSON.stringify({ data: [${JSON.stringify(text)}, "${model}", ${beam_size}] });`,
      'const headers = { "Content-Type": "application/json" };',
      'const { event_id } = await (await fetch(address, { method: "POST", headers, body })).json();',
      "const answer = await (await fetch(`${address}/${event_id}`)).text();",
      'const [result] = JSON.parse(answer.split("data: ").at(-1));',
      "console.log(result.target);",
    ].join("\n"),
};

export class CodePanel {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.language = "curl";
    const names = Object.keys(WRITERS);
    const choice = makeChoice(say("language_of_code"), names.map((name) => [name, name]), this.language, (name) => this.#choose(name));
    this.text = make("pre", { id: "code-text", tabindex: "0", dir: "ltr" });
    const copy = make("button", { type: "button", onclick: () => navigator.clipboard.writeText(this.text.textContent) }, say("copy"));
    const help = make("p", { class: "quiet" }, say("code_help"));
    parent.append(make("details", { id: "code" }, make("summary", {}, say("code")), help, make("div", { class: "controls" }, choice, copy), this.text));
  }

  /** @param {Request} request */
  show(request) {
    this.request = request;
    this.#write();
  }

  #choose(language) {
    this.language = language;
    this.#write();
  }

  #write() {
    this.text.textContent = WRITERS[this.language](this.request, new URL("./", location.href.split("#")[0]).href);
  }
}
