import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BruteLine } from '../support/brute-force.ts';
import { comparable, judgeFiles, logFiles, named } from '../support/judge-file.ts';
import { opensLog } from '../support/random-logs.ts';
import { runs } from '../support/thorough.ts';

/** What a line takes from another is not told on it. */
const alone = ({ session_id: _session, connection_sequence: _number, ...line }: BruteLine) => line;

const isOpen = ({ event }: BruteLine) => event === 'connection_opened';

/** The same log, but that the first close of each connection names the connection alone. */
function withoutNamesOnCloses(lines: BruteLine[]): BruteLine[] {
  const open = new Map<unknown, BruteLine>();
  return lines.map((line) => {
    const opened = open.get(line.client_id);
    if (isOpen(line)) open.set(line.client_id, line);
    else open.delete(line.client_id);
    const isTold =
      !isOpen(line) &&
      opened?.session_id === line.session_id &&
      opened?.connection_sequence === line.connection_sequence &&
      typeof line.connection_sequence === 'number';
    return isTold ? alone(line) : line;
  });
}

/** The same, but that opens name the connection alone, and people log in right behind. */
const withLogins = (lines: BruteLine[]): BruteLine[] =>
  lines.flatMap((line) => {
    const isNamed = isOpen(line) && typeof line.connection_sequence === 'number';
    return isNamed ? [alone(line), { ...line, event: 'login' }] : [line, blank(line)];
  });

/** Keeps lines at their places. */
const blank = ({ time }: BruteLine): BruteLine => ({ time, event: 'other' });

const placed = (lines: BruteLine[]): BruteLine[] => lines.flatMap((line) => [line, blank(line)]);

async function findingsIn(lines: BruteLine[]): Promise<string[]> {
  const files = logFiles(lines);
  return named(comparable(await judgeFiles(files, 'server'), files));
}

describe('a log whose lines name their connection alone', () => {
  it.each([
    ['closes take what their opens tell', withoutNamesOnCloses, (lines: BruteLine[]) => lines],
    ['opens take what a login tells', withLogins, placed],
  ])('is found to have what it has with all names: %s', async (_, stripped, whole) => {
    await fc.assert(
      fc.asyncProperty(opensLog, async (lines) => {
        expect(await findingsIn(stripped(lines))).toEqual(await findingsIn(whole(lines)));
      }),
      { numRuns: runs(200) },
    );
  });
});
