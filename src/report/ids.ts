import { escaped } from './sanitize.ts';

/** Shows itself: no quotes, no backslashes, and no characters that look like others. */
const PLAIN = /^[!#-[\]-~]+$/;

/** An id fit for a terminal, and no other id's: what is not plain is a JSON string in ASCII. */
export function shownId(id: string): string {
  if (PLAIN.test(id)) return id;
  return JSON.stringify(id).replaceAll(/[^ -~]/g, escaped);
}

/**
 * Ids cut in the middle to that width, so that none looks like another. Where that takes more room,
 * all are longer.
 */
export function shortIds(ids: string[], width: number): string[] {
  const whole = ids.map(shownId);
  const longest = whole.reduce((most, { length }) => Math.max(most, length), 0);
  for (let room = width; room < longest; room *= 2) {
    const cut = whole.map((id) => cutTo(id, room));
    if (new Set(cut).size === cut.length) return cut;
  }
  return whole;
}

function cutTo(id: string, width: number): string {
  if (id.length <= width) return id;
  const end = Math.floor((width - 1) / 2);
  return `${id.slice(0, width - 1 - end)}…${id.slice(id.length - end)}`;
}
