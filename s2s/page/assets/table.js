/** A heatmap's numbers as a table, for screen readers and for copying; written when it is opened. */

import { make } from "./elements.js";

/**
 * @param {any} spec - the figure; hover data hold the full names of its columns and rows
 * @returns {HTMLElement}
 */
export function makeTable(spec) {
  const trace = spec.data.find((each) => each.type === "heatmap");
  if (!trace) return make("p", {}, spec.layout.annotations?.[0]?.text.replaceAll("<br>", " ") ?? "");
  const read = (text) => new DOMParser().parseFromString(text, "text/html").documentElement.textContent;
  const columns = (trace.customdata[0] ?? []).map(([source]) => make("th", { scope: "col" }, read(source)));
  const rows = trace.z.map((weights, row) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, read(trace.customdata[row][0][1])),
      ...weights.map((weight) => make("td", {}, (100 * weight).toFixed(0))),
    ),
  );
  const head = make("thead", {}, make("tr", {}, make("td"), ...columns));
  return make("div", { class: "table", tabindex: "0", role: "group" }, make("table", {}, head, make("tbody", {}, ...rows)));
}
