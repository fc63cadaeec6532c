/**
 * What lights up when something is pointed at: a word of the source or of the answer, a row, a column, a cell.
 *
 * @typedef {object} Light
 * @property {number[]} rows - of the heatmap
 * @property {number[]} columns
 * @property {Map<number, number>} source - strength from 0 to 1 of each source word
 * @property {Map<number, number>} target - the same of each target word
 * @property {number|null} sourceWord - the one that is pointed at
 * @property {number|null} targetWord
 */

const NOTHING = { rows: [], columns: [], source: new Map(), target: new Map(), sourceWord: null, targetWord: null };

/** @returns {Light} */
export const noLight = () => ({ ...NOTHING });

const places = (words, word) => words.flatMap((each, place) => (each === word ? [place] : []));
const strongest = (weights) => new Map(weights.map((weight, word) => [word, weight]).filter(([, weight]) => weight >= 0.02));

/**
 * A word of the answer lights its rows, and the source words as much as it looked at them.
 *
 * @param {any} scene
 * @param {number} word
 * @returns {Light}
 */
export function lightOfTarget(scene, word) {
  return {
    ...NOTHING,
    rows: places(scene.rows, word),
    source: strongest(scene.weights[word] ?? []),
    target: new Map([[word, 1]]),
    targetWord: word,
  };
}

/**
 * A word of the source lights its columns, and the words of the answer as much as they looked at it.
 *
 * @param {any} scene
 * @param {number} word
 * @returns {Light}
 */
export function lightOfSource(scene, word) {
  return {
    ...NOTHING,
    columns: places(scene.columns, word),
    source: new Map([[word, 1]]),
    target: strongest(scene.weights.map((row) => row[word] ?? 0)),
    sourceWord: word,
  };
}

/**
 * A row or a column lights as its word does; a cell lights both of its words.
 *
 * @param {any} scene
 * @param {import("./heatmap.js").Place} place
 * @returns {Light}
 */
export function lightOfPlace(scene, { row, column }) {
  if (column === null) return { ...lightOfTarget(scene, scene.rows[row]), rows: [row] };
  if (row === null) return { ...lightOfSource(scene, scene.columns[column]), columns: [column] };
  const [target, source] = [scene.rows[row], scene.columns[column]];
  return {
    rows: [row],
    columns: [column],
    source: new Map([[source, 1]]),
    target: new Map([[target, 1]]),
    sourceWord: source,
    targetWord: target,
  };
}
