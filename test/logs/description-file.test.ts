import { describe, expect, it } from 'vitest';
import { loadDescription } from '../../src/logs/description-file.ts';
import { formatProblem } from '../../src/yaml/problem.ts';
import { json, outcome, parse } from './support.ts';

const GATEWAY = String.raw`
name: gateway
pattern:
  - '^(?<time>\S+) \[ws\] webchat (?<event>connected|disconnected)(?: code=(?<close_code>\d+))? conn=(?<client_id>\w+)'
  - '^(?<time>\S+) \[ws\] (?<event>gone) (?<client_id>\w+) after (?<elapsed>\d+)'
time: { from: ts, zone: Europe/Berlin }
event: [evt, event, msg]
events:
  connection_opened: [ws_connected, ws_reconnected, connected]
  connection_closed: [ws_timeout, disconnected, gone, 7, '/^Client (?<client_id>\S+) disconnected: (?<close_code>\d+)/']
fields:
  session_id: [remote_addr, user_agent]
  client_id: conn
  close_code: { from: [code, error], pattern: '(?<close_code>\d{4})' }
  duration_seconds: { from: elapsed, unit: ms }
  opened_at: start_time
where: { kind: [ws, '/^web/'] }
`;

function load(text: string) {
  const loaded = loadDescription(text, 'f.yaml');
  if ('problems' in loaded) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.value;
}

const problems = (text: string) => {
  const loaded = loadDescription(text, 'f.yaml');
  return 'problems' in loaded ? loaded.problems.map(formatProblem) : [];
};

const read = (line: string | object, text = GATEWAY) =>
  parse(
    typeof line === 'string' ? line : json({ ts: '2026-07-10 10:00:00', kind: 'ws', ...line }),
    {
      description: load(text),
    },
  );

describe('a log that is described', () => {
  it.each([['ws_connected'], ['ws_reconnected'], ['connection_opened'], ['connected']])(
    'has several names for one event, beside those that are known: %s',
    (evt) => {
      expect(outcome(read({ evt }))).toBe('connection_opened');
    },
  );

  it('has events in the first of several places that a line has', () => {
    expect(outcome(read({ msg: 'ws_timeout' }))).toBe('connection_closed');
    expect(outcome(read({ evt: 'other', msg: 'ws_timeout' }))).toBe('ignored: no-event');
    expect(outcome(read({ evt: 7 }))).toBe('connection_closed');
  });

  it('has fields in the pattern of an event', () => {
    expect(read({ msg: 'Client c7 disconnected: 1006' })).toMatchObject({
      event: 'connection_closed',
      client_id: 'c7',
      fields: { close_code: 1006 },
    });
  });

  it('has times in its zone', () => {
    expect(read({ evt: 'connected' })).toMatchObject({ time: Date.parse('2026-07-10T08:00:00Z') });
    expect(read({ evt: 'connected', ts: '2026-12-10 10:00:00' })).toMatchObject({
      time: Date.parse('2026-12-10T09:00:00Z'),
    });
    expect(read({ evt: 'connected', ts: '2026-07-10T10:00:00Z' })).toMatchObject({
      time: Date.parse('2026-07-10T10:00:00Z'),
    });
  });

  it('makes fields of several, of a part, in a unit, and of when it began', () => {
    const line = {
      evt: 'gone',
      remote_addr: '::1',
      user_agent: 'x/1',
      conn: 7,
      error: 'close 1006!',
    };
    expect(read({ ...line, elapsed: '1500' })).toMatchObject({
      session_id: '::1 x/1',
      client_id: '7',
      fields: { close_code: 1006, duration_seconds: 1.5 },
    });
    expect(read({ ...line, start_time: '2026-07-10 09:59:00' })).toMatchObject({
      fields: { duration_seconds: 60 },
    });
    expect(read({ ...line, user_agent: undefined })).toMatchObject({ session_id: '::1' });
  });

  it('is about WebSockets only where it has what it must have', () => {
    const of = (kind: unknown) => outcome(read({ evt: 'connected', kind }));
    expect(of('webchat')).toBe('connection_opened');
    expect(of(['x', 'ws'])).toBe('connection_opened');
    expect(of('http')).toBe('ignored: no-event');
    expect(of(undefined)).toBe('ignored: no-event');
  });

  const WORDS = GATEWAY.replace(/where:.*/, 'one_session: true');

  it('may be words, which the first pattern that matches reads', () => {
    const line = '2026-04-19T12:56:19.555+08:00 [ws] webchat disconnected code=1005 conn=024da93c';
    expect(read(line, WORDS)).toMatchObject({
      event: 'connection_closed',
      time: Date.parse('2026-04-19T04:56:19.555Z'),
      session_id: 'gateway',
      client_id: '024da93c',
      fields: { close_code: 1005 },
    });
    expect(read('2026-04-19T12:56:19Z [ws] gone a1 after 1500', WORDS)).toMatchObject({
      fields: { duration_seconds: 1.5 },
    });
    expect(outcome(read('2026-04-19T12:56:19Z [http] GET /', WORDS))).toBe('ignored: no-event');
  });

  it('may be words that a collector wrapped, or that look like half a record', () => {
    const words = '2026-04-19T12:56:19Z [ws] webchat connected conn=a1';
    const docker = json({ log: `${words}\n`, stream: 'stdout', time: '2026-04-19T12:56:20Z' });
    for (const line of [`api-1  | ${words}`, docker, `${words} "a": "b"}`]) {
      expect(outcome(read(line, WORDS)), line).toBe('connection_opened');
    }
  });

  it('gives way to what the command line says', () => {
    const line = json({ at: 'x', time: '2026-07-10T10:00:00Z', kind: 'ws', conn: 'a', sid: 's' });
    const options = {
      description: load(GATEWAY),
      map: { event: ['at'], client_id: ['sid'] },
      events: { connection_closed: ['x'] },
    };
    expect(parse(line, options)).toMatchObject({ event: 'connection_closed', client_id: 's' });
  });
});

describe('a description', () => {
  it('says where time and event stand, which are no keys of fields', () => {
    expect(problems('fields: { time: ts, event: evt, session_id: s }\n')).toEqual([
      'f.yaml:1:11: unknown key "time"; "time" stands at the top level, beside "fields"',
      'f.yaml:1:21: unknown key "event"; "event" stands at the top level, beside "fields"',
    ]);
  });

  it('tells all its mistakes, each at its place', () => {
    expect(
      problems(
        [
          'evnt: evt',
          "pattern: '(a'",
          'time: { zone: Europe/Berln }',
          "events: { connection_closed: [a, '/(?=x)/'] }",
          'fields: { duration_seconds: { from: x, unit: msec }, sesion_id: x }',
          'one_session: often',
        ].join('\n'),
      ),
    ).toEqual([
      'f.yaml:1:1: unknown key "evnt"; did you mean "event"?',
      'f.yaml:2:10: "pattern" must be a regular expression that RE2 knows (missing closing )), not "(a"',
      'f.yaml:3:15: "zone" must be a time zone such as Europe/Berlin, not "Europe/Berln"',
      'f.yaml:4:34: an entry of "connection_closed" must be a /pattern/ that RE2 knows (invalid or unsupported Perl syntax: `(?=`), not "/(?=x)/"',
      'f.yaml:5:46: unknown value for "unit": "msec"; did you mean "ms"?',
      'f.yaml:5:54: unknown key "sesion_id"; did you mean "session_id"?',
      'f.yaml:6:14: "one_session" must be true or false, not "often"',
    ]);
  });

  it.each(['', '[]', '7', 'a: *b', 'where: { __proto__: x }', `pattern: ${'['.repeat(200)}`, '\0'])(
    'is refused, or does no harm: %j',
    (text) => {
      expect(problems(text).join('\n')).toMatch(text.startsWith('where') ? /^$/ : /^f\.yaml:1:/);
    },
  );
});
