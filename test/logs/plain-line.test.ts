import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogName } from '../../src/core/records.ts';
import { ChunkMemory, MAX_LINE_BYTES } from '../../src/logs/chunk-memory.ts';
import { EVENT_NAMES } from '../../src/logs/events.ts';
import { FIELD_NAMES } from '../../src/logs/field-names.ts';
import type { LogFormat } from '../../src/logs/index.ts';
import { createParser } from '../../src/logs/parse.ts';
import { createPlainReader } from '../../src/logs/plain-line.ts';
import { noteOf } from '../../src/logs/put-row.ts';
import {
  CLOSED_BY,
  EVENTS,
  NAVIGATIONS,
  SESSION_REASONS,
  UNLOAD_REASONS,
} from '../../src/model/rows.ts';
import { saidBy, saidByRecord } from '../support/rows.ts';
import { isThorough, itThoroughly, runs } from '../support/thorough.ts';
import { format, json, TIME } from './support.ts';

/** A line as wsdiag's server writes it. */
const CLOSED = {
  level: 30,
  time: TIME,
  event: 'connection_closed',
  client_id: '3f1c5f0e-0b57-4b3b-9d0e-7c2b1b2f3a10',
  session_id: '8c7ebbf8-0e2a-4aff-9023-d26f351f2f98',
  connection_sequence: 12,
  close_code: 1006,
  close_reason: '',
  was_clean: false,
  duration_seconds: 0.125,
  closed_by: 'network',
  msg: 'connection closed',
};
const {
  duration_seconds: _,
  close_code: __,
  ...OPENED
} = { ...CLOSED, event: 'connection_opened' };
const { client_id: ___, ...ATTEMPT } = {
  ...OPENED,
  event: 'connection_attempt',
  document_id: 'd-1',
  delay_ms: 0,
};

interface Log {
  lines: Uint8Array[];
  format: LogFormat;
  log: LogName;
  /** What lies behind the lines: whatever was in the buffer before. */
  stale: Uint8Array;
}

const memory = new ChunkMemory();

/** How many of a log's lines are plain ones, all of which the parser takes for the same. */
function plainLines({ lines, format, log, stale }: Log): number {
  const parse = createParser(format, log);
  const reader = createPlainReader(format, log);
  const text = Buffer.concat([Buffer.from('\n'), ...lines.flatMap((line) => [line, LINE_FEED])]);
  // The last one may lack its line feed, and any may be the last of a chunk.
  const end = text.length - (stale.length % 2);
  const { buffer, rows } = memory;
  buffer.set(text);
  buffer.set(stale, end);
  const row = lines.length;
  let plain = 0;
  for (let at = 1; at < end; ) {
    const feed = buffer.indexOf(LINE_FEED, at);
    const stop = feed === -1 || feed > end ? end : feed;
    const next = reader?.read(memory, row, at, end) ?? 0;
    if (next > 0) {
      plain += 1;
      const line = buffer.subarray(at, stop);
      const parsed = parse(line);
      const wanted = parsed.kind === 'record' ? saidByRecord(parsed) : parsed;
      expect(saidBy(rows, row), line.toString()).toEqual(wanted);
      // What a line says beside its row, the parser alone can tell.
      expect(parsed.kind === 'record' && noteOf(parsed), line.toString()).toBe(undefined);
      expect(next).toBe(stop + 1);
    }
    at = stop + 1;
  }
  return plain;
}

const LINE_FEED = Buffer.from('\n');

const isPlain = (line: string, options: Partial<LogFormat> = {}, log: LogName = 'server') =>
  plainLines({ lines: [Buffer.from(line)], format: format(options), log, stale: Buffer.of() }) > 0;

describe('the plain reader', () => {
  it.each([
    ['a close', CLOSED],
    ['an open', OPENED],
    ['an attempt', ATTEMPT],
    ['a stranger’s open', { ...OPENED, session_verified: false }],
    ['numbers for ids', { ...CLOSED, session_id: 7, client_id: 0, document_id: 123456789012345 }],
    ['a close by its code alone', { ...CLOSED, event: undefined, msg: undefined }],
    ['the least there can be', { ...CLOSED, level: undefined, close_reason: undefined }],
    ['other keys', { ...CLOSED, pid: 7, hostname: 'x', ok: true, none: null, '': '' }],
  ])('reads %s', (_, fields) => {
    expect(isPlain(json(fields))).toBe(true);
    expect(
      isPlain(
        json(fields)
          .replaceAll(':', ': ')
          .replaceAll(',', ', ')
          .replace(/T(\d\d): (\d\d): /, 'T$1:$2:'),
      ),
    ).toBe(true);
    expect(isPlain(`${json(fields)}\r`)).toBe(true);
  });

  it('reads names of a log’s own', () => {
    const { session_id, event, ...rest } = CLOSED;
    const line = json({ ...rest, sid: session_id, event: 'ws gone' });
    expect(isPlain(line)).toBe(false);
    const own = { map: { session_id: ['sid'] }, events: { connection_closed: ['ws gone'] } };
    expect(isPlain(line, own)).toBe(true);
  });

  it.each([
    ['an escape', json({ ...CLOSED, close_reason: '\n' })],
    ['what is not ASCII', json({ ...CLOSED, close_reason: 'é' })],
    ['nesting', json({ ...CLOSED, more: {} })],
    ['another spelling of a field', json({ ...CLOSED, sessionId: 'x' })],
    ['an envelope', json({ ...CLOSED, log: '{}', stream: 'stdout' })],
    ['no number', json({ ...CLOSED, connection_sequence: 0 })],
    ['no session', json({ ...CLOSED, session_id: null })],
    ['an event in words', json({ ...CLOSED, event: 'Connection closed' })],
    ['a time that is none', json({ ...CLOSED, time: '0000-00-00T00:00:00Z' })],
    ['what comes after it', `${json(CLOSED)} `],
    ['half of it', json(CLOSED).slice(0, -9)],
  ])('leaves %s to the parser', (_, line) => {
    expect(isPlain(line)).toBe(false);
  });

  it.each<[string, Partial<LogFormat>]>([
    ['a path', { map: { session_id: ['ctx', 'sid'] } }],
    ['a duration of another name', { map: { duration_seconds: ['lived_ms'] } }],
    ['the name of another field', { map: { session_id: ['client_id'] } }],
    ['another spelling of a field', { map: { close_code: ['duration_ms'] } }],
    ['one name for two fields', { map: { session_id: ['id'], client_id: ['id'] } }],
    ['what marks an envelope', { map: { session_id: ['MESSAGE'] } }],
    ['an event’s name of a character', { events: { connection_closed: ['x'] } }],
    [
      'one name for two events',
      { events: { connection_closed: ['ws'], connection_opened: ['ws'] } },
    ],
    ['another event’s name', { events: { connection_failed: ['connection_closed'] } }],
  ])('leaves a log whose format has %s to the parser', (_, options) => {
    expect(createPlainReader(format(options), 'server')).toBeUndefined();
  });

  it('leaves a line over 1 MiB to the parser', () => {
    const padded = (bytes: number) =>
      json({ ...CLOSED, msg: 'x'.repeat(bytes - json({ ...CLOSED, msg: '' }).length) });
    expect(isPlain(padded(MAX_LINE_BYTES))).toBe(true);
    expect(isPlain(padded(MAX_LINE_BYTES + 1))).toBe(false);
    expect(isPlain(`${padded(MAX_LINE_BYTES)}\r`)).toBe(false);
  });

  it('leaves what is outside of the span to the parser', () => {
    const time = Date.parse(TIME);
    const line = json(CLOSED);
    expect(isPlain(line, { since: time, until: time + 1 })).toBe(true);
    expect(isPlain(line, { since: time + 1 })).toBe(false);
    expect(isPlain(line, { until: time })).toBe(false);
  });

  it('knows nothing of a line from the one before', () => {
    const lines = [{ ...CLOSED, document_id: 'd', session_verified: false }, OPENED, ATTEMPT];
    const log = { lines: lines.map((line) => Buffer.from(json(line))), stale: Buffer.of() };
    expect(plainLines({ ...log, format: format(), log: 'client' })).toBe(3);
  });

  itThoroughly('keeps no more names of keys than a log may have', () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, n) => Buffer.from(json({ [`key${n}`]: 1, ...CLOSED })));
    const plain = (count: number) =>
      plainLines({ lines: lines(count), format: format(), log: 'server', stale: Buffer.of() });
    expect(plain(500)).toBe(500);
    const most = plain(1200);
    expect(most).toBeGreaterThan(500);
    expect(plain(1100)).toBe(most);
    expect(isPlain(json({ ['x'.repeat(1000)]: 1, ...CLOSED }))).toBe(false);
  });

  it('reads a line at the very end of a chunk, whole or cut', () => {
    const reader = createPlainReader(format(), 'server');
    const line = Buffer.from(json(CLOSED));
    const end = memory.buffer.length;
    for (let cut = 0; cut < line.length; cut++) {
      memory.buffer.set(line.subarray(0, line.length - cut), end - line.length + cut);
      const next = reader?.read(memory, 0, end - line.length + cut, end);
      expect(next).toBe(cut === 0 ? end + 1 : 0);
    }
  });

  it('says of any line what the parser says, or nothing', () => {
    expect(shareOfPlain(anyLog())).toBeGreaterThan(LEAST_SHARE);
  });

  it('says of a line that was tampered with what the parser says, or nothing', () => {
    expect(shareOfPlain(tamperedLog())).toBeGreaterThan(2 * LEAST_SHARE);
  });
});

/** Of many logs' lines, which part are plain ones: were it none, nothing would have been shown. */
function shareOfPlain(logs: fc.Arbitrary<Log>): number {
  let lines = 0;
  let plain = 0;
  const look = (log: Log) => {
    lines += log.lines.length;
    plain += plainLines(log);
  };
  fc.assert(fc.property(logs, look), { numRuns: RUNS });
  return plain / lines;
}

const RUNS = runs(4000);
/** Of few lines, the share may be far from what it is of many. */
const LEAST_SHARE = isThorough ? 0.1 : 0.02;

const MESSAGES = ['msg', 'message', 'name', 'type'];
const ENVELOPES = ['log', 'stream', 'MESSAGE', '__REALTIME_TIMESTAMP'];
const SPELLINGS = [
  'sessionId',
  'clientID',
  'connection.sequence',
  'duration_ms',
  'closeCode',
  'Time',
];
const HARMLESS = ['level', 'ts', '@timestamp', 'sid', 'x', '', 'constructor', 'toString', 'a.b'];
const KEYS = [
  ...FIELD_NAMES,
  ...MESSAGES,
  ...ENVELOPES,
  ...SPELLINGS,
  ...HARMLESS,
  '__proto__',
  'é',
];

const TIMES = [
  '2026-11-23T10:00:00Z',
  '2026-11-23T10:00:00.5Z',
  '2026-11-23T10:00:00.123456789Z',
  '2026-11-23T10:00:00,123Z',
  '2026-11-23 10:00:00.123Z',
  '2026-11-23T10:00:00.123+01:00',
  '2026-11-23T23:59:59.999Z',
  '2026-11-23T23:59:60.000Z',
  '2026-11-23T24:00:00.000Z',
  '2026-02-29T00:00:00.000Z',
  '2028-02-29T00:00:00.000Z',
  '2026-00-10T00:00:00.000Z',
  '2026-13-10T00:00:00.000Z',
  '2026-01-00T00:00:00.000Z',
  '0000-00-00T00:00:00.000Z',
  '1970-01-01T00:00:00.000Z',
  '1989-12-31T23:59:59.999Z',
  '1990-01-01T00:00:00.000Z',
  '2199-12-31T23:59:59.999Z',
  '2200-01-01T00:00:00.000Z',
  '+002026-11-23T10:00:00Z',
  '1795428000',
  '',
];

const NUMBERS = [
  ...['0', '1', '2', '9', '12', '-1', '-0', '1.5', '0.1', '0.30000000000000004', '123.456', '1.0'],
  ...['1e3', '1E+2', '1e400', '01', '-', '1.', '.5', '00', '0x1', '+1', '4294968302', '65536'],
  ...['1000', '1006', '4999', '5000', '65535', '999999999999999', '999999999999999.9'],
  ...['9007199254740991', '9007199254740992', '9007199254740993', '123456789012345678901234567890'],
  ...['0.000000000000001', '99999999999999.9', '0.12345678901234567', '1795428000123'],
];

/** The other one only now and then. */
const mostly = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>, weight: number) =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: other });

const ASCII = fc.constantFrom(...'abcdefgh0123456789-_./{}[]:, \u007f');
const text = mostly(
  fc.string({ unit: ASCII, maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  40,
);
const string = text.map(json);
/** As other writers have it. */
const escaped = text.map((value) =>
  json(value).replace(/[a-z]/, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`),
);
const number = fc.oneof(fc.constantFrom(...NUMBERS), fc.double().map(String));
const natural = fc.nat().map(String);
const boolean = fc.constantFrom('true', 'false');
const strange = fc.constantFrom('null', 'nul', 'truex', '{}', '[]', '{"a":1}', '["x"]', "'x'");
const time = fc.constantFrom(...TIMES).map(json);
const EVENT_VALUES = [...EVENTS, 'ws gone', '7'];
/** What only a coordinator writes is read by the parser alone, and is seldom. */
const OFTEN = EVENT_VALUES.filter((value) => !value.startsWith('worker_'));
const event = mostly(fc.constantFrom(...OFTEN), fc.constantFrom(...EVENT_VALUES), 20).map(json);
const words = fc.constantFrom('connection closed', 'Connection Opened', 'x').map(json);
const anyValue = fc.oneof(string, escaped, number, boolean, strange, time, event, words);

/** Fields that mostly have one of few values. */
const FEW = new Map(
  Object.entries({
    closed_by: CLOSED_BY.map(json),
    reason: [...UNLOAD_REASONS, ...SESSION_REASONS].map(json),
    navigation: NAVIGATIONS.map(json),
    error: ['ECONNREFUSED', 'EMFILE: too many open files', 'E', 'ENOBUFS'].map(json),
  }),
);

/** A value that the field may well have. */
function usualValue(field: string): fc.Arbitrary<string> {
  if (field === 'time') return mostly(fc.constant(json(TIME)), time, 12);
  if (field === 'event') return mostly(event, words, 20);
  if (field === 'connection_sequence') return mostly(natural, number, 20);
  if (field === 'close_code') return mostly(fc.constantFrom('1000', '1006', '4001'), number, 20);
  if (field === 'duration_seconds')
    return mostly(
      fc.nat().map((ms) => `${ms / 1000}`),
      number,
      9,
    );
  if (field === 'session_verified' || field === 'was_clean') return mostly(boolean, string, 30);
  const few = FEW.get(field);
  if (few) return mostly(fc.constantFrom(...few, 'null', '""'), string, 9);
  if (field.endsWith('_id')) return mostly(string, number, 20);
  return fc.oneof(string, natural, boolean, words);
}

interface Member {
  key: string;
  value: string;
}

const NEEDED = ['time', 'event', 'session_id', 'connection_sequence', 'client_id'];
const CLOSING = ['close_code', 'duration_seconds'];
const MORE = ['document_id', 'session_verified'];
const SELDOM = ['was_clean', 'closed_by', 'reason', 'navigation', 'parent_session_id', 'error'];

function members({ map }: LogFormat): fc.Arbitrary<Member[]> {
  const memberOf = (field: string): fc.Arbitrary<Member> => {
    const mapped = map[field]?.[0] ?? field;
    const key = mostly(fc.constant(mapped), fc.constant(field), 20);
    return fc.record({ key, value: mostly(usualValue(field), anyValue, 50) });
  };
  const seldom = fc.subarray(SELDOM, { maxLength: 1 }).chain((fields) => some(fields, 50));
  const some = (fields: string[], weight: number) =>
    fc
      .tuple(...fields.map((field) => mostly(memberOf(field), fc.constant(undefined), weight)))
      .map((all) => all.filter((member) => member !== undefined));
  const other = mostly(fc.constantFrom(...HARMLESS), fc.constantFrom(...KEYS), 9).chain(memberOf);
  return fc

    .tuple(
      some(NEEDED, 50),
      some(CLOSING, 30),
      some(MORE, 1),
      seldom,
      fc.array(other, { maxLength: 3 }),
    )
    .map((all) => all.flat())
    .chain((all) => mostly(fc.constant(all), shuffled(all), 1));
}

const shuffled = <T>(all: T[]) => fc.shuffledSubarray(all, { minLength: all.length });

const gap = mostly(fc.constant(''), fc.constantFrom(' ', '  ', '\t'), 240);

function lineOf(all: Member[]): fc.Arbitrary<string> {
  const written = all.map(({ key, value }) => {
    const name = mostly(
      fc.constant(json(key)),
      fc.constant(json(key).replace('_', '\\u005f')),
      300,
    );
    return fc
      .tuple(gap, name, gap, gap, fc.constant(value))
      .map(([before, name, colon, after, value]) => `${before}${name}${colon}:${after}${value}`);
  });
  const begin = mostly(fc.constant('{'), fc.constantFrom('{ ', ' {', '\ufeff{', '[{', ''), 30);
  const end = mostly(
    fc.constantFrom('}', '}\r'),
    fc.constantFrom(' }', '} ', '},', '', '}}', '}\0', '\r}', '}\r\r'),
    30,
  );
  return fc
    .tuple(begin, fc.tuple(...written), end)
    .map(([begin, written, end]) => `${begin}${written.join(',')}${end}`);
}

/** Maps fields to any names, each other's too, and gives events any names, each other's too. */
function anyFormat(): fc.Arbitrary<LogFormat> {
  const key = mostly(
    fc.constantFrom('sid', 'x', ...MESSAGES, ...HARMLESS),
    fc.constantFrom(...KEYS),
    3,
  );
  const path = mostly(
    fc.array(key, { minLength: 1, maxLength: 1 }),
    fc.array(key, { maxLength: 2 }),
    9,
  );
  const options = { maxKeys: 3, noNullPrototype: true };
  const map = fc.dictionary(fc.constantFrom(...FIELD_NAMES), path, options);
  const one = mostly(fc.constantFrom('ws gone', '7'), fc.constantFrom(...EVENT_VALUES), 3);
  const value = fc.array(one, { minLength: 1, maxLength: 2 });
  const events = fc.dictionary(fc.constantFrom(...EVENT_NAMES), value, options);
  const bound = mostly(
    fc.constant(null),
    fc.integer({ min: -1, max: 1 }).map((ms) => Date.parse(TIME) + ms),
    20,
  );
  return fc.record({
    map: mostly(fc.constant({}), map, 6),
    events: mostly(fc.constant({}), events, 6),
    since: bound,
    until: bound,
  });
}

const anyStale = fc.constantFrom('', ' ', '}', '}\n', '\r', '\r\n', '"}', '0}\n').map(Buffer.from);

function anyLog(): fc.Arbitrary<Log> {
  return anyFormat().chain((format) =>
    fc.record({
      lines: fc.array(members(format).chain(lineOf).map(Buffer.from), {
        minLength: 1,
        maxLength: 5,
      }),
      format: fc.constant(format),
      log: mostly<LogName>(fc.constantFrom('server', 'client'), fc.constant('faults'), 20),
      stale: anyStale,
    }),
  );
}

/** Sound lines with some bytes put in, left out or changed. */
function tamperedLog(): fc.Arbitrary<Log> {
  const byte = fc.oneof(fc.constantFrom(...Buffer.from('{}[]",:\\ \0eE+-.0\r')), fc.nat(255));
  const change = fc.record({
    at: fc.nat(360),
    remove: fc.nat(3),
    add: fc.array(byte, { maxLength: 3 }),
  });
  const changes = fc.array(change, { maxLength: 3 });
  const sound = fc.constantFrom(CLOSED, OPENED, ATTEMPT).map((fields) => Buffer.from(json(fields)));
  const line = fc.tuple(sound, changes).map(([bytes, all]) => {
    const tampered = [...bytes];
    for (const { at, remove, add } of all) tampered.splice(at, remove, ...add);
    return Uint8Array.from(tampered);
  });
  return fc.record({
    lines: fc.array(line, { minLength: 1, maxLength: 4 }),
    format: fc.constant(format()),
    log: fc.constant<LogName>('server'),
    stale: anyStale,
  });
}
