/** Logs in which only closes tell of connections: without durations, nothing tells of their order. */
import { describe, expect, it } from 'vitest';
import { findSources } from '../../src/logs/index.ts';
import { judgeLogs } from '../../src/simulate/judge.ts';
import { logFiles } from '../support/judge-file.ts';
import { ATTEMPTS, closed, line, OTHERS, TIMED } from '../support/session-lines.ts';

const UNTIMED = [closed(1, {}), closed(2, {})];
const OPENS = [1, 2].flatMap((number) => [line('connection_opened', number), closed(number, {})]);

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
