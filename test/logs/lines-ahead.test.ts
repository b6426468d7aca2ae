import { describe, expect, it } from 'vitest';
import { formatOf } from '../../src/logs/formats.ts';
import { LinesAhead } from '../../src/logs/lines-ahead.ts';
import { CLOSE, format, json } from './support.ts';

const ACCESS =
  '198.51.100.7 - - [10/Jul/2026:10:01:31 +0000] "GET /ws HTTP/1.1" 101 12 "-" "Firefox/140"';
const NOTICE = '2026/07/10 10:00:00 [emerg] 1#1: bind() failed';
const CABLE = 'Started GET "/cable/" [WebSocket] for ::1 at 2026-07-10 10:00:00 +0200';

/** What is told while lines come, each in a chunk of its own, behind `together` in one. */
function told(lines: readonly (string | null)[], together: readonly string[] = []): string[] {
  const all: string[] = [];
  const ahead = new LinesAhead(
    { format: format(), log: 'server' },
    formatOf,
    ({ format }) => all.push(`read as ${format}`),
    {
      onLine: (bytes) => all.push(bytes?.toString() ?? 'too long'),
      onChunk() {},
      onCaughtUp: () => all.push('caught up'),
      onReplaced: (how) => all.push(how),
    },
  );
  for (const chunk of [together, ...lines.map((line) => [line])]) {
    for (const line of chunk) ahead.onLine(line === null ? null : Buffer.from(line));
    ahead.onChunk();
    ahead.onCaughtUp();
  }
  ahead.finish();
  return all;
}

describe('the first lines of a pipe', () => {
  it('are held until they show what they are', () => {
    expect(told(['ready', null, CABLE, 'bye'])).toEqual([
      'read as action-cable',
      'ready',
      'too long',
      CABLE,
      'caught up',
      'bye',
      'caught up',
    ]);
  });

  it('are handed on where one speaks for itself', () => {
    const line = json(CLOSE);
    expect(told(['ready', line, CABLE]).slice(0, 4)).toEqual([
      'read as null',
      'ready',
      line,
      'caught up',
    ]);
  });

  it('are handed on where many show nothing, and at the end', () => {
    const many = Array.from({ length: 198 }, () => 'nothing');
    expect(told(['199', '200', '201'], many)).toEqual([
      'read as null',
      ...many,
      '199',
      '200',
      'caught up',
      '201',
      'caught up',
    ]);
    expect(told(['nothing'])).toEqual(['read as null', 'nothing']);
  });

  it('are nginx’s where all of them are', () => {
    expect(told([NOTICE, ACCESS])[0]).toBe('read as nginx');
    expect(told(['ready', ACCESS])[0]).toBe('read as null');
  });
});
