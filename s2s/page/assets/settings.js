/** How a request is searched: the beam, whether versions are read back, and what that means. */

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
    this.box = make("input", { type: "checkbox", id: "read-back", checked: true, "aria-describedby": "read-back-help" });
    this.box.addEventListener("change", () => this.onchange());
    const back = make("label", { class: "check" }, this.box, say("read_back"));
    const why = make("p", { class: "quiet", id: "read-back-help" }, say("read_back_help"));
    parent.append(make("details", {}, make("summary", {}, say("settings")), row, help, back, why));
  }

  get beamSize() {
    return Number(this.beam.value);
  }

  get readBack() {
    return this.box.checked;
  }

  /** @param {{beam_size?: number, read_back?: boolean|number}} values - what is not as it stands */
  show({ beam_size, read_back }) {
    if (beam_size) this.beam.value = String(beam_size);
    this.value.textContent = this.beam.value;
    if (read_back !== undefined) this.box.checked = Boolean(read_back);
  }
}
