/** Small elements, made safely: text is always text, never markup. */

/**
 * An element with attributes and children; `class`, `aria-…`, `data-…` as in HTML, `onclick` and its like as functions.
 *
 * @param {string} tag
 * @param {Record<string, any>} [attributes] - false and null leave one out, true sets it empty
 * @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

let count = 0;

/**
 * A choice of one among few, as native radio buttons that look like one control.
 *
 * @param {string} label - what is chosen
 * @param {[string, string][]} options - value and words of each
 * @param {string} chosen
 * @param {(value: string) => void} choose
 * @returns {HTMLElement & {choose: (value: string) => void}}
 */
export function makeChoice(label, options, chosen, choose) {
  const name = `choice-${count++}`;
  const inputs = options.map(([value]) =>
    make("input", { type: "radio", name, value, checked: value === chosen, onchange: () => choose(value) }),
  );
  const labels = options.map(([, words], place) => make("label", {}, inputs[place], make("span", {}, words)));
  const field = make("fieldset", { class: "choice" }, make("legend", { class: "hidden" }, label), ...labels);
  return Object.assign(field, {
    choose(value) {
      for (const input of inputs) input.checked = input.value === value;
    },
  });
}
