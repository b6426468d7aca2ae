import { stripVTControlCharacters } from 'node:util';
import { displayWidth } from './text-width.ts';

const BETWEEN = '   ';
/** What is told in less room is told below each other. */
const MIN_WIDTH = 58;

/** Columns that each of several texts has beside the others; all there are where they stand below each other. */
export function columnWidth(count: number, width: number): number {
  const room = Math.floor((width - (count - 1) * BETWEEN.length) / count);
  return room < MIN_WIDTH ? width : room;
}

/** Texts beside each other, where there is room, or else below each other. Each was made for its `columnWidth`. */
export function inColumns(texts: readonly string[], width: number): string {
  const room = columnWidth(texts.length, width);
  if (room === width) return texts.join('\n');
  const columns = texts.map((text) => text.replace(/\n$/, '').split('\n'));
  const height = Math.max(...columns.map(({ length }) => length));
  const padded = (line: string) =>
    line + ' '.repeat(Math.max(0, room - displayWidth(stripVTControlCharacters(line))));
  return Array.from(
    { length: height },
    (_, at) =>
      `${columns
        .map((lines) => padded(lines[at] ?? ''))
        .join(BETWEEN)
        .trimEnd()}\n`,
  ).join('');
}
