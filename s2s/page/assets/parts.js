/**
 * The parts of the page that modules draw: where they stand, and the values that Python and the browser exchange there.
 *
 * @typedef {object} Part
 * @property {HTMLElement} element - where to draw; Gradio leaves it alone
 * @property {Record<string, any>} props - `value`, seen by Python when it is set, and the part's constant data
 * @property {(names: string|string[], changed: () => void) => void} watch - calls when Python sets a value
 * @property {(event: string, data?: any) => void} trigger - starts an event that Python listens to
 */

/** @type {Map<string, Part>} */
const arrived = new Map();
/** @type {Map<string, ((part: Part) => void)[]>} */
const waiting = new Map();

/** @param {Part} found */
function arrive(found) {
  const name = found.props.part;
  arrived.set(name, found);
  for (const draw of waiting.get(name) ?? []) draw(found);
}

const early = window.arrivedParts ?? [];
window.arrivedParts = { push: arrive };
early.forEach(arrive);

/**
 * Calls `draw` when the part `name` is on the page, and again whenever Gradio builds it anew.
 *
 * @param {string} name
 * @param {(part: Part) => void} draw
 */
export function onPart(name, draw) {
  waiting.set(name, [...(waiting.get(name) ?? []), draw]);
  const found = arrived.get(name);
  if (found) draw(found);
}

/**
 * The part `name`, as soon as it is on the page.
 *
 * @param {string} name
 * @returns {Promise<Part>}
 */
export function part(name) {
  return new Promise((resolve) => onPart(name, resolve));
}

/**
 * An element of Gradio's own, as soon as it is on the page.
 *
 * @param {string} selector
 * @returns {Promise<HTMLElement>}
 */
export async function element(selector) {
  let found = null;
  while (!(found = document.querySelector(selector))) await new Promise(requestAnimationFrame);
  return found;
}

/**
 * Calls `use` with what Python says in a part, now if there is something, and at every change.
 *
 * @param {Part} found
 * @param {(values: any) => void} use
 */
export function hear(found, use) {
  const read = () => found.props.value && use(JSON.parse(found.props.value));
  found.watch("value", read);
  read();
}
