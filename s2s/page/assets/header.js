/** The language and the theme of the page, to be changed at its head. */

import { make } from "./elements.js";
import { onPart } from "./parts.js";
import { isDark, onTheme, switchTheme } from "./theme.js";
import { language, say } from "./words.js";

/** Says the other language in itself, and changes to it; Gradio takes a language only when it starts. */
function languageButton() {
  const [other, words] = language === "zh" ? ["en", "English"] : ["zh-CN", "中文"];
  const change = () => {
    localStorage.setItem("language", other);
    location.reload();
  };
  return make("button", { type: "button", id: "language", lang: other, onclick: change }, words);
}

function themeButton() {
  const button = make("button", { type: "button", id: "theme", onclick: switchTheme });
  const tell = () => (button.textContent = say(isDark() ? "light" : "dark"));
  onTheme(tell);
  tell();
  return button;
}

export function start() {
  onPart("header", ({ element }) => element.replaceChildren(languageButton(), themeButton()));
}
