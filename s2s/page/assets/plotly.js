/** plotly.js, which loads beside the page (s2s/page/serving.py). */

/**
 * The library, as soon as it is there.
 *
 * @returns {Promise<any>}
 */
export function plotly() {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  const script = document.querySelector('script[src$="plotly.min.js"]');
  return new Promise((resolve) => script.addEventListener("load", () => resolve(window.Plotly)));
}
