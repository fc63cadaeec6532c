/** The chapter of docs/, read in the page: its text as the server renders it (s2s/page/chapter.py), its sections beside it. */

import { make } from "./elements.js";
import { language, say } from "./words.js";

/** What is wider than its place can be scrolled with keys, and says so. */
const wide = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const names = { tabindex: "0", role: "group", "aria-label": say("chapter_wide") };
    for (const [name, value] of Object.entries(names)) {
      if (target.scrollWidth > target.clientWidth) target.setAttribute(name, value);
      else target.removeAttribute(name);
    }
  }
});

/** Resolves when the style of the chapter is there, or cannot be had. */
function loadStyle() {
  return new Promise((resolve) => {
    const href = new URL("chapter.css", import.meta.url);
    document.head.append(make("link", { rel: "stylesheet", href, onload: resolve, onerror: resolve }));
  });
}

export class Chapter {
  /**
   * @param {HTMLElement} article - what stands in its place while it is closed
   * @param {string} address - where the server has it
   */
  constructor(article, address) {
    this.article = article;
    this.address = address;
    this.element = make("div", { class: "chapter", hidden: true });
    this.style = loadStyle();
    article.after(this.element);
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.element.checkVisibility() && this.#leave());
  }

  /** Opens it, at the heading that the address of this page names, or closes it. */
  async follow(isWanted) {
    const isOpen = !this.element.hidden;
    if (isWanted) await this.#open();
    else if (isOpen) this.#close();
  }

  async #open() {
    if (!this.language) await this.#draw(language);
    this.article.hidden = true;
    this.element.hidden = false;
    this.#focus(decodeURIComponent(location.hash.slice(1)));
  }

  #close() {
    this.element.hidden = true;
    this.article.hidden = false;
    this.article.querySelector('a[href="#chapter"]').focus();
  }

  /** Back to what was there before: the address forgets the chapter. */
  #leave() {
    history.pushState(null, "", location.pathname + location.search);
    this.#close();
  }

  /** To the heading with this id, or to the beginning. */
  #focus(id) {
    const heading = [...this.element.querySelectorAll("[id]")].find((each) => each.id === id);
    (heading ?? this.element).scrollIntoView();
    (heading ?? this.element.querySelector("h2"))?.focus({ preventScroll: true });
  }

  async #draw(wanted) {
    const [text] = await Promise.all([this.#fetch(wanted), this.style]);
    this.language = text && wanted;
    const back = make("button", { type: "button", onclick: () => this.#leave() }, `← ${say("chapter_back")}`);
    if (!text) return this.element.replaceChildren(back, make("p", { role: "alert" }, say("chapter_failed")));
    const body = make("article", { lang: wanted });
    body.innerHTML = text;
    for (const heading of body.querySelectorAll("h2, h3, h4")) heading.tabIndex = -1;
    for (const frame of body.querySelectorAll(".scroll")) wide.observe(frame);
    for (const link of body.querySelectorAll("a[hreflang]")) link.addEventListener("click", (event) => this.#turn(event));
    const sections = [...body.querySelectorAll("h3")].map(({ id, textContent }) =>
      make("li", {}, make("a", { href: `#${id}` }, textContent)),
    );
    const list = make("nav", { "aria-label": say("chapter_sections"), lang: wanted }, make("ol", {}, ...sections));
    this.element.replaceChildren(make("div", { class: "chapter-side" }, back, list), body);
  }

  /** The text in a language, or null. */
  async #fetch(wanted) {
    try {
      const answer = await fetch(`${this.address}/${wanted}.html`);
      return answer.ok ? await answer.text() : null;
    } catch {
      return null;
    }
  }

  /** The same chapter in the language of a link. */
  async #turn(event) {
    event.preventDefault();
    await this.#draw(event.target.hreflang);
    this.#focus("");
  }
}
