/** A text inside a PNG file: an iTXt chunk (PNG specification, 11.3.4.5). */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

const END_CHUNK_BYTES = 12;

/**
 * The checksum of a chunk (CRC-32).
 *
 * @param {Uint8Array} bytes
 */
function checksum(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/**
 * @param {Uint8Array} png
 * @param {string} keyword - Latin letters
 * @param {string} text
 * @returns {Uint8Array} the same picture with the text
 */
export function withPngText(png, keyword, text) {
  const write = new TextEncoder();
  const body = new Uint8Array([...write.encode(`iTXt${keyword}`), 0, 0, 0, 0, 0, ...write.encode(text)]);
  const chunk = new Uint8Array(body.length + 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, body.length - 4);
  chunk.set(body, 4);
  view.setUint32(body.length + 4, checksum(body));
  const end = png.length - END_CHUNK_BYTES;
  const result = new Uint8Array(png.length + chunk.length);
  result.set(png.subarray(0, end));
  result.set(chunk, end);
  result.set(png.subarray(end), end + chunk.length);
  return result;
}
