/** A slider over moments that follow each other, with a button that plays them. */

import { make } from "./elements.js";
import { say } from "./words.js";

const FRAME_MS = 140;

export class Player {
  /**
   * @param {string} id - of the slider
   * @param {string} label - what the slider is, for screen readers
   * @param {(place: number) => string} show - shows a moment, and says it in words
   */
  constructor(id, label, show) {
    this.show = show;
    this.slider = make("input", { type: "range", id, min: 0, max: 0, step: 1, "aria-label": label });
    this.told = make("output", { for: id });
    this.play = make("button", { type: "button", class: "play", onclick: () => this.#press() }, say("play"));
    this.element = make("div", { class: "moments" }, this.play, this.slider, this.told);
    this.slider.addEventListener("input", () => {
      this.halt();
      this.stay(Number(this.slider.value));
    });
    this.count = 0;
  }

  /** @param {number} count - moments that there are */
  offer(count) {
    this.count = count;
    this.slider.max = String(Math.max(0, count - 1));
    this.slider.disabled = this.play.disabled = count < 2;
  }

  /** Shows one moment, the last one if there are not so many. */
  stay(place) {
    this.at = Math.min(place, this.count - 1);
    this.slider.value = String(Math.max(0, this.at));
    this.told.textContent = this.show(this.at);
    this.slider.setAttribute("aria-valuetext", this.told.textContent);
  }

  halt() {
    clearInterval(this.playing);
    this.playing = null;
    this.play.textContent = say("play");
  }

  #press() {
    if (this.playing) return this.halt();
    this.play.textContent = say("pause");
    if (this.at >= this.count - 1) this.stay(0);
    this.playing = setInterval(() => {
      this.stay(this.at + 1);
      if (this.at >= this.count - 1) this.halt();
    }, FRAME_MS);
  }
}
