/**
 * What was asked in this visit: kept in this browser tab alone, newest first, so that one can go back.
 *
 * @typedef {{text: string, model: string, beam_size: number, target: string}} Asked
 */

const KEY = "asked";
const MOST = 30;

/** @returns {Asked[]} */
export function history() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

/** @param {Asked} asked */
export function remember(asked) {
  const same = (each) => each.text === asked.text && each.model === asked.model && each.beam_size === asked.beam_size;
  const kept = [asked, ...history().filter((each) => !same(each))].slice(0, MOST);
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Storage is full or forbidden: the visit has no history.
  }
}

/** Forgets all of it. */
export function forget() {
  sessionStorage.removeItem(KEY);
}
