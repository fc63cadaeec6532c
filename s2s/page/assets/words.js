/** The words of the page in the visitor's language; s2s/page/words.py has them all. */

/** `en` or `zh`: what Gradio chose as well. */
export const language = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";

const words = JSON.parse(document.querySelector("script#words").textContent)[language];

/**
 * The words called `name`, with values for what stands in braces. A name of a language that has none is said as it is.
 *
 * @param {string} name
 * @param {Record<string, string|number>} [values]
 * @returns {string}
 */
export function say(name, values = {}) {
  const text = words[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
}

/**
 * A share as people say it: `93 %`, and `<1 %` for what is not quite nothing.
 *
 * @param {number} share - from 0 to 1
 */
export function percent(share) {
  const whole = Math.round(100 * share);
  const space = language === "zh" ? "" : " ";
  return whole === 0 && share > 0 ? `<1${space}%` : `${whole}${space}%`;
}
