/**
 * A picture as a PDF of one page (ISO 32000-1): the pixels, compressed without loss, and who made them.
 *
 * Fonts of every script would have to be embedded in a PDF of letters; a browser does not give them away.
 */

const POINTS = 0.75; // of a pixel: 72 points and 96 pixels are an inch

/**
 * @param {ImageData} image
 * @param {number} width - in pixels of the page
 * @param {number} height
 * @param {Record<string, string>} information - Title, Subject …
 * @returns {Promise<Blob>}
 */
export async function writePdf(image, width, height, information) {
  const [w, h] = [width * POINTS, height * POINTS].map((length) => length.toFixed(2));
  const packed = await deflate(withoutAlpha(image.data));
  const drawing = `q ${w} 0 0 ${h} 0 0 cm /Picture Do Q`;
  const picture =
    `<< /Type /XObject /Subtype /Image /Width ${image.width} /Height ${image.height} /ColorSpace /DeviceRGB ` +
    `/BitsPerComponent 8 /Filter /FlateDecode /Length ${packed.length} >>`;
  const named = Object.entries(information).map(([name, text]) => `/${name} ${textString(text)}`);
  return assemble([
    ["<< /Type /Catalog /Pages 2 0 R >>"],
    ["<< /Type /Pages /Kids [3 0 R] /Count 1 >>"],
    [`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${w} ${h}] /Contents 4 0 R /Resources << /XObject << /Picture 5 0 R >> >> >>`],
    [`<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`],
    [`${picture}\nstream\n`, packed, "\nendstream"],
    [`<< ${named.join(" ")} >>`],
  ]);
}

/** @param {(string|Uint8Array)[][]} objects - the contents of 1, 2 …; the last one says who made the file */
function assemble(objects) {
  const encoder = new TextEncoder();
  const parts = [];
  const starts = [];
  let length = 0;
  const add = (part) => {
    const bytes = typeof part === "string" ? encoder.encode(part) : part;
    parts.push(bytes);
    length += bytes.length;
  };
  add("%PDF-1.4\n%\u00e2\u00e3\n");
  objects.forEach((content, place) => {
    starts.push(length);
    [`${place + 1} 0 obj\n`, ...content, "\nendobj\n"].forEach(add);
  });
  const table = length;
  const rows = starts.map((start) => `${String(start).padStart(10, "0")} 00000 n \n`).join("");
  add(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`);
  add(`trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info ${objects.length} 0 R >>\nstartxref\n${table}\n%%EOF\n`);
  return new Blob(parts, { type: "application/pdf" });
}

/** Text of any script: UTF-16 with its mark, in hexadecimal. */
function textString(text) {
  const codes = Array.from({ length: text.length }, (_, place) => text.charCodeAt(place).toString(16).padStart(4, "0"));
  return `<feff${codes.join("")}>`;
}

/** Three bytes of each four. */
function withoutAlpha(data) {
  const colours = new Uint8Array((data.length / 4) * 3);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    colours[to++] = data[from];
    colours[to++] = data[from + 1];
    colours[to++] = data[from + 2];
  }
  return colours;
}

/** @param {Uint8Array} bytes */
async function deflate(bytes) {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
