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

async function judge(logs: { server?: object[]; client?: object[] }) {
  const [server = '', client = ''] = logFiles(logs.server ?? [], logs.client ?? []);
  const sources = findSources(logs.server ? [server] : [], logs.client && { client: [client] });
  const { verdict, findings, doubts } = await judgeLogs(sources);
  return { verdict, codes: findings.map(({ code }) => code), doubts };
}

describe('closes without durations', () => {
  it.each([
    ['at the server', { server: UNTIMED }, '2 of 2'],
    ['at the client', { client: UNTIMED }, '2 of 2'],
    ['at both', { server: UNTIMED, client: UNTIMED }, '2 of 2'],
    ['for one of two', { server: [closed(1), closed(2, {})] }, '1 of 2'],
    [
      'beside a client that tells of pages alone',
      { server: UNTIMED, client: [line('document_loaded', 1, { document_id: 'd' })] },
      '2 of 2',
    ],
  ])('can’t pass: %s', async (_, logs, value) => {
    const { verdict, codes, doubts } = await judge(logs);
    expect({ verdict, codes }).toEqual({ verdict: 'unknown', codes: [] });
    expect(doubts).toMatchObject([{ code: 'order-unknown', value }]);
  });

  it.each([
    ['opens', { server: OPENS }],
    ['durations at the client', { server: UNTIMED, client: TIMED }],
    ['durations at the server', { server: TIMED, client: UNTIMED }],
    ['attempts', { server: UNTIMED, client: [...ATTEMPTS, ...TIMED] }],
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
