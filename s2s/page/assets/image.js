/**
 * A drawn figure as PNG, SVG or PDF, made in the browser with the visitor's own fonts, so that every script that is seen
 * on the page is seen in the file. Each file carries where it comes from.
 */

import { writePdf } from "./pdf.js";
import { plotly } from "./plotly.js";
import { withPngText } from "./png.js";

const SCALE = 3; // 288 dots an inch
const MOST_PIXELS = 16_000_000;

/**
 * @param {{data: any[], layout: any}} spec - as drawn in the light theme
 * @param {"png"|"svg"|"pdf"} form
 * @param {Record<string, any>} origin - model, revision, settings, texts
 * @returns {Promise<Blob>}
 */
export async function imageOf(spec, form, origin) {
  const { width, height } = spec.layout;
  const scale = Math.min(SCALE, Math.sqrt(MOST_PIXELS / (width * height)));
  const paper = { data: spec.data, layout: { ...spec.layout, paper_bgcolor: "#ffffff" } };
  const library = await plotly();
  const address = await library.toImage(paper, { format: form === "svg" ? "svg" : "png", width, height, scale: form === "svg" ? 1 : scale });
  const said = JSON.stringify(origin);
  if (form === "svg") return svgWith(address, said, origin.source);
  const png = new Uint8Array(await (await fetch(address)).arrayBuffer());
  if (form === "png") return new Blob([withPngText(png, "Description", said)], { type: "image/png" });
  return writePdf(await pixels(png), width, height, { Title: origin.source, Subject: said });
}

/** The drawing with its origin; the text of its elements is escaped by the browser that writes it. */
function svgWith(address, said, title) {
  const text = decodeURIComponent(address.slice(address.indexOf(",") + 1));
  const drawing = new DOMParser().parseFromString(text, "image/svg+xml");
  for (const [name, content] of [["metadata", said], ["title", title]]) {
    const element = drawing.createElementNS("http://www.w3.org/2000/svg", name);
    element.textContent = content;
    drawing.documentElement.prepend(element);
  }
  return new Blob([new XMLSerializer().serializeToString(drawing)], { type: "image/svg+xml" });
}

/**
 * @param {Uint8Array} png
 * @returns {Promise<ImageData>}
 */
async function pixels(png) {
  const image = await createImageBitmap(new Blob([png], { type: "image/png" }));
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, image.width, image.height);
}
