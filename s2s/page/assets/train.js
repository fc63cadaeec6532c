/**
 * Train: a toy task is learnt before the visitor's eyes. This module asks Python how far it is, and hands what comes to
 * the parts of the screen.
 *
 * A run is a training as Python tells it (s2s/page/train_scenes.py): `plan`, `example`, `phase`, `updates`, `points` …
 * The one that stands here at first was trained before (train-film.json).
 */

import { Desk } from "./desk.js";
import { make } from "./elements.js";
import { Notices } from "./notices.js";
import { onPart, part } from "./parts.js";
import { Form } from "./train-form.js";
import { Model } from "./train-model.js";
import { Result } from "./train-result.js";
import { Watch } from "./train-watch.js";
import { say } from "./words.js";

const AT_WORK = ["waiting", "starting", "training", "finishing"];
const LOOK_MS = 700;
const STAY_MS = 60_000; // while nothing is at work: it tells the server that somebody is still there

class Screen {
  /**
   * @param {import("./parts.js").Part} desk - where trainings are asked for
   * @param {import("./parts.js").Part} model - where the model that was trained is asked
   */
  constructor(desk, model) {
    const { choices, may_train, most, colours, patience_seconds } = desk.props;
    this.desk = new Desk(desk, patience_seconds, (reply) => this.#show(reply));
    this.form = new Form(choices, may_train, most);
    const area = make("div", { class: "inside train" }, make("p", { class: "lead" }, say("train_lead")), this.form.element);
    this.notices = new Notices(area);
    this.watch = new Watch(area, colours);
    this.result = new Result(area);
    this.model = new Model(area, colours, new Desk(model, patience_seconds, (reply) => this.model.show(reply)));
    desk.element.replaceChildren(area);
    this.form.onbegin = (plan) => this.#ask({ do: "begin", ...plan });
    this.form.onstop = () => this.#ask({ do: "stop" });
    this.form.onresume = () => this.#ask({ do: "resume" });
    this.#showFilm();
  }

  async #showFilm() {
    this.film = await (await fetch(new URL("train-film.json", import.meta.url))).json();
    this.result.compared = this.film.lengths;
    if (!this.run) this.#draw({ ...this.film.run, phase: "before" });
  }

  #ask(values) {
    clearTimeout(this.clock);
    this.stops = values.do === "stop";
    return this.desk.ask(values);
  }

  #look() {
    this.desk.ask({ do: "look", since: this.run?.points.length ?? 0 }, "look");
  }

  #show(reply) {
    clearTimeout(this.clock);
    const before = this.run;
    if (reply.job) this.#take(reply.job);
    else if (reply.job === null && before) this.#forget();
    const isGone = before && !this.run && !this.#isGivenUp(before);
    if (reply.lost) this.#tell(say("train_lost"));
    else if (reply.message) this.#tell(reply.message);
    else if (isGone) this.#tell(say("train_gone"));
    else this.#tell(this.run?.message.en && this.run.message, this.run?.phase === "failed" ? "wrong" : "quiet");
    const isAtWork = AT_WORK.includes(this.run?.phase);
    if (this.run) this.clock = setTimeout(() => this.#look(), isAtWork ? LOOK_MS : STAY_MS);
  }

  /** Whether a training that is no more was stopped by its visitor before it had learnt anything. */
  #isGivenUp({ points }) {
    return this.stops && !points.at(-1)?.updates;
  }

  /** Says why something was refused, or how the training ended. */
  #tell(line, kind = "wrong") {
    const said = JSON.stringify([line, kind]);
    if (said === this.said) return; // or it would be read aloud at every look
    this.said = said;
    this.notices.show(line ? [line] : [], kind);
  }

  /** Takes in how far a training is: Python sends the points from a number on. */
  #take({ since, points, ...job }) {
    const before = since ? (this.run?.points.slice(0, since) ?? []) : [];
    // Of a result that is the same as before it is shown, and the model asked, but once.
    const isSame = JSON.stringify(job.result) === JSON.stringify(this.run?.result);
    const result = isSame ? this.run.result : job.result;
    this.#draw({ ...job, result, points: before.length === since ? [...before, ...points] : before });
  }

  /** The training is no more, neither here nor there. */
  #forget() {
    this.run = null;
    if (this.film) this.#draw({ ...this.film.run, phase: "before" });
  }

  #draw(run) {
    if (run.phase !== "before") this.run = run;
    this.form.show(run);
    this.watch.show(run);
    this.result.show(run);
    this.model.follow(run);
  }
}

export function start() {
  onPart("train", async (found) => new Screen(found, await part("train_model")));
}
