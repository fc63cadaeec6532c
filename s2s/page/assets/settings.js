/** How a request is searched: the beam, and what it means. */

import { make } from "./elements.js";
import { say } from "./words.js";

export class Settings {
  /**
   * @param {HTMLElement} parent
   * @param {number} largest - beam
   */
  constructor(parent, largest) {
    /** @type {() => void} */
    this.onchange = () => {};
    this.beam = make("input", { type: "range", id: "beam", min: "1", max: String(largest), value: "5", "aria-describedby": "beam-help" });
    this.value = make("output", { for: "beam" }, "5");
    this.beam.addEventListener("input", () => (this.value.textContent = this.beam.value));
    this.beam.addEventListener("change", () => this.onchange());
    const help = make("p", { class: "quiet", id: "beam-help" }, say("beam_help"));
    const row = make("label", { class: "setting" }, make("span", {}, say("beam")), this.beam, this.value);
    parent.append(make("details", {}, make("summary", {}, say("settings")), row, help));
  }

  get beamSize() {
    return Number(this.beam.value);
  }

  /** @param {number} size */
  show(size) {
    this.beam.value = String(size);
    this.value.textContent = this.beam.value;
  }
}
