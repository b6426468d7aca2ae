import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Doubt } from '../../src/core/findings.ts';
import type { LogName, LogRecord } from '../../src/core/records.ts';
import { MAX_LINE_BYTES } from '../../src/history/columns.ts';
import { findLogs, LogUnreadable, readLog, readRun } from '../../src/history/index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'history-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const TIME = '2026-01-01T00:00:00.000Z';
const line = (event: string, fields: object = {}) => {
  const schema = event.endsWith('_started') && { log_schema: 1 };
  return `${JSON.stringify({ time: TIME, event, ...schema, ...fields })}\n`;
};

function read(content: string | Buffer, log: LogName = 'faults') {
  const file = join(directory, 'log.ndjson');
  writeFileSync(file, content);
  const records: LogRecord[] = [];
  const doubts: Doubt[] = [];
  const onRecord = (record: LogRecord) => records.push(record);
  // Where lines are looked at, whether the log is whole is not.
  const onDoubt = (doubt: Doubt) => {
    if (log !== 'faults' || doubt.code !== 'log-incomplete') doubts.push(doubt);
  };
  const { lines } = readLog(file, log, { onRecord, onDoubt });
  return { records, doubts, lines, events: records.map(({ event }) => event) };
}

const codes = (doubts: Doubt[]) => doubts.map(({ code }) => code);

describe('readLog', () => {
  it('gives each line with its file, number and time', () => {
    const { records, doubts, lines } = read(line('one') + line('two', { session_id: 's' }));
    expect(doubts).toEqual([]);
    expect(lines).toBe(2);
    expect(records[1]).toMatchObject({
      log: 'faults',
      file: join(directory, 'log.ndjson'),
      line: 2,
      time: Date.parse(TIME),
      event: 'two',
      session_id: 's',
      connection_sequence: undefined,
    });
  });

  it('breaks lines at line feeds alone', () => {
    const { events, doubts } = read(`{"time":"${TIME}","event":"a\u2028b\u2029c\u0085d"}\n`);
    expect(events).toEqual(['a\u2028b\u2029c\u0085d']);
    expect(doubts).toEqual([]);
  });

  it('reads lines with a carriage return before the line feed', () => {
    expect(read(line('one').replace('\n', '\r\n')).events).toEqual(['one']);
  });

  it('keeps characters whole that lie across two chunks', () => {
    const text = 'ä€😀'.repeat(30_000);
    const { records, doubts } = read(
      [0, 1, 2, 3].map((n) => line('x'.repeat(n), { text })).join(''),
    );
    expect(doubts).toEqual([]);
    expect(records.map(({ fields }) => fields.text)).toEqual([text, text, text, text]);
  });

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['{"time":', 'not JSON'],
    ['[]', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['"text"', 'not a JSON object'],
    [`{"time":"${TIME}"}`, 'no "event"'],
    [`{"time":"${TIME}","event":7}`, 'no "event"'],
    ['{"event":"e"}', 'no "time" in ISO 8601'],
    ['{"time":1700000000000,"event":"e"}', 'no "time" in ISO 8601'],
    ['{"time":"yesterday","event":"e"}', 'no "time" in ISO 8601'],
    ['{"time":"2026-13-01T00:00:00Z","event":"e"}', 'no "time" in ISO 8601'],
    ['\ufeff{}', 'not JSON'],
  ])('reports %j as damage and goes on', (damaged, value) => {
    const { events, doubts } = read(`${line('one')}${damaged}\n${line('two')}`);
    expect(events).toEqual(['one', 'two']);
    const where = { file: join(directory, 'log.ndjson'), line: 2 };
    expect(doubts).toEqual([{ code: 'line-damaged', where, value }]);
  });

  it('reports what is not UTF-8, but not a true U+FFFD', () => {
    const bad = Buffer.from(line('bad'));
    bad[bad.indexOf('bad')] = 0xff;
    const { events, doubts } = read(Buffer.concat([bad, Buffer.from(line('\ufffd'))]));
    expect(events).toEqual(['\ufffd']);
    expect(doubts).toMatchObject([{ value: 'not UTF-8', where: { line: 1 } }]);
  });

  it.each([MAX_LINE_BYTES, MAX_LINE_BYTES + 1, 3 * MAX_LINE_BYTES])(
    'skips a line of %i bytes only if it is too long',
    (bytes) => {
      const long = line('long', { text: '' }).length - 1;
      const { events, doubts } = read(
        line('one') + line('long', { text: 'x'.repeat(bytes - long) }) + line('two'),
      );
      const tooLong = bytes > MAX_LINE_BYTES;
      expect(events).toEqual(tooLong ? ['one', 'two'] : ['one', 'long', 'two']);
      expect(doubts.map(({ value }) => value)).toEqual(tooLong ? ['longer than 1 MiB'] : []);
    },
  );

  it('doubts a last line without a line feed, whether or not it parses', () => {
    const whole = read(line('one') + line('two').trimEnd());
    expect(whole.events).toEqual(['one', 'two']);
    expect(whole.doubts).toMatchObject([{ code: 'log-truncated', where: { line: 2 } }]);
    const cut = read(line('one') + line('two').slice(0, 9));
    expect(cut.events).toEqual(['one']);
    expect(cut.doubts).toMatchObject([{ code: 'log-truncated', where: { line: 2 } }]);
    expect(codes(read('x'.repeat(2 * MAX_LINE_BYTES)).doubts)).toEqual(['log-truncated']);
  });

  it('names the first damaged lines of a file that is no log, and counts the rest', () => {
    const { doubts } = read('no\n'.repeat(1000));
    expect(doubts).toHaveLength(21);
    expect(doubts.at(-1)?.value).toBe('980 more lines');
  });

  it.each([0, -1, 1.5, 2 ** 53, '3', null, [1], Number.NaN])('has no number for %j', (number) => {
    const { records } = read(line('e', { connection_sequence: number }));
    expect(records[0]?.connection_sequence).toBeUndefined();
  });

  it('has ids only where they are strings, and no harm from any name', () => {
    const text = `{"__proto__":{"event":"forged"},"constructor":1,"time":"${TIME}","event":"e","session_id":"__proto__","client_id":7}\n`;
    const [record] = read(text).records;
    expect(record).toMatchObject({ event: 'e', session_id: '__proto__', client_id: undefined });
    expect({}).not.toHaveProperty('event');
  });

  it('throws an error with the path where it cannot read', () => {
    const visitor = { onRecord: () => {}, onDoubt: () => {} };
    const absent = join(directory, 'absent');
    const error = (file: string) => () => readLog(file, 'server', visitor);
    expect(error(absent)).toThrow(LogUnreadable);
    expect(error(absent)).toThrow(`${absent}: no such file`);
    expect(error(directory)).toThrow(`${directory}: is a directory`);
  });
});

describe('completeness', () => {
  const opened = line('connection_opened');

  it('is content with a log from its start to its stop', () => {
    expect(read(line('server_started') + opened + line('server_stopped'), 'server').doubts).toEqual(
      [],
    );
    expect(read(line('client_started') + line('client_stopped'), 'client').doubts).toEqual([]);
  });

  it.each<[LogName, string, string[]]>([
    ['server', '', ['server_started', 'server_stopped', 'no-connections']],
    ['server', line('server_started') + opened, ['server_stopped']],
    ['server', opened + line('server_stopped'), ['server_started']],
    [
      'server',
      line('server_started') + opened + line('server_stopped') + line('server_started'),
      ['server_stopped'],
    ],
    ['server', line('server_started') + line('server_stopped'), ['no-connections']],
    ['client', '', ['client_started', 'client_stopped']],
    ['client', line('client_started') + line('client_stopped') + opened, ['client_stopped']],
  ])('doubts an incomplete %s log', (log, content, expected) => {
    const { doubts } = read(content, log);
    expect(doubts.map(({ code, value }) => value || code)).toEqual(expected);
  });

  it.each([
    [2, []],
    [1, ['lines-missing']],
    [3, ['lines-missing']],
  ])('holds a count of %i lines against the two that are there', (said, expected) => {
    const content = line('server_started') + opened + line('server_stopped', { lines: said });
    expect(codes(read(content, 'server').doubts)).toEqual(expected);
  });

  it('counts the lines of each process alone', () => {
    const process = line('server_started') + opened + line('server_stopped', { lines: 2 });
    expect(read(process + process, 'server').doubts).toEqual([]);
  });

  it('does not know the schema of another wsdiag', () => {
    const content = line('client_started', { log_schema: 2 }) + line('client_stopped');
    expect(codes(read(content, 'client').doubts)).toEqual(['log-schema-unknown']);
  });

  it('finds no fault with a server that was killed and started again', () => {
    const started = line('server_started');
    expect(read(started + opened + started + line('server_stopped'), 'server').doubts).toEqual([]);
  });

  it('doubts a run that was interrupted', () => {
    const { doubts } = read(
      line('client_started') + line('client_stopped', { interrupted: true }),
      'client',
    );
    expect(codes(doubts)).toEqual(['interrupted']);
  });

  it.each([
    [line('connection_failed', { error: 'EMFILE: too many open files' }), true],
    [line('connection_failed', { error: 'EADDRNOTAVAIL 127.0.0.1' }), true],
    [line('connection_failed', { error: 'ECONNREFUSED' }), false],
  ])('doubts a generator that was out of sockets', (failure, limited) => {
    const content = line('client_started') + failure + failure + line('client_stopped');
    expect(codes(read(content, 'client').doubts)).toEqual(limited ? ['generator-limited'] : []);
  });

  it.each([
    [1001, ['generator-limited']],
    [1000, []],
    [null, []],
  ])('holds an event-loop delay of %s ms against its limit', (delay, expected) => {
    const stopped = line('client_stopped', { event_loop_delay_p99_ms: delay });
    expect(codes(read(line('client_started') + stopped, 'client').doubts)).toEqual(expected);
  });
});

describe('findLogs and readRun', () => {
  it('reads what is there, server first, and doubts what is missing', () => {
    writeFileSync(
      join(directory, 'client.ndjson'),
      line('client_started') + line('client_stopped'),
    );
    writeFileSync(join(directory, 'server.ndjson'), line('server_started'));
    const { paths, doubts } = findLogs(directory);
    expect(doubts).toMatchObject([{ code: 'log-missing', value: 'faults' }]);
    const events: string[] = [];
    const onRecord = ({ event }: LogRecord) => events.push(event);
    const files = readRun(paths, { onRecord, onDoubt: () => {} });
    expect(events).toEqual(['server_started', 'client_started', 'client_stopped']);
    expect(files).toEqual([
      { file: join(directory, 'server.ndjson'), lines: 1, records: 1, ignored: 0, rejected: 0 },
      { file: join(directory, 'client.ndjson'), lines: 2, records: 2, ignored: 0, rejected: 0 },
    ]);
  });

  it.each([
    [[], ['kill-unexplained']],
    [[{ kills_server: true, occurrence: 1 }], []],
    [[{ kills_server: false, occurrence: 1 }], ['kill-unexplained']],
  ])('wants a kill among the faults for each break in the server log: %j', (faults, expected) => {
    const broken = line('server_started') + line('connection_opened') + line('server_started');
    writeFileSync(join(directory, 'server.ndjson'), broken + line('server_stopped'));
    writeFileSync(
      join(directory, 'faults.ndjson'),
      line('faults_started') +
        faults.map((fault) => line('fault_injected', fault)).join('') +
        line('faults_stopped'),
    );
    const doubts: Doubt[] = [];
    const { paths } = findLogs(directory);
    readRun(paths, { onRecord: () => {}, onDoubt: (doubt) => doubts.push(doubt) });
    expect(codes(doubts)).toEqual(expected);
  });

  it('throws where there is no run', () => {
    expect(() => findLogs(join(directory, 'absent'))).toThrow(LogUnreadable);
    mkdirSync(join(directory, 'empty'));
    expect(() => findLogs(join(directory, 'empty'))).toThrow('none of server.ndjson');
  });
});
