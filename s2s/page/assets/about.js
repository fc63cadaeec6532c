/** About: what this is, the chapter, what the picture does not show, the models, and how to use and cite all of it. */

import { make } from "./elements.js";
import { hear, onPart } from "./parts.js";
import { openTab } from "./tabs.js";
import { say } from "./words.js";

const COLUMNS = ["name", "direction", "description", "scores", "licence", "revision"];

/** One model as the cells of a row. */
function cellsOf(model) {
  const { source_language: source, target_language: target, scores } = model;
  const named = Object.entries(scores).filter(([, score]) => score?.value !== undefined);
  const direction = `${say(source)} → ${say(source === target ? `${target}_backwards` : target)}`;
  const told = named.map(([name, { value }]) => `${name} ${value.toFixed(1)}`).join(say("comma"));
  return { ...model, direction, scores: told };
}

function table(models) {
  const head = make("tr", {}, ...COLUMNS.map((name) => make("th", { scope: "col" }, say(`about_${name}`))));
  const rows = models.map(cellsOf).map((cells) => make("tr", {}, ...COLUMNS.map((name) => make("td", {}, cells[name]))));
  return make("div", { class: "table", tabindex: "0", role: "group", "aria-label": say("about_models") },
    make("table", { id: "models" }, make("thead", {}, head), make("tbody", {}, ...rows)));
}

/** @param {{props: {version: string}}} part */
function citation({ props }) {
  return `Seq2Seq, seen (version ${props.version}). ${location.origin}${location.pathname}`;
}

/** Whether the address of this page names the chapter, or a heading of it. */
const isChapterAddressed = () => /^#chapter(-|$)/.test(location.hash);

/** Shows the chapter in place of `article` while the address names it; fetched when it does so for the first time. */
function followAddress(article, chapterAddress) {
  let chapter = null;
  const follow = async () => {
    if (isChapterAddressed()) chapter ??= import("./chapter.js").then(({ Chapter }) => new Chapter(article, chapterAddress));
    (await chapter)?.follow(isChapterAddressed());
  };
  addEventListener("hashchange", follow);
  follow();
}

export function start() {
  onPart("about", (part) => {
    const { chapter } = part.props;
    const article = make("div", { class: "article" });
    part.element.replaceChildren(article);
    hear(part, (models) => {
      const section = (name, ...more) => [make("h2", {}, say(`about_${name}`)), make("p", {}, say(`about_${name}_text`)), ...more];
      const read = make("p", {}, make("a", { href: "#chapter" }, say("about_chapter_read")));
      article.replaceChildren(
        make("p", { class: "lead" }, say("about")),
        ...(chapter ? section("chapter", read) : []),
        ...section("limits"),
        ...section("models", table(models)),
        ...section("programs"),
        ...section("privacy"),
        ...section("cite", make("p", { class: "quiet" }, citation(part))),
      );
    });
    if (chapter) followAddress(article, chapter);
  });
  if (isChapterAddressed()) openTab("tab_about");
}
