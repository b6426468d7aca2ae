import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/model/result.ts';
import { Tail } from '../../src/simulate/tail.ts';
import { isThorough } from '../support/thorough.ts';

const START = Date.UTC(2026, 0, 1);
const TIME = (line: number) => new Date(START + line * 1001).toISOString();

interface Fields {
  session?: string;
  [name: string]: unknown;
}

/** Lines of a server's log, about one a second, with times to the millisecond. */
function scribe(tail: Tail) {
  let lines = 0;
  const write = (event: string, { session = 's', ...fields }: Fields = {}) => {
    lines += 1;
    const line = { time: TIME(lines), event, session_id: session, ...fields };
    tail.onLine(Buffer.from(JSON.stringify(line)));
  };
  const open = (connection_sequence: number, client_id: string, fields: Fields = {}) =>
    write('connection_opened', {
      connection_sequence,
      client_id,
      session_verified: true,
      ...fields,
    });
  const ended = {
    close_code: 1006,
    was_clean: false,
    duration_seconds: 1,
    closed_by: 'network',
  };
  const close = (connection_sequence: number, client_id: string, fields: Fields = {}) =>
    write('connection_closed', { connection_sequence, client_id, ...ended, ...fields });
  return {
    write,
    open,
    close,
    start: () => write('server_started', { log_schema: 1 }),
    stop: () => write('server_stopped', { log_schema: 1, lines: lines }),
  };
}

const codes = (findings: RunResult['findings']) => findings.map(({ code }) => code);
const doubtsOf = ({ doubts }: RunResult) => doubts.map(({ code, value }) => value || code);

describe('a tail', () => {
  it('tells a finding as soon as its last line is there, and once', () => {
    const tail = new Tail('log');
    const { start, open } = scribe(tail);
    start();
    open(1, 'a');
    open(2, 'b');
    expect(tail.fresh()).toEqual([]);
    open(2, 'c');
    expect(codes(tail.fresh())).toEqual(['sequence-duplicated']);
    open(1, 'd');
    expect(codes(tail.fresh()).sort()).toEqual(['sequence-duplicated', 'sequence-not-increasing']);
    expect(tail.fresh()).toEqual([]);
    const { verdict, findings } = tail.finish(false);
    expect(verdict).toBe('fail');
    expect(codes(findings)).toHaveLength(3);
  });

  it('tells what a log of closes alone shows', () => {
    const tail = new Tail('log');
    const { close } = scribe(tail);
    close(2, 'a', { duration_seconds: 0.5 });
    close(1, 'b', { duration_seconds: 0.5 });
    expect(codes(tail.fresh())).toEqual(['sequence-not-increasing']);
    close(2, 'c', { duration_seconds: 0.5 });
    expect(codes(tail.fresh())).toEqual(['sequence-duplicated']);
    expect(codes(tail.finish(false).findings)).toHaveLength(2);
  });

  it('passes a log that goes on, and has shown nothing', () => {
    const tail = new Tail('log');
    const { start, open, close } = scribe(tail);
    start();
    open(1, 'a');
    close(1, 'a');
    open(2, 'b');
    expect(tail.finish(false)).toMatchObject({ verdict: 'pass', doubts: [], findings: [] });
  });

  it('holds against a log that has ended what it lacks', () => {
    const tail = new Tail('log');
    const { start, open } = scribe(tail);
    start();
    open(1, 'a');
    tail.onUnterminated(Buffer.from('{"time":'));
    const result = tail.finish(true);
    expect(result.verdict).toBe('unknown');
    expect(doubtsOf(result)).toEqual(['not JSON', 'log-truncated', 'server_stopped']);
  });

  it('can’t pass where it was interrupted', () => {
    const tail = new Tail('log');
    const { start, open } = scribe(tail);
    start();
    open(1, 'a');
    tail.onInterrupted();
    expect(tail.finish(false)).toMatchObject({ verdict: 'unknown', interrupted: true });
  });

  it('tells at the end what is missing', () => {
    const tail = new Tail('log');
    const { start, open, stop } = scribe(tail);
    start();
    open(1, 'a');
    stop();
    expect(tail.fresh()).toEqual([]);
    const { verdict, findings } = tail.finish(false);
    expect(codes(findings)).toEqual(['close-missing']);
    expect(verdict).toBe('fail');
  });

  it('takes the log of a client for one', () => {
    const tail = new Tail('log');
    const { write } = scribe(tail);
    write('client_started', { log_schema: 1 });
    write('connection_attempt', { connection_sequence: 2 });
    write('connection_attempt', { connection_sequence: 1 });
    expect(codes(tail.fresh())).toContain('sequence-not-increasing');
    expect(tail.finish(false).metrics.attempts).toBe(2);
  });

  it('knows nothing of a log without lines', () => {
    expect(new Tail('log').finish(false).verdict).toBe('unknown');
  });

  it('can’t fail a session for its order where several servers write', () => {
    const tail = new Tail('log');
    for (const [pod, number] of [
      ['a', 1],
      ['a', 3],
      ['b', 2],
    ]) {
      const fields = { session_id: 's', connection_sequence: number, client_id: `c${number}` };
      const line = JSON.stringify({ time: TIME(1), event: 'connection_opened', ...fields });
      tail.onLine(Buffer.from(`[pod/${pod}/api] ${line}`));
    }
    const result = tail.finish(true);
    expect(result.verdict).toBe('unknown');
    expect(doubtsOf(result)).toEqual(['pod/a/api, pod/b/api']);
  });

  it('counts lines that it can’t read, and names the first', () => {
    const tail = new Tail('log');
    for (let line = 0; line < 30; line++) tail.onLine(line === 0 ? null : Buffer.from('{'));
    const { evidence, doubts, verdict } = tail.finish(false);
    expect(evidence).toEqual([{ file: 'log', lines: 30, records: 0, ignored: 0, rejected: 30 }]);
    expect(doubts.filter(({ code }) => code === 'line-damaged')).toHaveLength(21);
    expect(verdict).toBe('unknown');
  });
});

describe('a tail from the end', () => {
  const skipping = () => {
    const tail = new Tail('log', { fromEnd: true });
    const log = scribe(tail);
    log.start();
    log.open(1, 'a');
    log.open(2, 'b');
    tail.onCaughtUp();
    return { tail, ...log };
  };

  it('judges what comes, by its place in the whole log', () => {
    const { tail, open } = skipping();
    open(4, 'd');
    open(3, 'e');
    const [finding] = tail.fresh();
    expect(finding?.evidence).toEqual([
      { file: 'log', line: 4 },
      { file: 'log', line: 5 },
    ]);
    expect(tail.finish(false).verdict).toBe('fail');
  });

  it('can’t pass, and takes nothing for missing that it has not read', () => {
    const { tail, close, stop } = skipping();
    close(2, 'b', { duration_seconds: 0.5 });
    stop();
    const result = tail.finish(false);
    expect(result).toMatchObject({ verdict: 'unknown', findings: [] });
    expect(doubtsOf(result)).toEqual(['skipped']);
    expect(result.evidence).toMatchObject([{ lines: 5, records: 2, ignored: 3 }]);
  });
});

describe('a tail of a log that begins in the middle of things', () => {
  it.each([
    ['client', ['attempt-skipped']],
    ['server', []],
  ] as const)('takes it for the %s’s, if told so', (assumed, found) => {
    const tail = new Tail('log', { assumed });
    const { write, close } = scribe(tail);
    close(1, 'a');
    write('connection_attempt', { connection_sequence: 2 });
    write('connection_attempt', { connection_sequence: 9 });
    expect(codes(tail.finish(false).findings)).toEqual(found);
  });
});

describe('a tail of a log that is rotated', () => {
  it('goes on, and says in which file a line stands', () => {
    const tail = new Tail('log');
    const { start, open } = scribe(tail);
    start();
    open(5, 'a');
    tail.onReplaced('rotated');
    open(4, 'b');
    const [finding] = tail.fresh();
    expect(finding?.evidence).toEqual([
      { file: `log (until ${TIME(2)})`, line: 2 },
      { file: 'log', line: 1 },
    ]);
    const { findings, evidence } = tail.finish(false);
    expect(findings).toEqual([finding]);
    expect(evidence).toMatchObject([{ lines: 3 }]);
  });

  it('gives no time to a file in which none could be read', () => {
    const tail = new Tail('log');
    const { start } = scribe(tail);
    tail.onLine(Buffer.from('{"time":'));
    tail.onReplaced('rotated');
    start();
    tail.onReplaced('rotated');
    tail.onLine(Buffer.from('{"time":'));
    tail.onReplaced('rotated');
    const { doubts } = tail.finish(false);
    const files = doubts.flatMap(({ code, where }) => (code === 'line-damaged' ? where?.file : []));
    expect(files).toEqual(['log (rotated)', 'log (rotated)']);
  });

  it('can’t pass where lines may be lost', () => {
    const tail = new Tail('log');
    const { start, open, close } = scribe(tail);
    start();
    open(1, 'a');
    tail.onReplaced('cut');
    close(7, 'z');
    const result = tail.finish(false);
    expect(result).toMatchObject({ verdict: 'unknown', findings: [] });
    expect(doubtsOf(result)).toEqual(['cut']);
  });
});

describe('a tail for days', () => {
  const CAPACITY = 100;

  it('holds so many records, and says that it forgot others', () => {
    const tail = new Tail('log', { capacity: CAPACITY });
    const { start, open } = scribe(tail);
    start();
    for (let n = 1; n < 3 * CAPACITY; n++) open(n, `c${n}`, { session: `s${n}` });
    const result = tail.finish(false);
    expect(result).toMatchObject({ verdict: 'unknown', findings: [] });
    expect(doubtsOf(result)).toEqual(['forgotten']);
    expect(result.metrics.welcomed).toBeLessThanOrEqual(CAPACITY);
    expect(result.evidence).toMatchObject([{ records: 3 * CAPACITY }]);
  });

  it('holds each record against at least half as many before it', () => {
    const step = isThorough ? 1 : 13;
    for (let before = 0; before < 2 * CAPACITY; before += step) {
      const tail = new Tail('log', { capacity: CAPACITY });
      const { open } = scribe(tail);
      for (let n = 0; n < before; n++) open(1, `c${n}`, { session: `other${n}` });
      open(2, 'a');
      for (let n = 0; n < CAPACITY / 2 - 1; n++) open(1, `d${n}`, { session: `more${n}` });
      open(1, 'b');
      expect(codes(tail.fresh())).toEqual(['sequence-not-increasing']);
    }
  });

  it('tells each finding once, and forgets none', () => {
    const tail = new Tail('log', { capacity: CAPACITY });
    const { open } = scribe(tail);
    let told = 0;
    for (let n = 0; n < 5 * CAPACITY; n++) {
      open(n % 20 === 19 ? 1 : n + 10, `c${n}`);
      if (n % 7 === 0) told += tail.fresh().length;
    }
    const { findings, verdict } = tail.finish(false);
    const falls = findings.filter(({ code }) => code === 'sequence-not-increasing');
    expect(falls).toHaveLength((5 * CAPACITY) / 20);
    expect(new Set(falls.map(({ evidence }) => evidence.at(-1)?.line)).size).toBe(falls.length);
    expect(told).toBeLessThanOrEqual(tail.findings);
    expect(tail.findings).toBe(findings.length);
    expect(verdict).toBe('fail');
  });
});
