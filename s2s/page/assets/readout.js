/** One plain sentence about what is pointed at. */

import { percent, say } from "./words.js";

const MOST = 3;

/** Up to three of the strongest, as `swim 93 %, could 4 %`. */
function strongest(names, weights) {
  return weights
    .map((weight, place) => [weight, names[place]])
    .filter(([weight]) => weight >= 0.01)
    .sort(([a], [b]) => b - a)
    .slice(0, MOST)
    .map(([weight, name]) => `${name} ${percent(weight)}`)
    .join(say("comma"));
}

/**
 * @param {any} scene
 * @param {import("./linking.js").Light} light
 * @param {string[]} sources - the names of the columns, in full
 * @param {string[]} targets - the names of the rows
 * @returns {string}
 */
export function readOut(scene, light, sources, targets) {
  const weights = scene.figure.data[0]?.z;
  if (!weights) return "";
  const [row, column] = [light.rows[0], light.columns[0]];
  if (row !== undefined && column !== undefined) {
    return say("read_cell", { target: targets[row], source: sources[column], share: percent(weights[row][column]) });
  }
  if (row !== undefined) {
    const sure = scene.answer.find(([, sentence, word]) => sentence === scene.shown.sentence && word === light.targetWord);
    const looked = say("read_target", { target: targets[row], shares: strongest(sources, weights[row]) });
    return sure ? `${looked} ${say("read_sure", { target: sure[0], share: percent(sure[3]) })}` : looked;
  }
  if (column !== undefined) {
    const seen = strongest(targets, weights.map((each) => each[column]));
    return say(seen ? "read_source" : "read_unseen", { source: sources[column], shares: seen });
  }
  return "";
}
