import type { LinePlace } from '../../model/record.ts';

/** Sessions of which one thing is true, and the one of which it is truest. Plain data. */
export interface Standouts {
  sessions: number;
  /** By how much it is true of that one. */
  most: number;
  /** Lines of that one that show it. */
  lines: LinePlace[];
  /** Close codes that go with it, 0 for none, and how often each came. */
  codes: [code: number, count: number][];
}

export const noStandouts = (): Standouts => ({ sessions: 0, most: 0, lines: [], codes: [] });

export function addStandouts(to: Standouts, { sessions, most, lines, codes }: Standouts): void {
  to.sessions += sessions;
  const isFirst = most === to.most && position(lines[0]) < position(to.lines[0]);
  if (most > to.most || isFirst) Object.assign(to, { most, lines });
  for (const [code, count] of codes) {
    const known = to.codes.find(([other]) => other === code);
    if (known) known[1] += count;
    else to.codes.push([code, count]);
  }
}

const position = (place: LinePlace | undefined): number =>
  place === undefined ? Number.POSITIVE_INFINITY : place.file * 2 ** 32 + place.line;
