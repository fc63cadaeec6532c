/** The translations of one sentence so far, each below the one that it leaves, with what is new in it. */

import { make } from "./elements.js";
import { makeParts } from "./inside-section.js";
import { say } from "./words.js";

export class TreeList {
  /**
   * @param {HTMLElement} parent
   * @param {any} screen - asks Python
   */
  constructor(parent, screen) {
    this.screen = screen;
    this.list = make("ul", { class: "inside-tree" });
    this.link = make("button", { type: "button", class: "plain", id: "inside-link" }, say("inside_link"));
    this.link.addEventListener("click", () => this.#copy());
    this.area = make("nav", { id: "inside-tree", "aria-label": say("inside_tree"), hidden: true }, this.list, this.link);
    parent.append(this.area);
  }

  show({ tree, translation }) {
    if (!tree) return;
    this.area.hidden = tree.branches.length < 2;
    this.link.textContent = say("inside_link");
    this.list.replaceChildren(...this.#below(tree.branches, null, translation.number));
  }

  #below(branches, parent, current) {
    const mine = branches.map((branch, number) => ({ ...branch, number })).filter((branch) => branch.parent === parent);
    return mine.map((branch) => {
      const children = this.#below(branches, branch.number, current);
      const button = make(
        "button",
        { type: "button", "data-branch": branch.number, "aria-current": branch.number === current && "true" },
        makeParts(branch.parts),
        make("small", {}, say(`inside_branch_${branch.kind}`, { at: branch.at })),
      );
      button.addEventListener("click", () => this.screen.look(branch.number));
      return make("li", {}, button, ...(children.length ? [make("ul", {}, ...children)] : []));
    });
  }

  async #copy() {
    const address = this.screen.address();
    history.replaceState(null, "", address);
    try {
      await navigator.clipboard.writeText(address);
      this.link.textContent = say("inside_linked");
    } catch {
      this.link.textContent = say("inside_link_above");
    }
  }
}
