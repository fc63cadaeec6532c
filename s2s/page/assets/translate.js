/** The first screen: asks Python for translations, and shows and links what comes. */

import { AnswerPane } from "./answerpane.js";
import { CodePanel } from "./codepanel.js";
import { Direction } from "./direction.js";
import { make } from "./elements.js";
import { ExportMenu } from "./exportmenu.js";
import { FigurePane } from "./figurepane.js";
import { FilePane } from "./filepane.js";
import { lightOfPlace, lightOfSource, lightOfTarget, noLight } from "./linking.js";
import { BoxWords } from "./mirror.js";
import { Notices } from "./notices.js";
import { element, hear, onPart, part } from "./parts.js";
import { addressed, addressOf } from "./permalink.js";
import { Settings } from "./settings.js";
import { Shelf } from "./shelf.js";
import { forget, history, remember } from "./visit.js";
import { language, say } from "./words.js";

class Screen {
  /** @param {Record<string, import("./parts.js").Part>} parts */
  constructor(parts, box) {
    this.stage = parts.stage;
    this.box = box;
    this.patience = parts.stage.props.patience_seconds;
    this.examples = parts.direction.props.examples;
    this.number = 0;
    this.scene = null;
    /** What is to be looked at: ahead of the scene while Python is asked for it. */
    this.shown = {};
    this.direction = new Direction(parts.direction.element, parts.direction.props.models);
    new Shelf(parts.shelf, (models) => this.direction.offer(models));
    this.settings = new Settings(parts.settings.element, parts.settings.props.largest_beam);
    this.answer = new AnswerPane(parts.answer.element);
    this.figure = new FigurePane(parts.figure.element);
    this.notices = new Notices(parts.notices.element);
    this.exports = new ExportMenu(this.figure.controls, parts.download, () => this.scene);
    this.source = new BoxWords(box);
    this.offered = make("div", { id: "example-list", role: "group", "aria-label": say("examples") });
    parts.examples.element.append(this.offered);
    this.undo = parts.past.element;
    this.history = make("details", { id: "history", hidden: true });
    const request = () => ({ model: this.direction.model.name, beam_size: this.settings.beamSize });
    this.file = new FilePane(parts.settings.element, parts.files, request);
    this.code = new CodePanel(parts.settings.element);
    parts.settings.element.append(this.history);
    window.addEventListener("refused", ({ detail }) => this.busy && this.scene?.number !== this.number && this.#lose(detail));
    this.#link();
    this.#act();
    this.#offer();
    hear(this.stage, (scene) => this.#show(scene));
    const wanted = addressed();
    const worked = parts.stage.props.worked[language];
    if (wanted) this.ask(wanted);
    else if (worked) this.#settle(JSON.parse(worked));
  }

  /**
   * Asks for a translation.
   *
   * @param {Record<string, any>} [values] - what is not as it stands on the page: text, model, beam_size, view …
   */
  ask(values = {}) {
    if (this.busy) document.querySelector("#stop").click();
    if (values.model) this.direction.show(values.model);
    this.settings.show(values);
    if (values.text !== undefined) fill(this.box, values.text);
    const chosen = (...names) => Object.fromEntries(names.filter((name) => name in values).map((name) => [name, values[name]]));
    const view = { ...this.shown.view, ...chosen("units", "end", "scale", "threshold") };
    this.shown = { view };
    this.wished = false;
    this.#setBusy(true);
    this.stage.trigger("ask", {
      number: ++this.number,
      text: this.box.value,
      model: values.model ?? this.direction.model.name,
      beam_size: values.beam_size ?? this.settings.beamSize,
      read_back: this.settings.readBack,
      ...chosen("revision"),
      shown: { ...chosen("sentence", "rank"), ...(Object.keys(view).length ? { view } : {}) },
    });
  }

  /** Gives the running request up, as Gradio does at the same press; what has been written stays. */
  stop() {
    this.number += 1; // what still comes of it is not shown
    this.#setBusy(false);
  }

  #show(scene) {
    if (scene.number !== this.number) return;
    if (scene.phase !== "busy") this.#setBusy(false);
    if (scene.phase === "failed") return this.notices.show([scene.message], "wrong");
    if (scene.number !== this.scene?.number) {
      this.figure.heatmap.begin();
      this.shown = { ...scene.shown, view: { ...scene.shown.view, ...this.shown.view } };
    }
    this.scene = scene;
    if (scene.opened) this.#restore(scene);
    this.answer.show(scene, this.direction.model.target);
    this.source.show(scene.asked, scene.source_words);
    this.figure.show(scene);
    this.#light(noLight());
    if (scene.phase === "done") this.#finish(scene);
  }

  /** Opens with the example of the visitor's language instead of the one for everybody. */
  #settle(scene) {
    this.#restore(scene);
    this.#show(scene);
    this.stage.trigger("settle", language);
  }

  /** Puts a saved translation's request where it would stand. */
  #restore({ asked, model, settings, shown }) {
    this.shown = shown;
    fill(this.box, asked);
    this.direction.show(model);
    this.settings.show(settings);
  }

  #finish(scene) {
    const lines = [...scene.warnings];
    if (scene.guess) {
      const values = { language: say(scene.guess) };
      const name = this.direction.models.find((model) => model.source === scene.guess).name;
      const button = make("button", { type: "button", onclick: () => this.ask({ model: name }) }, say("guess_accept", values));
      lines.push(make("span", {}, `${say("guess", values)} `, button));
    }
    this.notices.show(lines);
    this.code.show({ text: scene.asked, model: scene.model, beam_size: scene.settings.beam_size });
    if (this.wished) this.#look({});
    if (this.number) remember({ text: scene.asked, model: scene.model, beam_size: scene.settings.beam_size, target: this.answer.text });
    this.#offer();
  }

  #setBusy(busy) {
    this.busy = busy;
    document.body.classList.toggle("busy", busy);
    clearTimeout(this.clock);
    if (busy) this.clock = setTimeout(() => this.#lose(), 1000 * this.patience);
  }

  /** @param {Record<string, string>|string} [why] - in both languages, or ready */
  #lose(why = say("lost")) {
    this.number += 1;
    this.#setBusy(false);
    this.notices.show([why], "wrong");
  }

  /** Asks for another part, version or view of what is translated; while that is written, as soon as it is. */
  #look(values) {
    this.shown = { ...this.shown, ...values, view: { ...this.shown.view, ...values.view } };
    this.wished = this.busy;
    if (!this.busy) this.stage.trigger("show", { number: this.number, shown: this.shown });
  }

  /** Has a file made of what is on the screen. */
  #take(form) {
    if (!this.busy) this.stage.trigger("take", { number: this.number, form, shown: this.shown });
  }

  /** @param {string} text - of a saved translation */
  #reopen(text) {
    if (this.busy) document.querySelector("#stop").click();
    this.stage.trigger("reopen", { number: ++this.number, text });
  }

  /** Lights what `where` points at; where nothing is pointed at, only the last one that did puts it out. */
  #point(where, light) {
    if (!light && this.pointing !== where) return;
    this.pointing = where;
    this.#light(light ?? noLight());
  }

  #light(light) {
    if (!this.scene) return;
    const { sentence } = this.scene.shown;
    this.figure.light(light);
    this.answer.words.light(sentence, light.target, light.targetWord);
    this.source.light(sentence, light.source, light.sourceWord);
  }

  #link() {
    const mine = (word) => word && word.sentence === this.scene?.shown.sentence;
    const { words } = this.answer;
    const { heatmap } = this.figure;
    this.source.onpoint = (word) => this.#point(this.source, mine(word) ? lightOfSource(this.scene, word.word) : null);
    words.onpoint = (word) => this.#point(words, mine(word) ? lightOfTarget(this.scene, word.word) : null);
    heatmap.onpoint = (place) => this.#point(heatmap, place ? lightOfPlace(this.scene, place) : null);
    this.answer.words.onpress = (word, fresh) => {
      if (!mine(word)) this.#look({ sentence: word.sentence, rank: 0 });
      else if (!fresh) this.#takeApart(word);
    };
    this.figure.onsentence = (sentence) => this.#look({ sentence, rank: 0 });
    this.figure.onview = (view) => this.#look({ view });
    this.answer.onversion = (rank) => this.#look({ rank });
    this.answer.onshare = () => this.address();
  }

  /** Goes to the tab where another word can be chosen. */
  #takeApart({ sentence, word }) {
    if (this.busy) return;
    const { asked: text, model, answer } = this.scene;
    const words = answer.filter(([, of]) => of === sentence).map(([target]) => target);
    document.dispatchEvent(new CustomEvent("takeapart", { detail: { text, model, sentence, word, words } }));
  }

  /** The address that brings others to what is on the screen. */
  address() {
    const { asked, model, revision, settings } = this.scene;
    const { sentence, rank, view } = this.shown;
    const how = { beam_size: settings.beam_size, ...(settings.read_back === 0 ? { read_back: false } : {}) };
    return addressOf({ text: asked, model, revision, ...how, sentence, rank, ...view });
  }

  #act() {
    document.querySelector("#go").addEventListener("click", () => this.ask());
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey || event.shiftKey) || event.isComposing) return;
      event.preventDefault();
      event.stopPropagation();
      this.ask();
    }, true);
    document.querySelector("#stop").addEventListener("click", () => this.stop());
    this.direction.onchange = (model) => this.ask({ text: this.#examplesOf(model)[0] ?? this.box.value });
    this.direction.onswap = () => this.ask({ text: this.answer.text });
    this.settings.onchange = () => this.ask();
    this.exports.onexport = (form) => this.#take(form);
    this.exports.onopen = (text) => this.#reopen(text);
    this.exports.ontoolarge = () => this.notices.show([say("open_too_large")], "wrong");
  }

  #examplesOf({ name, source }) {
    return this.examples[name] ?? this.examples[source] ?? [];
  }

  /** Examples for the model, and what was asked before. */
  #offer() {
    const button = (text, act, attributes = {}) => make("button", { type: "button", dir: "auto", ...attributes, onclick: act }, text);
    const examples = this.#examplesOf(this.direction.model);
    this.offered.replaceChildren(...examples.map((text) => button(text, () => this.ask({ text }))));
    const again = ({ text, model, beam_size }) => this.ask({ text, model, beam_size });
    const before = history();
    this.undo.replaceChildren(button(say("undo"), () => again(before[1]), { id: "undo", hidden: before.length < 2 }));
    const items = before.map((asked) => make("li", {}, button(`${asked.text} → ${asked.target}`, () => again(asked))));
    const clear = button(say("forget"), () => this.#forget());
    this.history.replaceChildren(make("summary", {}, say("history", { count: before.length })), make("ol", {}, ...items), clear);
    this.history.hidden = !before.length;
  }

  #forget() {
    forget();
    this.#offer();
  }
}

/** Puts a text into Gradio's box as a visitor would. */
function fill(box, text) {
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

const NAMES = ["direction", "answer", "notices", "figure", "examples", "settings", "shelf", "download", "past", "files"];

/** The screen begins when all of its parts stand on the page. */
export function start() {
  onPart("stage", async (stage) => {
    const others = await Promise.all(NAMES.map((name) => part(name)));
    const parts = Object.fromEntries(NAMES.map((name, place) => [name, others[place]]));
    await Promise.all([element("#go"), element("#stop")]);
    new Screen({ stage, ...parts }, await element("#source textarea"));
  });
}
