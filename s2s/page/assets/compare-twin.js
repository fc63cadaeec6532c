/** Twins: BLEU by length of a model with attention and of the one that differs in having none. */

import { make } from "./elements.js";
import { Plot } from "./inside-plot.js";
import { Section } from "./inside-section.js";
import { Notices } from "./notices.js";
import { save } from "./saving.js";
import { say } from "./words.js";

export class CompareTwin extends Section {
  /**
   * @param {HTMLElement} parent
   * @param {import("./parts.js").Part} part
   * @param {import("./desk.js").Desk} desk
   * @param {() => string} text - of the visitor
   * @param {(names: string[]) => void} use - has two models compared above
   */
  constructor(parent, part, desk, text, use) {
    super(parent, "compare_twin", null, true);
    Object.assign(this, { desk, text });
    const { twins, twin } = part.props;
    const options = twins.map((name) => make("option", { value: name }, name));
    this.which = make("select", { id: "compare-twin-which", "aria-label": say("compare_twin_which") }, ...options);
    this.which.value = twin;
    this.which.addEventListener("change", () => this.look());
    const press = () => use([this.twin.plain, this.twin.name].map((name) => `grid:${name}`));
    this.use = make("button", { type: "button", id: "compare-twin-use", disabled: true, onclick: press }, say("compare_twin_try"));
    const run = make("div", { class: "compare-run" }, this.which, this.use);
    this.notices = new Notices(run);
    this.body.append(run);
    this.plot = new Plot(this.body, say("compare_twin_label"), { fits: "width" });
    this.help = make("p", { class: "help", id: "compare-twin-help" });
    const download = () => save(`${this.twin.name}-by-length.csv`, new Blob([this.twin.csv], { type: "text/csv" }));
    this.download = make("button", { type: "button", id: "compare-twin-download", hidden: true, onclick: download }, say("compare_twin_download"));
    this.body.append(this.help, this.download);
    this.look();
  }

  /** Draws the chosen twins, with the length of the longest sentence in the box marked. */
  async look() {
    const reply = await this.desk.ask({ twin: this.which.value, text: this.text() }, "twin");
    if (reply === undefined) return;
    this.notices.show(reply ? [] : [this.desk.problem], "wrong");
    if (!reply) return;
    this.twin = reply.twin;
    this.use.disabled = this.download.hidden = false;
    const { sentences, joined, figure } = this.twin;
    this.help.textContent = say("compare_twin_help", { sentences: sentences.toLocaleString("en"), joined: joined.toLocaleString("en") });
    this.plot.draw(figure);
  }
}
