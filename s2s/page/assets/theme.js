/** Light or dark: Gradio marks the body, and this tells who draws by hand. */

export const isDark = () => document.body.classList.contains("dark");

/** @param {() => void} changed */
export function onTheme(changed) {
  let before = isDark();
  new MutationObserver(() => {
    if (isDark() !== before) {
      before = isDark();
      changed();
    }
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
}

/** The other theme, for this visit. */
export function switchTheme() {
  document.body.classList.toggle("dark");
}
