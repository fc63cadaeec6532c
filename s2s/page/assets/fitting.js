/** Heatmaps in half of the screen. */

const PITCH = 1.45; // of the size of slanted names: what a column needs to keep them apart
const SMALLEST = 12; // pixels
const GAP = 18; // between names of rows and both sides

const pen = document.createElement("canvas").getContext("2d");

/**
 * A heatmap with narrower columns, and smaller names if need be, where that is enough to show it whole.
 *
 * @param {{data: any[], layout: any}} figure
 * @param {number} room - pixels from side to side
 */
export function fitted(figure, room) {
  const { layout } = figure;
  if (layout.width <= room) return figure;
  return slanted(figure, room, layout.font.size) ?? slanted(figure, room, SMALLEST) ?? figure;
}

function widest(names) {
  return Math.max(...names.map((name) => pen.measureText(name).width));
}

/** The heatmap in that room with names of `size` pixels, slanted where they are wider than a column; null if they do not fit. */
function slanted(figure, room, size) {
  const { layout } = figure;
  const { xaxis, yaxis, font } = layout;
  const [first, last] = xaxis.range;
  const columns = Math.abs(last - first);
  pen.font = `${size}px ${font.family}`;
  const longest = widest(xaxis.ticktext);
  pen.font = `${font.size}px ${font.family}`;
  const rows = first < last ? "l" : "r"; // where their names stand
  const margin = { ...layout.margin, [rows]: Math.min(layout.margin[rows], widest(yaxis.ticktext) + GAP) };
  const level = (room - margin.l - margin.r) / columns;
  const isSlanted = xaxis.tickangle !== 0 || longest + 4 > level;
  const side = first < last ? "r" : "l"; // slanted names lean towards the end of the line
  const edge = isSlanted ? Math.max(margin[side], 0.71 * longest) - margin[side] : 0;
  if (level - edge / columns < PITCH * size) return null;
  const tickfont = { ...xaxis.tickfont, size };
  if (!isSlanted) return { ...figure, layout: { ...layout, width: room, margin, xaxis: { ...xaxis, tickfont } } };
  const rise = xaxis.tickangle === 0 ? Math.max(0, 0.71 * longest - 0.6 * size) : 0; // beyond that of level names
  return {
    ...figure,
    layout: {
      ...layout,
      width: room,
      height: layout.height + rise,
      margin: { ...margin, t: margin.t + rise, [side]: margin[side] + edge },
      xaxis: { ...xaxis, tickfont, tickangle: side === "r" ? -45 : 45 },
    },
  };
}
