import { describe, expect, it } from 'vitest';
import { findingMessage } from '../../src/report/messages.ts';
import { codesOf, judge, only } from './judging.ts';
import type { Line } from './world.ts';

const T0 = Date.UTC(2026, 0, 1);
const at = (seconds: number, event: string, client_id: string, fields: object = {}): Line => ({
  time: new Date(T0 + seconds * 1000).toISOString(),
  event: `connection_${event}`,
  session_id: 's',
  client_id,
  ...fields,
});
const closed = (seconds: number, client_id: string, close_code = 1000, more = {}) =>
  at(seconds, 'closed', client_id, { close_code, duration_seconds: 1, ...more });

const OF_NUMBERS = [
  'sequence-not-increasing',
  'sequence-duplicated',
  'sequence-missing',
  'sequence-not-from-one',
  'attempt-skipped',
  'gap-unexplained',
];

describe('a log without numbers', () => {
  it('passes where nothing else is wrong, and its numbers are not checked', () => {
    const server = [at(0, 'opened', 'a'), closed(1, 'a'), at(2, 'opened', 'b'), closed(3, 'b')];
    const judged = judge({ server });
    expect(judged).toMatchObject({ findings: [], excused: [] });
    const lacking = judged.coverage.filter((one) => one.lacking === 'no-sequence');
    expect(lacking.map(({ code }) => code)).toEqual(
      OF_NUMBERS.filter(
        (code) => !['sequence-not-from-one', 'attempt-skipped', 'gap-unexplained'].includes(code),
      ),
    );
    expect(lacking.every(({ ran }) => !ran)).toBe(true);
  });

  it('has its numbers checked not at all where both sides lack them', () => {
    const lines = [at(0, 'opened', 'a'), closed(1, 'a')];
    const client = [at(0, 'attempt', ''), at(0, 'opened', 'a'), closed(1, 'a')];
    const { coverage, findings } = judge({ server: lines, client });
    const unchecked = coverage.filter(({ ran, lacking }) => !ran && lacking === 'no-sequence');
    expect(unchecked.map(({ code }) => code)).toEqual(
      OF_NUMBERS.filter((code) => code !== 'sequence-not-from-one'),
    );
    expect(findings).toEqual([]);
  });

  it('may have connections whose people never logged in', () => {
    const nobody = { session_id: undefined };
    const server = [
      ...[at(0, 'opened', 'a'), closed(1, 'a')],
      ...[at(2, 'opened', 'b', nobody), closed(3, 'b', 4401, nobody)],
    ];
    const { findings, doubts, excused } = judge({ server });
    expect(findings).toEqual([]);
    expect(doubts.map(({ code }) => code)).not.toContain('no-sessions');
    expect(excused).toEqual([{ code: 'without-session', connections: 1 }]);
  });

  it('tells of nobody where it names no session either', () => {
    const nobody = { session_id: undefined };
    const server = [at(0, 'opened', 'a', nobody), closed(1, 'a', 1006, nobody)];
    const { verdict, findings, doubts } = judge({ server });
    expect({ verdict, findings }).toEqual({ verdict: 'unknown', findings: [] });
    expect(doubts.at(-1)).toMatchObject({ code: 'no-sessions', value: '2' });
  });

  it('has a second end of one connection, which goes by no number', () => {
    const server = [at(0, 'opened', 'a'), closed(1, 'a'), closed(2, 'a')];
    const judged = judge({ server });
    const [finding, ...others] = only(judged, 'close-orphaned');
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ connection_sequence: null, details: { earlier: true } });
    expect(finding && findingMessage(finding)).toBe(
      "The server's log has a connection_closed line for a connection, which had ended before.",
    );
  });

  it('has an end of what it never opened', () => {
    const server = [at(0, 'opened', 'a'), closed(1, 'a'), closed(9, 'b')];
    expect(codesOf(judge({ server }))).toEqual(['close-orphaned']);
  });

  it('may have begun after what ends in it', () => {
    const server = [at(0, 'opened', 'a'), closed(9, 'b', 1000, { duration_seconds: 60 })];
    expect(judge({ server })).toMatchObject({
      findings: [],
      excused: [{ code: 'older-than-log', connections: 1 }],
    });
  });

  it('has new connections under a client_id that is used again', () => {
    const server = [at(0, 'opened', 'a'), closed(1, 'a'), at(2, 'opened', 'a'), closed(3, 'a')];
    expect(judge({ server }).findings).toEqual([]);
    const only = [closed(1, 'a'), closed(3, 'a')];
    expect(judge({ server: only }).findings).toEqual([]);
  });

  it('is held against the other side’s, by client_id', () => {
    const server = [at(0, 'opened', 'a'), closed(1, 'a', 1000, { closed_by: 'peer' })];
    const ends = (close_code: number) => [at(0, 'opened', 'a'), closed(1, 'a', close_code)];
    expect(codesOf(judge({ server, client: ends(1000) }))).toEqual([]);
    const [finding] = only(judge({ server, client: ends(4001) }), 'logs-disagree');
    expect(finding).toMatchObject({ connection_sequence: null, details: { about: 'close_code' } });
  });

  it('takes numbers from the other side’s', () => {
    const server = [at(0, 'opened', 'a'), closed(1, 'a', 1000, { closed_by: 'peer' })];
    const client = [at(0, 'opened', 'a'), closed(1, 'a', 4001)].map((line) => ({
      ...line,
      connection_sequence: 3,
    }));
    expect(only(judge({ server, client }), 'logs-disagree')).toMatchObject([
      { connection_sequence: 3, details: { about: 'close_code' } },
    ]);
  });

  it('doubts durations that the times of its lines contradict', () => {
    const server = [at(0, 'opened', 'a'), closed(600, 'a')];
    expect(judge({ server }).doubts.map(({ code }) => code)).toContain('times-disagree');
  });

  it('is one no longer where any line has a number', () => {
    const server = [at(0, 'opened', 'a', { connection_sequence: 1 }), at(1, 'opened', 'b')];
    expect(only(judge({ server }), 'sequence-missing')).toHaveLength(1);
  });

  it('is none of wsdiag’s own', () => {
    const started = { log_schema: 1, wsdiag_version: '1.0.0' };
    const server = [
      { ...at(0, 'opened', 'x', started), event: 'server_started' },
      at(1, 'opened', 'a', { session_verified: true }),
    ];
    expect(codesOf(judge({ server }))).toContain('sequence-missing');
  });
});

describe('a close that names its connection alone', () => {
  const alone = (seconds: number, duration_seconds: number | null) =>
    closed(seconds, 'z', 1000, { session_id: null, duration_seconds });
  const opened = at(0, 'opened', 'a', { connection_sequence: 1 });

  it('may be older than its log, whose opens name their sessions', () => {
    const judged = judge({ server: [opened, alone(5, null)] });
    expect(judged).toMatchObject({
      findings: [],
      excused: [{ code: 'older-than-log', connections: 1 }],
    });
  });

  it('is found where it began in the log, or opens name no sessions either', () => {
    expect(codesOf(judge({ server: [opened, alone(50, 1)] }))).toEqual(['sequence-missing']);
    const nameless = [{ ...opened, session_id: null }, opened];
    expect(only(judge({ server: [...nameless, alone(5, null)] }), 'sequence-missing')).toHaveLength(
      2,
    );
  });
});
