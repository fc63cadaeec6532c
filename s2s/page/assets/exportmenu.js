/** The menu of files to take away, and the way back from a saved one. */

import { make } from "./elements.js";
import { imageOf } from "./image.js";
import { hear } from "./parts.js";
import { bytesOf, save } from "./saving.js";
import { say } from "./words.js";

const IMAGES = ["png", "svg", "pdf"];
const DATA = ["html", "json", "csv", "npz", "pharaoh", "latex"];
const MOST_BYTES = 8_000_000;

export class ExportMenu {
  /**
   * @param {HTMLElement} parent
   * @param {import("./parts.js").Part} download - where Python puts its files
   * @param {() => any} scene - what is on the screen
   */
  constructor(parent, download, scene) {
    this.scene = scene;
    /** @type {(form: string) => void} */
    this.onexport = () => {};
    /** @type {(text: string) => void} */
    this.onopen = () => {};
    this.ontoolarge = () => {};
    const button = (form) => make("button", { type: "button", "data-form": form, onclick: () => this.#export(form) }, say(`form_${form}`));
    const input = make("input", { type: "file", accept: ".json", hidden: true, id: "open-file" });
    input.addEventListener("change", () => this.#open(input));
    const open = make("button", { type: "button", onclick: () => input.click() }, say("open"));
    const list = make("div", { class: "menu-list" }, ...[...IMAGES, ...DATA].map(button), make("hr"), open, input);
    this.menu = make("details", { class: "menu", id: "export" }, make("summary", {}, say("export")), list);
    document.addEventListener("click", (event) => this.menu.contains(event.target) || (this.menu.open = false));
    this.menu.addEventListener("keydown", (event) => event.key === "Escape" && (this.menu.open = false));
    parent.append(this.menu);
    hear(download, (file) => this.#save(file));
  }

  async #export(form) {
    this.menu.open = false;
    if (!IMAGES.includes(form)) return this.onexport(form);
    const { figure, file_stem, origin } = this.scene();
    save(`${file_stem}.${form}`, await imageOf(figure, form, origin));
  }

  /** @param {{name: string, type: string, content: string}} file - its content in base64 */
  async #save({ name, type, content }) {
    let bytes = bytesOf(content);
    if (type === "text/html") {
      // The page has plotly.js already: it is not sent again, but put where the file leaves room for it.
      const library = await (await fetch(document.querySelector('script[src$="plotly.min.js"]').src)).text();
      bytes = new TextDecoder().decode(bytes).replace("/* plotly.js */", () => library);
    }
    save(name, new Blob([bytes], { type }));
  }

  async #open(input) {
    const [file] = input.files;
    input.value = "";
    if (file && file.size <= MOST_BYTES) this.onopen(await file.text());
    else if (file) this.ontoolarge();
  }
}
