import { describe, expect, it } from 'vitest';
import { findSources } from '../../src/logs/index.ts';
import { judgeLogs } from '../../src/simulate/judge.ts';
import { logFiles } from '../support/judge-file.ts';
import { ATTEMPTS, closed, line, OTHERS, TIMED } from '../support/session-lines.ts';

describe('client logs that tell of different things', () => {
  const attempts = [...ATTEMPTS.slice(0, 1), ...OTHERS].map((one) => ({ ...one, session_id: 'o' }));
  const opens = [3, 2].flatMap((n) => [line('connection_opened', n), closed(n)]);

  it.each([
    ['attempts, and welcomes alone', [attempts, opens]],
    ['attempts, and closes alone', [attempts, TIMED]],
    ['welcomes, and closes alone', [OTHERS, TIMED]],
  ])('can’t be judged together: %s', async (_, logs) => {
    const result = await judgeLogs(findSources([], { client: logFiles(...logs) }));
    expect(result).toMatchObject({ verdict: 'unknown', doubts: [{ code: 'clients-differ' }] });
  });

  it('are of one kind where one has but the end of something older', async () => {
    const old = closed(1, { duration_seconds: 600 });
    const logs = logFiles(attempts, [old]);
    const result = await judgeLogs(findSources([], { client: logs }));
    expect(result).toMatchObject({ verdict: 'pass', doubts: [] });
  });

  it('hold nothing that is older than one of them against another', async () => {
    const own = [closed(1, { duration_seconds: 9 })];
    const other = [line('connection_attempt', 1), line('connection_attempt', 2)];
    const result = await judgeLogs(findSources([], { client: logFiles(own, other) }));
    expect(result).toMatchObject({ findings: [] });
  });

  it('are of one kind where one had nothing to tell', async () => {
    const logs = logFiles(attempts, ATTEMPTS.slice(0, 1));
    const { doubts } = await judgeLogs(findSources([], { client: logs }));
    expect(doubts).toEqual([]);
  });
});
