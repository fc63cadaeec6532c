/**
 * The address that carries a request: text, model, revision and settings, behind the `#`, which no server ever sees.
 *
 * Python checks what it says when it is asked (s2s/page/request.py), as it checks everything else.
 */

const NUMBERS = ["beam_size", "sentence", "rank", "threshold"];
const FLAGS = ["read_back", "end"];

/**
 * @param {Record<string, string|number|boolean>} values
 * @returns {string} the address of this page with them
 */
export function addressOf(values) {
  const fragment = new URLSearchParams(Object.entries(values).map(([key, value]) => [key, String(value)]));
  return `${location.href.split("#")[0]}#${fragment}`;
}

/**
 * What the address of this page carries, or null.
 *
 * @returns {Record<string, string|number|boolean>|null}
 */
export function addressed() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  if (!fragment.get("text")) return null;
  const values = Object.fromEntries(fragment);
  for (const name of NUMBERS) if (name in values) values[name] = Number(values[name]);
  for (const name of FLAGS) if (name in values) values[name] = values[name] === "true";
  return values;
}
