import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LINE_BYTES } from '../../src/logs/chunk-memory.ts';
import { EVENT_NAMES } from '../../src/logs/events.ts';
import { runs } from '../support/thorough.ts';
import { CLOSE, json, outcome, parse, TIME } from './support.ts';

const close = (fields: object = {}) => json({ ...CLOSE, ...fields });
const NO_EVENT = 'ignored: no-event';
const { event: _, ...UNNAMED } = CLOSE;

describe('createParser', () => {
  it('gives a line as a record', () => {
    const line = close({ document_id: 'd', close_reason: 'bye' });
    expect(parse(line)).toEqual({
      kind: 'record',
      time: Date.parse(TIME),
      event: 'connection_closed',
      session_id: 's',
      connection_sequence: 3,
      client_id: 'c',
      document_id: 'd',
      fields: JSON.parse(line),
    });
  });

  it.each(EVENT_NAMES)('knows %s', (event) => {
    expect(outcome(parse(json({ time: TIME, event })))).toBe(event);
  });

  it('throws for no bytes, and gives each line one of three kinds', () => {
    const bytes = fc.oneof(fc.uint8Array(), fc.string().map(Buffer.from), mutatedLine());
    fc.assert(
      fc.property(bytes, (line) => {
        expect(['record', 'ignored', 'rejected']).toContain(parse(line).kind);
      }),
      { numRuns: runs(2000) },
    );
  });

  it('takes any JSON value for what it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
        expect(parse(json(value)).kind).toBe(isObject ? 'ignored' : 'rejected');
      }),
    );
  });

  it('makes no record of a line that starts like JSON and is none', () => {
    fc.assert(
      fc.property(mutatedLine(), (line) => {
        const text = Buffer.from(line).toString();
        if (parse(line).kind === 'record' && text.startsWith('{')) JSON.parse(text);
      }),
      { numRuns: runs(2000) },
    );
  });

  it('gives the same for the same line, whatever came before', () => {
    const first = parse(close());
    for (const line of ['{', json({ event: 'x' }), close({ session_id: 't' })]) parse(line);
    expect(parse(close())).toEqual(first);
  });

  it('rejects a line over 1 MiB', () => {
    const padded = (bytes: number) =>
      close({ text: 'x'.repeat(bytes - close({ text: '' }).length) });
    expect(outcome(parse(padded(MAX_LINE_BYTES)))).toBe('connection_closed');
    expect(outcome(parse(padded(MAX_LINE_BYTES + 1)))).toBe('rejected: longer than 1 MiB');
  });

  it('ignores a blank line, and what is no connection event', () => {
    expect(outcome(parse(''))).toBe('ignored: blank');
    expect(outcome(parse(json({ time: TIME, event: 'user_signed_in' })))).toBe(NO_EVENT);
    expect(outcome(parse('{}'))).toBe(NO_EVENT);
  });
});

describe('the event of a line', () => {
  it.each(['event', 'msg', 'message', 'name', 'type'])('stands in %s', (field) => {
    expect(outcome(parse(json({ ...UNNAMED, [field]: 'connection_opened' })))).toBe(
      'connection_opened',
    );
  });

  it.each([
    'connection_closed',
    'connection closed',
    'Connection closed',
    'connection-closed',
    'ConnectionClosed',
    'connectionClosed',
    'CONNECTION_CLOSED',
  ])('may be spelt %s', (msg) => {
    expect(outcome(parse(json({ time: TIME, msg })))).toBe('connection_closed');
  });

  it.each([
    'connection closed by peer',
    'connectionclosed',
    'closed',
    '',
    7,
    null,
    ['connection_closed'],
  ])('is not %j', (msg) => {
    expect(outcome(parse(json({ time: TIME, msg })))).toBe(NO_EVENT);
  });

  it('stands where it is mapped to, also where that is another field’s name', () => {
    const line = json({ ...UNNAMED, reason: 'connection_opened', why: 'x' });
    expect(outcome(parse(line, { map: { event: ['reason'], reason: ['why'] } }))).toBe(
      'connection_opened',
    );
  });

  it('is the first of those fields that names one', () => {
    const line = json({
      time: TIME,
      event: 'ws',
      msg: 'connection opened',
      message: 'connection_closed',
    });
    expect(outcome(parse(line))).toBe('connection_opened');
  });

  it.each([
    [{ close_code: 1006, session_id: 's' }],
    [{ closeCode: 4001, clientId: 'c' }],
    [{ close_code: 1000, connection_sequence: 2 }],
    [{ event: 'websocket gone', close_code: 1006, session_id: 's' }],
  ])('is a close where there is a close code and whose it was: %j', (fields) => {
    expect(outcome(parse(json({ time: TIME, ...fields })))).toBe('connection_closed');
  });

  it.each([
    [{ close_code: '1006', session_id: 's' }, { close_code: 1006 }],
    [{ close_code: 1006, duration_seconds: '5.2', session_id: 's' }, { duration_seconds: 5.2 }],
    [{ close_code: 1006, duration: '1m0.5s', session_id: 's' }, { duration_seconds: 60.5 }],
    [{ close_code: 1006, was_clean: 'true', session_id: 's' }, { was_clean: true }],
    [
      { close_code: 1006, session_id: 's', opened_at: '2026-11-23T09:59:50.123Z' },
      { duration_seconds: 10 },
    ],
  ])('has numbers that stand in quotes: %j', (fields, read) => {
    expect(parse(json({ time: TIME, ...fields }))).toMatchObject({
      event: 'connection_closed',
      fields: read,
    });
  });

  it('loses a duration that would have begun before there were WebSockets', () => {
    const aged = (duration_seconds: number, time = TIME) =>
      parse(json({ ...CLOSE, time, duration_seconds }));
    const DECADE = 10 * 365 * 86_400;
    expect(aged(DECADE)).toMatchObject({ unread: undefined, fields: { duration_seconds: DECADE } });
    expect(aged(2 * DECADE)).toMatchObject({
      unread: ['duration_seconds'],
      fields: { duration_seconds: null },
    });
    expect(aged(5, '2001-01-01T00:00:00Z')).toMatchObject({ fields: { duration_seconds: 5 } });
  });

  it('loses a field that can’t be read, and not the line', () => {
    const fields = { ...CLOSE, close_code: 'abnormal', duration_seconds: [5], was_clean: 'so so' };
    expect(parse(json(fields))).toMatchObject({
      kind: 'record',
      session_id: 's',
      unread: ['close_code', 'was_clean', 'duration_seconds'],
    });
    expect(parse(json({ ...CLOSE, close_code: '-', duration_seconds: null }))).toMatchObject({
      kind: 'record',
      unread: undefined,
    });
  });

  it.each([
    [{ close_code: 1006 }],
    [{ close_code: 200, session_id: 's' }],
    [{ close_code: 5000, session_id: 's' }],
    [{ close_code: 1000.5, session_id: 's' }],
    [{ close_code: null, session_id: 's' }],
    [{ close_code: 1006, session_id: null }],
  ])('is none by %j', (fields) => {
    expect(outcome(parse(json({ time: TIME, ...fields })))).toBe(NO_EVENT);
  });

  it('can be told', () => {
    const options = {
      map: { event: ['ctx', 'kind'] },
      events: { connection_closed: ['ws.close'], connection_opened: ['1'] },
    };
    const of = (kind: unknown) => outcome(parse(json({ ...CLOSE, ctx: { kind } }), options));
    expect(of('ws.close')).toBe('connection_closed');
    expect(of(1)).toBe('connection_opened');
    expect(of('connection_failed')).toBe('connection_failed');
    expect(of('ws.ping')).toBe(NO_EVENT);
    expect(of({ toString: 1 })).toBe(NO_EVENT);
  });

  it('is told by a close code only where nobody told what a close is', () => {
    const line = json({ time: TIME, msg: 'closing', close_code: 1000, session_id: 's' });
    expect(outcome(parse(line))).toBe('connection_closed');
    expect(outcome(parse(line, { events: { connection_closed: ['gone'] } }))).toBe(NO_EVENT);
  });
});

describe('the time of a line', () => {
  it.each(['time', 'timestamp', 'ts', '@timestamp', 'asctime'])('stands in %s', (field) => {
    expect(parse(json({ event: 'connection_closed', [field]: TIME }))).toMatchObject({
      time: Date.parse(TIME),
    });
  });

  it('is the first of those that can be read', () => {
    expect(parse(close({ time: 12.5, timestamp: TIME }))).toMatchObject({ time: Date.parse(TIME) });
  });

  it('can be mapped, and is then that', () => {
    const line = close({ at: '2026-11-23T11:00:00Z' });
    expect(parse(line, { map: { time: ['at'] } })).toMatchObject({
      time: Date.parse('2026-11-23T11:00:00Z'),
    });
  });

  it('is the collector’s where the record has none', () => {
    const docker = (record: object) =>
      json({ log: `${json(record)}\n`, stream: 'stdout', time: '2026-11-23T12:00:00Z' });
    expect(parse(docker(CLOSE))).toMatchObject({ time: Date.parse(TIME) });
    expect(parse(docker({ ...CLOSE, time: undefined }))).toMatchObject({
      time: Date.parse('2026-11-23T12:00:00Z'),
    });
  });

  it.each([
    [undefined, 'rejected: no "time"'],
    ['noon', 'rejected: a "time" that is none'],
    [0, 'rejected: a "time" that is none'],
  ])('of %j makes a connection event worthless', (time, expected) => {
    expect(outcome(parse(close({ time })))).toBe(expected);
  });

  it('does not matter where there is no connection event', () => {
    expect(outcome(parse(json({ event: 'x' })))).toBe(NO_EVENT);
  });

  it.each([
    [0, 1, 'connection_closed'],
    [1, 2, 'ignored: out-of-span'],
    [-1, 0, 'ignored: out-of-span'],
  ])('is asked for from %d ms to %d ms from it on: %s', (since, until, expected) => {
    const time = Date.parse(TIME);
    expect(outcome(parse(close(), { since: time + since, until: time + until }))).toBe(expected);
  });
});

describe('the fields of a line', () => {
  it.each([0, -1, 1.5, 2 ** 53, 1e300, 'three', null, [1], true])(
    'have no number where it is %j, which stays to be seen',
    (connection_sequence) => {
      const parsed = parse(close({ connection_sequence }));
      expect(parsed).toMatchObject({ kind: 'record', fields: { connection_sequence } });
      expect(parsed).toHaveProperty('connection_sequence', undefined);
    },
  );

  it.each([
    ['7', '7'],
    ['0', '0'],
    ['"7"', '7'],
    ['9007199254740991', '9007199254740991'],
    ['1e3', '1000'],
    ['""', ''],
    ['"\\ud83d\\ude00"', '😀'],
    ['"\\ud83dx\\ude00"', '\\ud83dx\\ude00'],
    ['9007199254740993', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['null', undefined],
    ['true', undefined],
    ['{}', undefined],
    ['["x"]', undefined],
  ])('have for an id that is %s %j', (value, id) => {
    expect(parse(`${close({}).slice(0, -1)},"parent_session_id":7}`)).toHaveProperty(
      'fields.parent_session_id',
      '7',
    );
    const parsed = parse(
      close({ session_id: 0 }).replace('"session_id":0', `"session_id":${value}`),
    );
    expect(parsed).toHaveProperty('session_id', id);
    expect(parse(close({ client_id: 7, document_id: 8 }))).toMatchObject({
      client_id: '7',
      document_id: '8',
    });
  });

  it('can be mapped, also where they are nested', () => {
    const line = json({
      ts: 1_795_428_000,
      ctx: { session: { id: 's' }, 'seq.no': 2 },
      close_code: 1000,
    });
    const map = { session_id: ['ctx', 'session', 'id'], connection_sequence: ['ctx', 'seq', 'no'] };
    expect(parse(line, { map })).toMatchObject({
      event: 'connection_closed',
      session_id: 's',
      connection_sequence: 2,
      fields: { session_id: 's', connection_sequence: 2, ctx: { session: { id: 's' } } },
    });
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])(
    'do no harm by the name, or the id, %s',
    (name) => {
      const line = `{"${name}":{"event":"connection_failed","time":"x"},"time":"${TIME}","event":"connection_closed","session_id":"${name}"}`;
      expect(parse(line)).toMatchObject({ event: 'connection_closed', session_id: name });
      expect({}).not.toHaveProperty('event');
    },
  );

  it('are not looked for in what every object inherits', () => {
    expect(outcome(parse(`{"__proto__":${close()}}`))).toBe(NO_EVENT);
    const map = { session_id: ['__proto__', 'session_id'], time: ['constructor', 'name'] };
    expect(parse(close(), { map })).toMatchObject({ session_id: 's', time: Date.parse(TIME) });
  });
});

/** A sound line, bare or in an envelope, with some bytes put in, left out or changed. */
function mutatedLine(): fc.Arbitrary<Uint8Array> {
  const docker = json({ log: `${close()}\n`, stream: 'stdout', time: TIME });
  const journal = json({ MESSAGE: close(), __REALTIME_TIMESTAMP: '1795428000123456' });
  const lines = [close(), docker, journal, `${TIME} stdout F ${close()}`, `backend | ${close()}`];
  const byte = fc.oneof(fc.constantFrom(...Buffer.from('{}[]",:\\ \0')), fc.nat(255));
  const change = fc.record({
    at: fc.nat(300),
    remove: fc.nat(3),
    add: fc.array(byte, { maxLength: 3 }),
  });
  return fc
    .tuple(fc.constantFrom(...lines), fc.array(change, { maxLength: 4 }))
    .map(([line, changes]) => {
      const bytes = [...Buffer.from(line)];
      for (const { at, remove, add } of changes) bytes.splice(at, remove, ...add);
      return Uint8Array.from(bytes);
    });
}
