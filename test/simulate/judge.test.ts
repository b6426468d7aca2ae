import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSources } from '../../src/logs/index.ts';
import { type JudgeOptions, judgeLogs } from '../../src/simulate/judge.ts';
import { isThorough, itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const line = (session: number, number: number, more: object = {}) =>
  `${JSON.stringify({
    time: new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString(),
    event: 'connection_closed',
    client_id: `c${session}-${number}`,
    session_id: `s${session}`,
    connection_sequence: number,
    close_code: 1006,
    duration_seconds: 0.5,
    ...more,
  })}\n`;

describe('a log whose every session is wrong', () => {
  const judged = (sessions: number, numbers: number[], options: JudgeOptions = {}) => {
    const file = path.join(temporaryDirectory(), 'log.ndjson');
    const rows = numbers.flatMap((number, index) =>
      Array.from({ length: sessions }, (_, session) =>
        line(session, number, { client_id: `${session}-${index}` }),
      ),
    );
    fs.writeFileSync(file, rows.join(''));
    return judgeLogs(findSources([file]), options);
  };

  it('is judged in parts, and every session is found', async () => {
    const sessions = isThorough ? 900 : 200;
    const { verdict, findings } = await judged(sessions, [1, 2, 2], { parts: 7 });
    expect(verdict).toBe('fail');
    expect(findings).toHaveLength(sessions);
    expect(new Set(findings.map(({ session_id }) => session_id)).size).toBe(sessions);
  });

  itThoroughly('is judged up to a limit of findings, and says so', async () => {
    const { verdict, findings, doubts } = await judged(1100, Array(11).fill(1));
    expect(verdict).toBe('fail');
    expect(findings).toHaveLength(10_000);
    expect(doubts.map(({ code }) => code)).toEqual(['findings-capped']);
  });
});
