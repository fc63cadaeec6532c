/** Heatmaps in half of the screen. */

const LEAST_CELL = 26; // pixels of a column with a slanted name

const pen = document.createElement("canvas").getContext("2d");

/**
 * A heatmap with narrower columns, where that is enough to show it whole.
 *
 * @param {{data: any[], layout: any}} figure
 * @param {number} room - pixels from side to side
 */
export function fitted(figure, room) {
  const { layout } = figure;
  const { xaxis, margin, font } = layout;
  const [first, last] = xaxis.range;
  const columns = Math.abs(last - first);
  if (layout.width <= room) return figure;
  pen.font = `${font.size}px ${font.family}`;
  const longest = Math.max(...xaxis.ticktext.map((name) => pen.measureText(name).width));
  const level = (room - margin.l - margin.r) / columns;
  const isSlanted = xaxis.tickangle === 0 && longest + 4 > level;
  const side = first < last ? "r" : "l"; // slanted names lean towards the end of the line
  const edge = isSlanted ? Math.max(margin[side], 0.71 * longest) - margin[side] : 0;
  if (level - edge / columns < LEAST_CELL) return figure;
  if (!isSlanted) return { ...figure, layout: { ...layout, width: room } };
  const rise = Math.max(0, 0.71 * longest - 0.6 * font.size); // beyond that of level names
  return {
    ...figure,
    layout: {
      ...layout,
      width: room,
      height: layout.height + rise,
      margin: { ...margin, t: margin.t + rise, [side]: margin[side] + edge },
      xaxis: { ...xaxis, tickangle: side === "r" ? -45 : 45 },
    },
  };
}
