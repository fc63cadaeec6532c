/** A test set of the visitor's: read here, scored by Python, its rows saved here. */

import { onRefused } from "./desk.js";
import { make } from "./elements.js";
import { Section, makeParts } from "./inside-section.js";
import { Notices } from "./notices.js";
import { hear } from "./parts.js";
import { save } from "./saving.js";
import { say } from "./words.js";

const SOON_MS = 2000; // after which a test set has begun, unless another one is at work

export class CompareTest extends Section {
  /**
   * @param {HTMLElement} parent
   * @param {import("./parts.js").Part} part
   * @param {() => any} request - the two models
   * @param {(name: string) => string} title - of a model
   */
  constructor(parent, part, request, title) {
    super(parent, "compare_test", null);
    Object.assign(this, { part, request, title });
    this.number = 0;
    const input = (id, name) => make("input", { type: "file", id, accept: ".tsv,.txt", "aria-label": say(name) });
    this.source = input("compare-test-source", "compare_test_source");
    this.reference = input("compare-test-reference", "compare_test_reference");
    this.go = make("button", { type: "button", id: "compare-test-go", disabled: true, onclick: () => this.#ask() }, say("compare_test_go"));
    this.stop = make("button", { type: "button", id: "compare-test-stop", hidden: true, onclick: () => this.#stop() }, say("stop"));
    this.bar = make("progress", { max: "1", value: "0", hidden: true, "aria-label": say("compare_test_progress") });
    this.result = make("div", { id: "compare-test-result" });
    this.source.addEventListener("change", () => (this.go.disabled = this.busy || !this.source.files.length));
    const named = (name, field) => make("label", { class: "compare-file" }, make("span", {}, say(name)), field);
    const files = [named("compare_test_source", this.source), named("compare_test_reference", this.reference)];
    const run = make("div", { class: "compare-run" }, this.go, this.bar, this.stop);
    this.notices = new Notices(run);
    this.body.append(
      make("p", { class: "help" }, say("compare_test_help", { pairs: part.props.most_pairs })),
      make("div", { class: "compare-files" }, ...files),
      run,
      this.result,
    );
    hear(part, (told) => this.#show(told));
    onRefused(this);
  }

  /** @param {Record<string, string>|string} why - in both languages, or ready */
  lose(why) {
    this.#giveUp();
    this.notices.show([why], "wrong");
  }

  async #ask() {
    const files = [this.source.files[0], this.reference.files[0]];
    const size = files.reduce((sum, file) => sum + (file?.size ?? 0), 0);
    if (size > this.part.props.most_bytes) return this.notices.show([say("compare_test_too_large")], "wrong");
    const [source, reference] = await Promise.all(files.map((file) => file?.text() ?? ""));
    /** Whether something has come of what was asked. */
    this.isHeard = false;
    this.#setBusy(true);
    this.notices.show([]);
    this.result.replaceChildren();
    this.part.trigger("ask", { number: ++this.number, source, reference, ...this.request() });
  }

  #stop() {
    this.#giveUp();
    this.notices.show([say("compare_test_stopped")]);
  }

  #giveUp() {
    this.number += 1; // what still comes is not shown
    this.part.trigger("take");
    this.#setBusy(false);
  }

  #show(told) {
    if (told.number !== this.number) return;
    this.isHeard = true;
    this.#setBusy(told.phase === "busy");
    if (told.phase === "busy") {
      this.bar.value = told.done / told.total;
      const seconds = told.seconds_left === null ? "…" : Math.ceil(told.seconds_left);
      return this.notices.show([say("compare_test_left", { done: told.done, total: told.total, seconds })]);
    }
    this.notices.show(told.phase === "failed" ? [told.message] : [], "wrong");
    if (told.phase === "done") this.#showResult(told);
  }

  #showResult({ models, scores, wins, largest, csv }) {
    const names = models.map((name) => this.title(name));
    if (names[0] === names[1]) names.forEach((name, place) => (names[place] = `${name} (${place + 1})`));
    const head = ["compare_metric", ...names, "compare_p"].map((name) => make("th", { scope: "col" }, say(name)));
    const cell = (value, band) => make("td", { "data-value": value }, `${value.toFixed(1)} ± ${band.toFixed(1)}`);
    const rows = scores.map((score) =>
      make(
        "tr",
        { title: score.signature },
        make("th", { scope: "row" }, score.name),
        cell(score.one, score.one_band),
        cell(score.other, score.other_band),
        make("td", { "data-value": score.p_value }, score.p_value < 0.001 ? "< 0.001" : score.p_value.toFixed(3)),
      ),
    );
    const table = make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
    const { name: metric, one, other, p_value: p } = scores[0];
    const better = names[other > one ? 1 : 0];
    const verdict = say(p < 0.05 ? "compare_verdict_yes" : "compare_verdict_no", { metric, name: better });
    const counts = { one: names[0], other: names[1], wins: wins[0], losses: wins[1], ties: wins[2] };
    const download = () => save("comparison.csv", new Blob([csv], { type: "text/csv" }));
    this.result.replaceChildren(
      make("p", { class: "compare-verdict" }, verdict),
      make("div", { class: "table" }, table),
      make("p", {}, say("compare_wins", counts)),
      make("p", { class: "help" }, say("compare_test_note")),
      make("button", { type: "button", id: "compare-download", onclick: download }, say("compare_download")),
      ...largest.flatMap((found, place) => (found.length ? [make("h3", {}, say("compare_largest", { name: names[place] })), makeRows(found, names)] : [])),
    );
  }

  /** Begins to wait for the next word of Python's, or ends waiting. */
  #setBusy(busy) {
    this.busy = busy;
    this.go.disabled = busy || !this.source.files.length;
    this.bar.hidden = this.stop.hidden = !busy;
    clearTimeout(this.clock);
    clearTimeout(this.hint);
    if (!busy) return;
    this.clock = setTimeout(() => this.lose(say("lost")), 1000 * this.part.props.patience_seconds);
    if (this.isHeard) return;
    this.bar.value = 0;
    this.hint = setTimeout(() => this.notices.show([say("compare_test_waits")]), SOON_MS);
  }
}

/** Sentences with both translations and the reference, one under the other. */
function makeRows(rows, names) {
  const line = (name, text) => [make("dt", {}, name), make("dd", {}, makeParts([[text, false]]))];
  const item = ({ source, one, other, reference, difference }) =>
    make(
      "li",
      {},
      make("p", { dir: "auto" }, make("b", {}, source), ` +${difference.toFixed(1)}`),
      make("dl", {}, ...line(names[0], one), ...line(names[1], other), ...line(say("compare_reference"), reference)),
    );
  return make("ol", { class: "compare-rows" }, ...rows.map(item));
}
