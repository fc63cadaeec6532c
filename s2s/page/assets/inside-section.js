/** One section of Look inside: a heading that opens it, one sentence of what can be learnt there, and room to draw. */

import { make } from "./elements.js";
import { Heatmap } from "./heatmap.js";
import { makeTable } from "./table.js";
import { say } from "./words.js";

/** A heatmap, and its numbers as a table below it for who wants to read them. */
export class NumberedHeatmap extends Heatmap {
  /**
   * @param {HTMLElement} parent
   * @param {string} label - what it is, for screen readers
   */
  constructor(parent, label) {
    const area = make("div", { class: "inside-heat" });
    super(area, label);
    this.numbers = make("details", { ontoggle: () => this.#fill() }, make("summary", {}, say("table")));
    area.append(this.numbers);
    parent.append(area);
  }

  draw(spec, colours) {
    const drawn = super.draw(spec, colours);
    this.numbers.hidden = !spec.data.length;
    this.#fill();
    return drawn;
  }

  #fill() {
    const [summary, ...old] = this.numbers.children;
    for (const each of old) each.remove();
    if (this.numbers.open) summary.after(makeTable(this.spec));
  }
}

export class Section {
  /**
   * @param {HTMLElement} parent
   * @param {string} name - of the section; its heading and its sentence are the words `NAME` and `NAME_lead`
   * @param {any} screen - asks Python
   * @param {boolean} [open]
   */
  constructor(parent, name, screen, open = false) {
    this.screen = screen;
    this.body = make("div", { class: "inside-body" });
    const heading = make("summary", {}, make("h2", {}, say(name)), make("span", { class: "lead" }, say(`${name}_lead`)));
    this.frame = make("details", { id: `${name.replace("_", "-")}`, class: "inside-section", open }, heading, this.body);
    this.frame.addEventListener("toggle", () => this.frame.open && this.opened());
    parent.append(this.frame);
  }

  get open() {
    return this.frame.open;
  }

  /** What is done when the section is opened. */
  opened() {}

  /** @param {any} _reply - of Python, whatever was asked */
  show(_reply) {}
}

/**
 * A section that draws something of the branch that is looked at, and asks for it when it is open and that has changed.
 */
export class BranchSection extends Section {
  /**
   * @param {string} part - of the reply, and of the ask
   */
  constructor(parent, name, screen, part) {
    super(parent, name, screen);
    this.part = part;
    this.fresh = false;
  }

  opened() {
    if (this.fresh) return;
    this.fresh = true;
    this.frame.setAttribute("aria-busy", "true");
    this.screen.view({ do: "show", branch: this.screen.branch, sections: [this.part] }, this.part).then((reply) => {
      if (reply !== undefined) this.frame.removeAttribute("aria-busy");
    });
  }

  show(reply) {
    if (reply[this.part]?.branch === this.screen.branch) this.draw(reply[this.part]);
    if (!reply.translation) return;
    this.fresh = false;
    if (this.open) this.opened();
  }

  /** @param {any} _scene */
  draw(_scene) {}
}

/**
 * A slider with its name and what it stands at.
 *
 * @param {string} id
 * @param {string} label
 * @param {{min: number, max: number, step: number, value: number}} range
 * @param {(value: number) => string} read - what it stands at, for people
 * @param {(value: number) => void} choose - when it is let go
 */
export function makeSlider(id, label, range, read, choose) {
  const input = make("input", { type: "range", id, ...range });
  const output = make("output", { for: id }, read(range.value));
  const tell = () => {
    output.textContent = read(Number(input.value));
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", tell);
  input.addEventListener("change", () => choose(Number(input.value)));
  const field = make("label", { class: "slider" }, make("span", {}, label), input, output);
  return Object.assign(field, {
    set(value) {
      input.value = String(value);
      tell();
    },
  });
}

/** Words of which some are marked as new; `[words, isNew]` each. */
export function makeParts(parts) {
  return make("span", { dir: "auto" }, ...parts.flatMap(([words, isNew]) => [isNew ? make("mark", {}, words) : words, " "]));
}
