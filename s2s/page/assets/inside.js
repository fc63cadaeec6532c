/**
 * Look inside: one sentence, taken apart by hand. This module asks Python and hands what comes to the sections.
 *
 * An ask is a plain object (s2s/page/inside_asks.py). What changes the tree of translations, which lies with Python, waits
 * for what was asked before; what only looks at it is asked beside that.
 */

import { BeamSection } from "./inside-beam.js";
import { ExplanationSection } from "./inside-explanation.js";
import { GoldSection } from "./inside-gold.js";
import { JudgementSection } from "./inside-judgement.js";
import { StatesSection } from "./inside-states.js";
import { SurgerySection } from "./inside-surgery.js";
import { TreeList } from "./inside-tree.js";
import { WordSection } from "./inside-word.js";
import { Desk } from "./desk.js";
import { make } from "./elements.js";
import { Notices } from "./notices.js";
import { onPart, part } from "./parts.js";
import { openTab } from "./tabs.js";
import { history } from "./visit.js";
import { language, say } from "./words.js";

class Screen {
  /**
   * @param {import("./parts.js").Part} part - where to draw, and to ask for what changes the tree
   * @param {import("./parts.js").Part} views - where to ask for what only looks at it, and may take longer
   */
  constructor(part, views) {
    const patience = part.props.patience_seconds;
    this.model = part.props.model;
    this.desk = new Desk(part, patience, (reply) => this.#show(reply));
    this.views = new Desk(views, patience, (reply) => this.#show(reply));
    this.box = make("textarea", { id: "inside-source", rows: 1, dir: "auto", "aria-label": say("source") });
    this.choice = make("select", { id: "inside-sentence", "aria-label": say("inside_sentence"), hidden: true });
    const go = make("button", { id: "inside-go", class: "primary" }, say("inside_go"));
    const form = make("form", { class: "inside-begin" }, this.box, this.choice, go);
    const area = make("div", { class: "inside" }, make("p", { class: "lead" }, say("inside_lead")), form);
    this.notices = new Notices(area);
    this.word = new WordSection(area, this);
    this.tree = new TreeList(area, this);
    this.sections = [SurgerySection, BeamSection, JudgementSection, ExplanationSection, GoldSection, StatesSection].map(
      (Section) => new Section(area, this),
    );
    part.element.replaceChildren(area);
    form.addEventListener("submit", (event) => this.#submit(event));
    this.box.addEventListener("keydown", (event) => event.key === "Enter" && !event.isComposing && this.#submit(event));
    this.choice.addEventListener("change", () => this.begin({ text: this.text, sentence: Number(this.choice.value) }));
    const worked = part.props.worked[language];
    const example = worked ?? part.props.value;
    if (example) this.#show(JSON.parse(example));
    if (worked) part.trigger("settle", language);
    this.#follow(area);
    this.#open();
  }

  /** Asks for something that may change the tree. */
  ask(values) {
    return this.desk.ask(values);
  }

  /** Asks for a view, of which only the last one under the same name is wanted. */
  view(values, name = values.do) {
    return this.views.ask(values, name);
  }

  /** Takes a sentence apart, by the same model unless another one is named. */
  begin(values) {
    return this.ask({ do: "begin", model: this.model, ...values });
  }

  /** Looks at a branch. */
  look(branch) {
    return this.ask({ do: "show", branch });
  }

  get branch() {
    return this.scene.translation.number;
  }

  /** The address that grows the same tree somewhere else. */
  address() {
    const { model, turns, source } = this.scene.tree;
    const values = { text: source, model, turns };
    return `${location.href.split("#")[0]}#${new URLSearchParams({ inside: JSON.stringify(values) })}`;
  }

  #show(reply) {
    if (reply.lost) return this.notices.show([say("lost")], "wrong");
    this.notices.show(reply.message ? [reply.message] : [], "wrong");
    if (reply.begun) this.#begun(reply.begun);
    if (reply.translation) this.scene = reply;
    if (reply.tree) this.model = reply.tree.model;
    for (const section of [this.word, this.tree, ...this.sections]) section.show(reply);
  }

  #begun({ text, sentences, sentence }) {
    Object.assign(this, { text, sentence });
    this.box.value = text;
    const options = sentences.map((each, value) => make("option", { value, selected: value === sentence }, `${value + 1}. ${each}`));
    this.choice.replaceChildren(...options);
    this.choice.hidden = sentences.length < 2;
  }

  #submit(event) {
    event.preventDefault();
    this.begin({ text: this.box.value });
  }

  /** What was translated last on the first screen is taken apart as soon as this tab is seen. */
  #follow(area) {
    this.taken = JSON.stringify(history()[0]);
    new IntersectionObserver(([entry]) => {
      const last = history()[0];
      if (!entry.isIntersecting || !last || JSON.stringify(last) === this.taken) return;
      this.taken = JSON.stringify(last);
      this.begin({ text: last.text, model: last.model });
    }).observe(area);
  }

  /** A word of the first screen's answer was pressed: its sentence is taken apart, at that word if it is the same here. */
  async takeApart({ text, model, sentence, word, words }) {
    this.taken = JSON.stringify(history()[0]);
    const isHere = text === this.text && model === this.model && sentence === this.sentence;
    const reply = await (isHere ? this.look(0) : this.begin({ text, model, sentence }));
    if (reply && this.word.texts.join(" ") === words.join(" ")) this.word.press(word);
    this.word.words.element.focus();
  }

  /** Grows the tree that the address names. */
  #open() {
    if (!addressed()) return;
    try {
      const { text, model, turns } = JSON.parse(addressed());
      this.begin({ text, model, turns });
    } catch {
      this.notices.show([say("inside_bad_link")], "wrong");
    }
  }
}

/** What the address of this page says of a tree, or null. */
function addressed() {
  return new URLSearchParams(location.hash.slice(1)).get("inside");
}

export function start() {
  /** The screen, as soon as there is one: Gradio builds a tab when it is first opened. */
  let screen = null;
  let wanted = null;
  onPart("inside", async (found) => {
    screen = new Screen(found, await part("inside_views"));
    if (wanted) screen.takeApart(wanted);
    wanted = null;
  });
  document.addEventListener("takeapart", ({ detail }) => {
    openTab("tab_inside");
    if (screen) screen.takeApart(detail);
    else wanted = detail;
  });
  if (addressed()) openTab("tab_inside");
}
