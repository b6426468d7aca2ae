/** Logs in which only closes tell of connections: without durations, nothing tells of their order. */
import { describe, expect, it } from 'vitest';
import { findSources } from '../../src/history/index.ts';
import { judgeLogs } from '../../src/simulate/judge.ts';
import { logFiles } from '../support/judge-file.ts';

const line = (event: string, number: number, fields: object = {}) => ({
  time: new Date(Date.UTC(2026, 2, 1, 0, 0, 10 * number)).toISOString(),
  event,
  session_id: 's',
  connection_sequence: number,
  client_id: `c${number}`,
  ...fields,
});
const closed = (number: number, fields: object = { duration_seconds: 5 }) =>
  line('connection_closed', number, { close_code: 1006, ...fields });

const TIMED = [closed(1), closed(2)];
const UNTIMED = [closed(1, {}), closed(2, {})];
const OPENS = [1, 2].flatMap((number) => [line('connection_opened', number), closed(number, {})]);
const ATTEMPTS = [1, 2].map((number) => line('connection_attempt', number));

const OTHERS = [line('connection_opened', 1), closed(1)].map((one) => ({
  ...one,
  session_id: 'o',
  client_id: 'o1',
}));
const isOpen = (event: string) => event === 'connection_opened';

async function judge(logs: { server?: object[]; opens?: object[]; client?: object[] }) {
  const named = (lines?: object[]) => (lines ? logFiles(lines) : []);
  const servers = [...named(logs.server), ...named(logs.opens)];
  const sources = findSources(servers, { client: named(logs.client) });
  const { verdict, findings, doubts } = await judgeLogs(sources);
  return { verdict, codes: findings.map(({ code }) => code), doubts };
}

describe('closes without durations', () => {
  it.each([
    ['at the server', { server: UNTIMED }],
    ['at the client', { client: UNTIMED }],
    ['at both', { server: UNTIMED, client: UNTIMED }],
    ['for one of two', { server: [closed(1), closed(2, {})] }],
    [
      'beside a client that tells of pages alone',
      { server: UNTIMED, client: [line('document_loaded', 1, { document_id: 'd' })] },
    ],
    [
      'beside a client that tells of another session',
      { server: [...UNTIMED, ...OTHERS.slice(1)], client: OTHERS },
    ],
    ['beside a server’s opens of another session', { server: UNTIMED, opens: OTHERS.slice(0, 1) }],
  ])('can’t pass: %s', async (_, logs) => {
    const { verdict, codes, doubts } = await judge(logs);
    expect({ verdict, codes }).toEqual({ verdict: 'unknown', codes: [] });
    expect(doubts).toMatchObject([{ code: 'order-unknown', value: '1' }]);
  });

  it.each([
    ['opens', { server: OPENS }],
    ['durations at the client', { server: UNTIMED, client: TIMED }],
    ['durations at the server', { server: TIMED, client: UNTIMED }],
    ['attempts', { server: UNTIMED, client: [...ATTEMPTS, ...TIMED] }],
    [
      'opens in another log',
      { server: UNTIMED, opens: OPENS.filter(({ event }) => isOpen(event)) },
    ],
    ['being one connection', { server: UNTIMED.slice(1) }],
    [
      'being one connection in both',
      { server: [closed(2, {}), ...OTHERS], client: [closed(2, {})] },
    ],
  ])('pass where the order is known by %s', async (_, logs) => {
    expect(await judge(logs)).toMatchObject({ verdict: 'pass', codes: [], doubts: [] });
  });

  it('fail all the same by what they prove', async () => {
    const server = [...UNTIMED, closed(2, { client_id: 'other' })];
    expect(await judge({ server })).toMatchObject({
      verdict: 'fail',
      codes: ['sequence-duplicated'],
    });
  });
});

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
