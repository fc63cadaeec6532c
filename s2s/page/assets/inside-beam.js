/** The beam's tree: what the search kept, dropped and finished; a node says its hypothesis. */

import { make } from "./elements.js";
import { Plot } from "./inside-plot.js";
import { BranchSection } from "./inside-section.js";
import { percent, say } from "./words.js";

export class BeamSection extends BranchSection {
  constructor(parent, screen) {
    super(parent, "inside_beam", screen, "beam");
    this.plot = new Plot(this.body, say("inside_beam"));
    this.plot.onpress = (node) => this.#tell(node);
    this.plot.frame.addEventListener("keydown", (event) => this.#key(event));
    this.read = make("p", { id: "inside-node", class: "inside-at", "aria-live": "polite" });
    this.body.append(this.read, make("p", { class: "help" }, say("inside_beam_help")));
  }

  draw({ figure, nodes }) {
    this.nodes = nodes;
    this.plot.draw(figure);
    this.#tell(nodes.findIndex((node) => node.rank === 0));
  }

  #tell(number) {
    const node = this.nodes[number];
    if (!node) return;
    this.number = number;
    this.plot.select(number);
    const fate = say(`inside_fate_${node.fate}`);
    const score = say("inside_node", { probability: percent(node.probability), score: node.score.toFixed(2).replace("-", "−") });
    this.read.replaceChildren(make("b", { dir: "auto" }, node.text || "…"), ` ${fate} ${score}`);
  }

  #key(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.#tell(Math.min(Math.max(this.number + step, 0), this.nodes.length - 1));
  }
}
