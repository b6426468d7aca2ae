import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LogName } from '../../src/core/records.ts';
import { MAX_LINE_BYTES } from '../../src/logs/chunk-memory.ts';
import {
  createCompleteness,
  findLogs,
  findSources,
  LogUnreadable,
  readRecords,
  type SourceOptions,
  scanRows,
} from '../../src/logs/index.ts';
import type { Doubt } from '../../src/model/findings.ts';
import type { LogRecord } from '../../src/model/record.ts';
import type { LogFile } from '../../src/model/result.ts';
import { EVENTS } from '../../src/model/rows.ts';
import { judgeRun } from '../../src/simulate/judge.ts';
import { temporaryDirectory } from '../support/world.ts';
import { TIME } from './support.ts';

let directory: string;
beforeEach(() => {
  directory = temporaryDirectory();
});

const line = (event: string, fields: object = {}) => {
  const schema = event.endsWith('_started') && { log_schema: 1 };
  return `${JSON.stringify({ time: TIME, event, ...schema, ...fields })}\n`;
};

function written(log: LogName, content: string | Uint8Array): string {
  const file = join(directory, `${log}.ndjson`);
  writeFileSync(file, content);
  return file;
}

async function read(content: string | Uint8Array, format: SourceOptions = {}) {
  const records: LogRecord[] = [];
  const doubts: Doubt[] = [];
  const visitor = {
    onRecord: (record: LogRecord) => records.push(record),
    onDoubt: (doubt: Doubt) => doubts.push(doubt),
  };
  const sources = findSources([written('server', content)], format);
  const [counts] = (await readRecords(sources, visitor)) as [LogFile];
  expect(counts.lines).toBe(counts.records + counts.ignored + counts.rejected);
  return { records, doubts, counts, events: records.map(({ event }) => event) };
}

const ONE = line('server_started');
const TWO = line('server_stopped');
const BOTH = ['server_started', 'server_stopped'];

const codes = (doubts: Doubt[]) => doubts.map(({ code }) => code);

describe('readRecords', () => {
  it('gives each line with its file, number and time', async () => {
    const opened = line('connection_opened', { session_id: 's', client_id: 'c' });
    const { records, doubts, counts } = await read(ONE + opened);
    const file = join(directory, 'server.ndjson');
    expect(doubts).toEqual([]);
    expect(counts).toEqual({ file, lines: 2, records: 2, ignored: 0, rejected: 0 });
    expect(records[1]).toEqual({
      log: 'server',
      stream: 0,
      file,
      line: 2,
      time: Date.parse(TIME),
      event: 'connection_opened',
      session_id: 's',
      connection_sequence: undefined,
      client_id: 'c',
      document_id: undefined,
      fields: JSON.parse(opened),
    });
  });

  it('breaks lines at line feeds alone', async () => {
    const text = 'a\u2028b\u2029c\u0085d';
    const { records, doubts } = await read(
      `{"time":"${TIME}","event":"connection_opened","text":"${text}"}\n`,
    );
    expect(records.map(({ fields }) => fields.text)).toEqual([text]);
    expect(doubts).toEqual([]);
  });

  it('reads lines with a carriage return before the line feed', async () => {
    expect((await read(ONE.replace('\n', '\r\n') + TWO)).events).toEqual(BOTH);
  });

  it('keeps characters whole that lie across two chunks', async () => {
    const text = 'ä€😀'.repeat(60_000);
    const { records, doubts } = await read(
      Array.from({ length: 12 }, (_, n) =>
        line('connection_opened', { x: 'x'.repeat(n), text }),
      ).join(''),
    );
    expect(doubts).toEqual([]);
    expect(records.map(({ fields }) => fields.text === text)).toEqual(Array(12).fill(true));
  });

  it.each([
    ['{"time":', 'not JSON'],
    ['[]', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['"text"', 'not a JSON object'],
    [`{"event":"connection_opened"}`, 'no "time"'],
    [`{"time":"yesterday","event":"connection_opened"}`, 'a "time" that is none'],
    [`{"time":"2026-13-01T00:00:00Z","event":"connection_opened"}`, 'a "time" that is none'],
    [`${ONE.trimEnd()}${TWO.trimEnd()}`, 'two records on one line'],
    ['{"a":"\0"}', 'NUL bytes'],
  ])('rejects %j and goes on', async (damaged, value) => {
    const { events, doubts, counts } = await read(`${ONE}${damaged}\n${TWO}`);
    expect(events).toEqual(BOTH);
    const where = { file: counts.file, line: 2 };
    expect(doubts).toEqual([{ code: 'line-damaged', where, value }]);
    expect(counts).toMatchObject({ lines: 3, records: 2, ignored: 0, rejected: 1 });
  });

  it.each([
    '',
    '   ',
    '\t\r',
    'x',
    `{"time":"${TIME}"}`,
    '{"event":"user_signed_in"}',
    '{"event":7}',
  ])('ignores %j and goes on', async (other) => {
    const { events, doubts, counts } = await read(`${ONE}${other}\n${TWO}`);
    expect(events).toEqual(BOTH);
    expect(doubts).toEqual([]);
    expect(counts).toMatchObject({ lines: 3, records: 2, ignored: 1, rejected: 0 });
  });

  it('ignores what is outside of the span that is asked for', async () => {
    const { events, counts } = await read(ONE + TWO, { until: Date.parse(TIME) });
    expect(events).toEqual([]);
    expect(counts).toMatchObject({ lines: 2, ignored: 2 });
  });

  it('rejects what is not UTF-8, but not a true U+FFFD', async () => {
    const bad = Buffer.from(line('connection_opened', { text: 'bad' }));
    bad[bad.indexOf('bad')] = 0xff;
    const good = Buffer.from(line('connection_opened', { text: '\ufffd' }));
    const { records, doubts } = await read(Buffer.concat([bad, good]));
    expect(records.map(({ fields }) => fields.text)).toEqual(['\ufffd']);
    expect(doubts).toMatchObject([{ value: 'not UTF-8', where: { line: 1 } }]);
  });

  it('doubts a last line without a line feed, whether or not it parses', async () => {
    const whole = await read(ONE + TWO.trimEnd());
    expect(whole.events).toEqual(BOTH);
    expect(whole.doubts).toMatchObject([{ code: 'log-truncated', where: { line: 2 } }]);
    const cut = await read(ONE + TWO.slice(0, 9));
    expect(cut.events).toEqual(['server_started']);
    expect(cut.doubts).toMatchObject([
      { code: 'line-damaged', where: { line: 2 } },
      { code: 'log-truncated', where: { line: 2 } },
    ]);
    const long = await read('x'.repeat(2 * MAX_LINE_BYTES));
    expect(codes(long.doubts)).toEqual(['line-damaged', 'log-truncated']);
  });

  it('names the first damaged lines of a file that is no log, and counts the rest', async () => {
    const { doubts, counts } = await read('{\n'.repeat(1000));
    expect(doubts).toHaveLength(21);
    expect(doubts.at(-1)).toMatchObject({ where: { file: counts.file }, value: '980 more lines' });
    expect(counts.rejected).toBe(1000);
  });

  it('throws an error with the path where it cannot read', async () => {
    const [source] = findSources([written('server', '')]);
    const readAt = (file: string) =>
      readRecords([{ ...(source as NonNullable<typeof source>), file }], { onRecord: () => {} });
    const absent = join(directory, 'absent');
    await expect(readAt(absent)).rejects.toThrow(LogUnreadable);
    await expect(readAt(absent)).rejects.toThrow(`${absent}: no such file`);
    await expect(readAt(directory)).rejects.toThrow(`${directory}: is a directory`);
  });
});

describe('completeness', () => {
  const opened = line('connection_opened');
  const failed = (error: string) => line('connection_failed', { error });

  async function doubtsOf(content: string, log: LogName = 'server', own = {}): Promise<Doubt[]> {
    const file = written(log, content);
    const sources = findSources([file]).map((source) => ({ ...source, log }));
    const files = { first: file, last: file };
    const completeness = createCompleteness({
      log,
      files,
      fileOf: () => file,
      isOwn: true,
      isWhole: true,
      ...own,
    });
    await scanRows(sources, (rows, row, note) => completeness.onRow(rows, row, note));
    return completeness.finish();
  }

  it('is content with a log from its start to its stop', async () => {
    expect(await doubtsOf(ONE + opened + TWO)).toEqual([]);
    expect(await doubtsOf(line('client_started') + line('client_stopped'), 'client')).toEqual([]);
  });

  it.each<[LogName, string, string[]]>([
    ['server', '', ['server_started', 'server_stopped']],
    ['server', ONE + opened, ['server_stopped']],
    ['server', opened + TWO, ['server_started']],
    ['server', ONE + opened + TWO + ONE, ['server_stopped']],
    ['client', '', ['client_started', 'client_stopped']],
    [
      'client',
      line('client_started') + line('client_stopped') + opened,
      ['client_stopped', 'client_started'],
    ],
    [
      'client',
      line('client_started') + line('client_started') + line('client_stopped'),
      ['client_stopped'],
    ],
    ['faults', line('faults_started'), ['faults_stopped']],
  ])('doubts an incomplete %s log', async (log, content, expected) => {
    const doubts = await doubtsOf(content, log);
    expect(codes(doubts)).toEqual(expected.map(() => 'log-incomplete'));
    expect(doubts.map(({ value }) => value)).toEqual(expected);
  });

  it('asks for bounds only where there are any, of a log that may be another program’s', async () => {
    const foreign = { isOwn: false };
    expect(await doubtsOf(opened, 'server', foreign)).toEqual([]);
    const stopped = (fields: object) => opened + line('server_stopped', fields);
    expect(await doubtsOf(stopped({ log_schema: 1 }), 'server', foreign)).toMatchObject([
      { code: 'log-incomplete', value: 'server_started' },
    ]);
    // In another program's words, that promises nothing.
    expect(await doubtsOf(stopped({}), 'server', foreign)).toEqual([]);
  });

  it('asks for none in a span of time', async () => {
    expect(await doubtsOf(opened, 'server', { isWhole: false })).toEqual([]);
  });

  it.each([
    [2, []],
    [1, ['lines-missing']],
    [3, ['lines-missing']],
  ])('holds a count of %i lines against the two that are there', async (lines, expected) => {
    const content = ONE + opened + line('server_stopped', { lines });
    expect(codes(await doubtsOf(content))).toEqual(expected);
  });

  it('counts the lines of each process alone', async () => {
    const process = ONE + opened + line('server_stopped', { lines: 2 });
    expect(await doubtsOf(process + process)).toEqual([]);
  });

  it('does not know the schema of another wsdiag', async () => {
    const content = line('client_started', { log_schema: 2 }) + line('client_stopped');
    expect(codes(await doubtsOf(content, 'client'))).toEqual(['log-schema-unknown']);
  });

  it('finds no fault with a server that was killed and started again', async () => {
    expect(await doubtsOf(ONE + opened + ONE + TWO)).toEqual([]);
  });

  it('doubts a run that was interrupted', async () => {
    const content = line('client_started') + line('client_stopped', { interrupted: true });
    expect(codes(await doubtsOf(content, 'client'))).toEqual(['interrupted']);
  });

  it.each([
    [failed('EMFILE: too many open files'), true],
    [failed('EADDRNOTAVAIL 127.0.0.1'), true],
    [failed('ECONNREFUSED'), false],
  ])('doubts a generator that was out of sockets', async (failure, limited) => {
    const content = line('client_started') + failure + failure + line('client_stopped');
    const expected = limited ? ['generator-limited'] : [];
    expect(codes(await doubtsOf(content, 'client'))).toEqual(expected);
  });

  it.each([
    [1001, ['generator-limited']],
    [1000, []],
    [null, []],
  ])('holds an event-loop delay of %s ms against its limit', async (delay, expected) => {
    const stopped = line('client_stopped', { event_loop_delay_p99_ms: delay });
    expect(codes(await doubtsOf(line('client_started') + stopped, 'client'))).toEqual(expected);
  });

  describe('a server that was started again', () => {
    const own = (fields: object) => line('server_started', { wsdiag_version: '1', ...fields });
    const late = async (...starts: string[]) =>
      (await doubtsOf(starts.join(''))).filter(({ code }) => code === 'server-late');

    it('late is doubted once, by the latest', async () => {
      const doubts = await late(own({}), own({ start_ms: 1200 }), own({ start_ms: 2345 }));
      expect(doubts).toMatchObject([{ value: '2.3 s', where: { line: 3 } }]);
    });

    it('in time, or by another program, is not', async () => {
      expect(await late(own({ start_ms: 1000 }))).toEqual([]);
      expect(await late(line('server_started', { start_ms: 9000 }))).toEqual([]);
    });
  });
});

describe('findLogs', () => {
  it('finds what is there, and doubts what is missing', () => {
    const client = written('client', '');
    const server = written('server', '');
    const { logs, doubts } = findLogs(directory);
    expect(logs).toEqual([
      { log: 'server', file: server },
      { log: 'client', file: client },
    ]);
    expect(doubts).toMatchObject([{ code: 'log-missing', value: 'faults' }]);
  });

  it('finds the log of each node, and doubts those that are missing', () => {
    const nodes = [10, 2].map((node) => join(directory, `server-${node}.ndjson`));
    for (const file of nodes) writeFileSync(file, '');
    const known = findLogs(directory);
    expect(known.logs.map(({ file }) => file)).toEqual(nodes.toReversed());
    expect(known.doubts.map(({ value }) => value)).toEqual(['client', 'faults']);
    const { doubts } = findLogs(directory, 3);
    expect(doubts.map(({ where }) => basename(where?.file ?? ''))).toEqual([
      'server-1.ndjson',
      'server-3.ndjson',
      'client.ndjson',
      'faults.ndjson',
    ]);
  });

  it('throws where there is no run', () => {
    expect(() => findLogs(join(directory, 'absent'))).toThrow(LogUnreadable);
    mkdirSync(join(directory, 'empty'));
    expect(() => findLogs(join(directory, 'empty'))).toThrow('none of server.ndjson');
  });
});

describe('a run directory', () => {
  it('is read log by log', async () => {
    written('server', ONE);
    written('client', line('client_started') + line('client_stopped'));
    written('faults', line('faults_started'));
    const sources = findSources([directory]);
    const seen: string[] = [];
    const { files } = await scanRows(sources, (rows, row) =>
      seen.push(`${EVENTS[rows.event(row)]} ${sources[rows.file(row)]?.log}:${rows.line(row)}`),
    );
    expect(seen).toEqual([
      'server_started server:1',
      'client_started client:1',
      'client_stopped client:2',
      'faults_started faults:1',
    ]);
    expect(files.map(({ lines }) => lines)).toEqual([1, 2, 1]);
  });

  it.each([
    [[], ['kill-unexplained']],
    [[{ kills_server: true, occurrence: 1 }], []],
    [[{ kills_server: false, occurrence: 1 }], ['kill-unexplained']],
  ])(
    'has a kill among the faults for each break in its server log: %j',
    async (faults, expected) => {
      written('server', ONE + line('connection_opened') + ONE + TWO);
      written('client', '');
      const injected = faults.map((fault) => line('fault_injected', fault)).join('');
      written('faults', line('faults_started') + injected + line('faults_stopped'));
      const { doubts } = await judgeRun(directory);
      expect(codes(doubts).filter((code) => code === 'kill-unexplained')).toEqual(expected);
    },
  );
});
