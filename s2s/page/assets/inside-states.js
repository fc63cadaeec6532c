/** States: the ways through the encoder's and the decoder's states, seen from where they differ most. */

import { make } from "./elements.js";
import { Plot } from "./inside-plot.js";
import { BranchSection } from "./inside-section.js";
import { percent, say } from "./words.js";

export class StatesSection extends BranchSection {
  constructor(parent, screen) {
    super(parent, "inside_states", screen, "states");
    this.sides = ["encoder", "decoder"].map((name) => {
      const caption = make("figcaption", { class: "help" });
      const figure = make("figure", { id: `inside-${name}` });
      const plot = new Plot(figure, say(`inside_${name}_label`), { fits: "square" });
      figure.prepend(caption);
      return { name, figure, caption, plot };
    });
    const row = make("div", { class: "inside-pair" }, ...this.sides.map(({ figure }) => figure));
    this.body.append(row, make("p", { class: "help" }, say("inside_states_help")));
  }

  draw(scene) {
    this.sides.forEach(({ name, caption, plot }, place) => {
      caption.textContent = say(`inside_${name}`, { share: percent(scene.shares[place]) });
      plot.draw(scene[name]);
    });
  }
}
