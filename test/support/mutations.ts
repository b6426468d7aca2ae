/** Single-line damage to a log, and what a check must say of it. */

export interface Mutation {
  /** What was done. */
  kind: string;
  /** The same, and where, to name a failure. */
  name: string;
  lines: string[];
  /** Where the line is now, or was: numbers from 1. */
  line: number;
  sessionId: string;
  /** Any of these may be the finding's number. */
  numbers: (number | null)[];
  removed: boolean;
}

interface ConnectionLine {
  event: string;
  session_id: string;
  connection_sequence: number;
}

/** Every deletion, duplication and renumbering of a `connection_*` line, one at a time. */
export function* mutations(lines: string[]): Generator<Mutation> {
  for (const [index, text] of lines.entries()) {
    const parsed = JSON.parse(text) as ConnectionLine;
    if (!parsed.event.startsWith('connection_')) continue;
    const { event, session_id: sessionId, connection_sequence: number } = parsed;
    const what = (done: string) => ({
      kind: done,
      name: `${event} ${number} at line ${index + 1} ${done}`,
      line: index + 1,
      sessionId,
      removed: done === 'deleted',
    });
    yield {
      ...what('deleted'),
      lines: lines.toSpliced(index, 1),
      numbers: [number],
    };
    yield {
      ...what('duplicated'),
      lines: lines.toSpliced(index, 0, text),
      numbers: [number],
    };
    for (const by of [-1, 1, 1000]) {
      const other = number + by;
      if (other < 1) continue;
      yield {
        ...what(`renumbered by ${by}`),
        lines: lines.with(index, JSON.stringify({ ...parsed, connection_sequence: other })),
        numbers: [number, other],
      };
    }
  }
}
