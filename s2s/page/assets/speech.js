/**
 * Speech: a sound, the words that were heard in it, its spectrogram with the attention beneath, and a cursor that runs
 * through both while it plays. Pressing a word plays its stretch.
 */

import { Desk } from "./desk.js";
import { make } from "./elements.js";
import { Recording } from "./microphone.js";
import { Notices } from "./notices.js";
import { onPart } from "./parts.js";
import { plotly } from "./plotly.js";
import { isDark, onTheme } from "./theme.js";
import { percent, say } from "./words.js";

const LONGEST_SECONDS = 29.5; // a recording ends by itself before it is too long
const NARROWEST = 64; // pixels of a second; a longer sound scrolls in its frame
const UNSURE = 0.6;

class SpeechFigure {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.graph = make("div");
    this.cursor = make("div", { class: "speech-cursor", hidden: true });
    this.inner = make("div", { class: "speech-inner" }, this.graph, this.cursor);
    this.frame = make("div", { class: "speech-frame", id: "speech-figure", tabindex: "0", role: "group", "aria-label": say("speech_figure") }, this.inner);
    parent.append(this.frame);
    onTheme(() => this.spec && this.#react());
    new ResizeObserver(() => this.spec && this.#width() !== this.drawn && this.#react()).observe(this.frame);
  }

  /** @param {{data: any[], layout: any, colours: Record<string, any>}} spec */
  async draw(spec) {
    this.spec = spec;
    this.frame.style.minHeight = `${spec.layout.height + 4}px`;
    await this.#react();
  }

  #width() {
    const { margin, xaxis } = this.spec.layout;
    return Math.max(this.frame.clientWidth, Math.ceil(margin.l + margin.r + NARROWEST * xaxis.range[1]));
  }

  async #react() {
    if (!this.frame.clientWidth) return; // on a tab that is not open: drawn when it gets a width
    const library = await plotly();
    const { data, layout, colours } = this.spec;
    const colorscale = colours[isDark() ? "dark" : "light"];
    const color = getComputedStyle(document.body).getPropertyValue("--body-text-color").trim();
    this.drawn = this.#width();
    this.inner.style.width = `${this.drawn}px`;
    const traces = data.map((trace) => ({ ...trace, colorscale }));
    await library.react(this.graph, traces, { ...layout, width: this.drawn, font: { ...layout.font, color } }, { displayModeBar: false });
  }

  /** @param {number|null} seconds - where the cursor stands; null hides it */
  point(seconds) {
    const axis = this.graph._fullLayout?.xaxis;
    this.cursor.hidden = seconds === null || !axis;
    if (!this.cursor.hidden) this.cursor.style.left = `${axis._offset + axis.l2p(seconds)}px`;
  }
}

class Speech {
  /** @param {import("./parts.js").Part} part */
  constructor(part) {
    this.part = part;
    this.desk = new Desk(part, part.props.patience_seconds, (reply) => this.#show(reply));
    this.audio = new Audio();
    this.record = make("button", { id: "speech-record", class: "primary", onclick: () => this.#record() }, say("speech_record"));
    const input = make("input", { id: "speech-file", type: "file", accept: "audio/*,.wav,.flac,.ogg,.mp3", class: "hidden", onchange: () => this.#take(input) });
    const choose = make("label", { class: "speech-choose", for: "speech-file" }, say("speech_upload"));
    const samples = Array.from({ length: part.props.samples }, (_, sample) =>
      make("button", { class: "speech-sample", onclick: () => this.#ask({ sample }) }, say("speech_sample", { number: sample + 1 })));
    const area = make("div", { class: "inside speech" },
      make("p", { class: "lead" }, say("speech_lead")),
      make("div", { class: "speech-actions" }, this.record, input, choose, ...samples),
      make("p", { class: "help" }, say("speech_upload_help")));
    this.notices = new Notices(area);
    this.play = make("button", { id: "speech-play", onclick: () => this.#toggle() }, say("speech_play"));
    this.words = make("div", { id: "speech-words", class: "speech-words", role: "group", "aria-label": say("speech_answer") });
    this.answer = make("div", { class: "speech-answer", hidden: true }, make("p", { class: "help" }, say("speech_answer")), make("div", { class: "speech-line" }, this.play, this.words));
    area.append(this.answer);
    this.figure = new SpeechFigure(area);
    this.table = make("div", { class: "table" });
    area.append(
      make("p", { class: "help" }, say("speech_figure_help")),
      make("details", {}, make("summary", {}, say("speech_table")), this.table),
      make("p", { class: "help" }, say("speech_small_model")),
    );
    part.element.replaceChildren(area);
    for (const event of ["play", "pause", "ended"]) this.audio.addEventListener(event, () => this.#played());
    if (part.props.value) this.#show(JSON.parse(part.props.value));
  }

  #ask(values) {
    this.audio.pause();
    this.notices.show([say("speech_listening")]);
    this.desk.ask(values, "sound");
  }

  #show(reply) {
    if (reply.lost || reply.message) return this.notices.show([reply.message ?? say("lost")], "wrong");
    const { heard, figure, sound } = reply;
    this.notices.show(heard.warnings);
    this.audio.src = `data:audio/wav;base64,${sound}`;
    this.until = Infinity;
    this.words.replaceChildren(...heard.words.map((word) => this.#word(word)));
    this.answer.hidden = false;
    this.table.replaceChildren(table(heard.words));
    this.figure.point(null);
    this.figure.draw(figure);
  }

  #word(word) {
    const sure = Math.exp(word.log_prob);
    const title = `${word.begin_seconds.toFixed(2)}–${word.end_seconds.toFixed(2)} s · ${percent(sure)}`;
    return make("button", { class: sure < UNSURE ? "word unsure" : "word", title, onclick: () => this.#stretch(word) }, word.text);
  }

  #stretch({ begin_seconds: begin, end_seconds: end }) {
    this.until = end;
    this.audio.currentTime = begin;
    this.audio.play();
  }

  #toggle() {
    if (!this.audio.paused) return this.audio.pause();
    if (this.until !== Infinity || this.audio.ended) this.audio.currentTime = 0;
    this.until = Infinity;
    this.audio.play();
  }

  #played() {
    const playing = !this.audio.paused && !this.audio.ended;
    this.play.textContent = say(playing ? "speech_pause" : "speech_play");
    if (!playing) return this.audio.ended && this.figure.point(null);
    const follow = () => {
      if (this.audio.paused || this.audio.ended) return;
      if (this.audio.currentTime >= this.until) return this.audio.pause();
      this.figure.point(this.audio.currentTime);
      requestAnimationFrame(follow);
    };
    follow();
  }

  async #record() {
    if (this.recording) return this.#recorded();
    try {
      this.recording = await Recording.begin();
    } catch {
      return this.notices.show([say("speech_forbidden")], "wrong");
    }
    const begun = performance.now();
    const tick = () => {
      const seconds = (performance.now() - begun) / 1000;
      this.record.textContent = say("speech_stop", { seconds: Math.floor(seconds) });
      if (seconds > LONGEST_SECONDS) this.#recorded();
    };
    tick();
    this.ticking = setInterval(tick, 250);
  }

  async #recorded() {
    const { recording } = this;
    this.recording = null;
    clearInterval(this.ticking);
    this.record.textContent = say("speech_record");
    if (recording) this.#send(await recording.end(), say("speech_record"));
  }

  #take(input) {
    const [file] = input.files;
    input.value = "";
    if (file) this.#send(file, file.name);
  }

  /** @param {Blob} file @param {string} name */
  async #send(file, name) {
    if (file.size > this.part.props.most_bytes) return this.notices.show([say("speech_too_large")], "wrong");
    const reader = new FileReader();
    reader.onload = () => this.#ask({ name, content: reader.result.split(",")[1] ?? "" });
    reader.readAsDataURL(file);
  }
}

function table(words) {
  const head = ["word", "from", "to", "sure"].map((name) => make("th", { scope: "col" }, say(`speech_${name}`)));
  const rows = words.map(({ text, begin_seconds: begin, end_seconds: end, log_prob: sure }) =>
    make("tr", {}, ...[text, `${begin.toFixed(2)} s`, `${end.toFixed(2)} s`, percent(Math.exp(sure))].map((cell) => make("td", {}, cell))));
  return make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
}

export function start() {
  onPart("speech", (part) => new Speech(part));
}
