import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainWords, type Unwrapped, unwrapLine } from '../../src/logs/unwrap.ts';
import { runs } from '../support/thorough.ts';
import { json, TIME } from './support.ts';

const RECORD = { a: 1 };
const TEXT = json(RECORD);
const MS = Date.parse(TIME);

const unwrap = (line: string | Buffer): Unwrapped => unwrapLine(Buffer.from(line as string));
const unwrapAll = (line: string) => ({ ...unwrap(line), prefix: undefined });
const docker = (log: string, more: object = {}) =>
  json({ log, stream: 'stdout', time: TIME, ...more });
const journal = (message: unknown) =>
  json({ MESSAGE: message, __REALTIME_TIMESTAMP: `${MS}456`, _PID: '1' });
const cri = (flag: string, line: string) => `${TIME} stdout ${flag} ${line}`;

const whole = (time?: number, writer?: string) => ({
  kind: 'object',
  fields: RECORD,
  time,
  writer,
});
const rejected = (reason: string): Unwrapped => ({ kind: 'rejected', reason });
const CUT = 'cut by a collector at 16 KiB';

describe('unwrapLine', () => {
  it.each<[string, string, number?, string?]>([
    ['a bare object', TEXT],
    ['an object in quotes', json(TEXT)],
    ['spaces and a carriage return around it', ` ${TEXT} \r`],
    ['a byte order mark, as files have that were put together', `\ufeff${TEXT}`],
    ['docker json-file', docker(`${TEXT}\n`), MS],
    ['docker json-file with attributes', docker(`${TEXT}\r\n`, { attrs: { tag: 'x' } }), MS],
    ['what Fluentd makes of it, without a line feed', docker(TEXT, { kubernetes: {} }), MS],
    ['journalctl -o json', journal(TEXT), MS],
    ['journalctl -o json, as bytes', journal([...Buffer.from(TEXT)]), MS],
    ['CRI', cri('F', TEXT), MS],
    ['CRI with further tags', cri('F:x', TEXT), MS],
    ['CRI within docker', docker(`${cri('F', TEXT)}\n`), MS],
    ['docker compose logs', `api-1  | ${TEXT}`, undefined, 'api-1'],
    ['docker compose logs of old', `api_1    | ${TEXT}`, undefined, 'api_1'],
    ['docker compose logs in colour', `\u001b[36mapi-1  | \u001b[0m${TEXT}`, undefined, 'api-1'],
    ['docker compose logs -t', `api-1  | ${TIME} ${TEXT}`, MS, 'api-1'],
    ['kubectl logs --prefix', `[pod/api-a/api] ${TEXT}`, undefined, 'pod/api-a/api'],
    ['kubectl logs --prefix --timestamps', `[pod/a/b] ${TIME} ${TEXT}`, MS, 'pod/a/b'],
    ['docker json-file behind a prefix', `[pod/a/b] ${docker(`${TEXT}\n`)}`, MS, 'pod/a/b'],
    ['a level in front', `INFO     | ${TEXT}`],
    ['a date in front', `2026-11-23 | ${TEXT}`],
    ['a time in front', `${TIME} | ${TEXT}`, MS],
    ['a level in brackets', `[INFO] ${TEXT}`],
    ['syslog', `Nov 23 10:00:00 host backend[812]: ${TEXT}`],
    ['syslog of RFC 5424', `<14>1 ${TIME} host backend 812 - - ${TEXT}`, MS],
    ['a logger in front', `INFO:root: ${TEXT}`],
    ['an access log in front', `10.0.0.1 - - [x] "GET /ws HTTP/1.1" 101 0 ${TEXT}`],
  ])('takes the record out of %s', (_, line, time, writer) => {
    expect(unwrapAll(line)).toEqual(whole(time, writer));
  });

  it.each<[string, string]>([
    ['a torn record before it', `"close_reason":"bye" } ${TEXT}`],
    ['a torn string before it', `"close_reason":"going ${TEXT}`],
    ['no space before it', `1006${TEXT}`],
    ['something behind it', `backend-1 | ${TEXT} x`],
    ['a list in front', `[1] , ${TEXT.slice(0, -1)}`],
  ])('leaves alone what has %s', (_, line) => {
    expect(unwrap(line)).toEqual(rejected('not JSON'));
  });

  it('takes an object for a record where it only resembles an envelope', () => {
    for (const fields of [
      { log: TEXT, stream: 'access', time: TIME },
      { log: { a: 1 }, stream: 'stdout', time: TIME },
      { MESSAGE: TEXT },
      { message: TEXT },
    ]) {
      expect(unwrapAll(json(fields))).toEqual({ kind: 'object', fields, time: undefined });
    }
  });

  it.each(['', ' ', '\t\r', docker('\n'), docker(''), journal(''), cri('F', '')])(
    'finds nothing on %j',
    (line) => {
      expect(unwrap(line)).toEqual({ kind: 'blank' });
    },
  );

  it.each([docker('Listening on :8080\n'), journal('Started.'), cri('F', 'ready "now"')])(
    'takes words that a collector brought whole as words: %j',
    (line) => {
      expect(unwrap(line)).toMatchObject({ kind: 'words' });
    },
  );

  it.each<[string, string, string]>([
    ['half a word at the end of a record', '1006}', 'not JSON'],
    ['control characters', 'Listening\u0007 on :8080', 'not JSON'],
    ['half a record', TEXT.slice(0, -1), 'not JSON'],
    ['half a record in a journal', journal(TEXT.slice(1)), 'not JSON'],
    ['the beginning of a record in docker', docker('{"a":"xxx'), CUT],
    ['the middle of a record in docker', docker('xxx'), CUT],
    ['the end of a record in docker', docker('x"}\n'), 'not JSON'],
    ['a part in CRI', cri('P', '{"a":'), CUT],
    ['the end of a record in CRI', cri('F', '1}'), 'not JSON'],
    ['two records', TEXT + TEXT, 'two records on one line'],
    ['two records in docker', docker(`${TEXT} ${TEXT}\n`), 'two records on one line'],
    ['two records, the second torn', `${TEXT}{"a`, 'two records on one line'],
    ['two records, the first torn', `{"a":"x${TEXT}`, 'not JSON'],
    ['a brace in a string', `{"a":"}{"`, 'not JSON'],
    ['a quote in a string, and two records', `{"a":"\\"}{"}${TEXT}`, 'two records on one line'],
    ['a list', '[]', 'not a JSON object'],
    ['a number', '7', 'not a JSON object'],
    ['a list in docker', docker('[1]\n'), 'not a JSON object'],
    ['NUL bytes', '\0\0\0', 'NUL bytes'],
    ['NUL bytes before a record', `\0\0 ${TEXT}`, 'NUL bytes'],
    ['a NUL in a string', '{"a":"\0"}', 'NUL bytes'],
    ['a message that journalctl left out', journal(null), 'left out by journalctl, see its --all'],
    ['a message of several', journal(['a', 'b']), 'a MESSAGE that is no text'],
    ['bytes in a journal that are no text', journal([0xff]), 'not UTF-8'],
  ])('rejects %s', (_, line, reason) => {
    expect(unwrap(line)).toEqual(rejected(reason));
  });

  it.each([
    'Listening on :8080',
    'Error: read ECONNRESET',
    '    at TCP.onStreamRead (node:internal/stream_base_commons:216:20) {',
    '  errno: -104,',
    "  code: 'ECONNRESET',",
    '}',
    'Traceback (most recent call last):',
    '  File "/usr/src/http.py", line 482, in async_handle',
    '> start { port: 8080 }',
  ])('takes a line between records for words: %s', (line) => {
    expect(unwrap(line)).toMatchObject({ kind: 'words', text: line });
  });

  it('tells words from the prefix that names their container', () => {
    expect(unwrap('\u001b[36mapi-1  | \u001b[0mready')).toMatchObject({
      text: 'ready',
      writer: 'api-1',
    });
  });

  it('keeps the words before a record', () => {
    expect(unwrap(`api-1  | clients/a/connected, ${TEXT}`)).toMatchObject({
      fields: RECORD,
      prefix: 'clients/a/connected, ',
    });
  });

  it('rejects what is not UTF-8, but not a true U+FFFD', () => {
    expect(unwrap(Buffer.from('{"a":"\xff"}', 'latin1'))).toEqual(rejected('not UTF-8'));
    expect(unwrap('{"a":"\ufffd"}')).toMatchObject({ fields: { a: '\ufffd' } });
  });

  it('rejects what is nested too deep to be walked', () => {
    const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(unwrap(nested(99)).kind).toBe('object');
    expect(unwrap(nested(100))).toEqual(rejected('nested too deep'));
    expect(unwrap(nested(500_000))).toEqual(rejected('nested too deep'));
    expect(unwrap('{"a":'.repeat(200_000))).toEqual(rejected('not JSON'));
    expect(unwrap('x '.repeat(200_000) + nested(1))).toMatchObject({ kind: 'object' });
  });

  it('does not follow envelopes within envelopes for ever', () => {
    let line = TEXT;
    for (let wraps = 0; wraps < 12; wraps++) line = docker(`${line}\n`);
    expect(unwrap(line)).toMatchObject({ kind: 'object', fields: { stream: 'stdout' } });
  });

  it('keeps a __proto__ key as data', () => {
    const unwrapped = unwrap(docker('{"__proto__":{"polluted":1}}\n'));
    expect(Object.keys(unwrapped.kind === 'object' ? unwrapped.fields : {})).toEqual(['__proto__']);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('plainWords', () => {
  it('has most lines of words', () => {
    const line = `${TIME} [ws] "a" connected conn=1 | x`;
    expect(plainWords(Buffer.from(line))).toBe(line);
  });

  it('has no line that may be something else', () => {
    const word = fc.constantFrom(
      ...[
        'stdout',
        'stderr',
        'F',
        'P',
        '|',
        '[pod/a/b]',
        'api-1',
        'api',
        '[1]',
        '"a"',
        '-5',
        '2e3',
      ],
      ...['true', 'null', '[', ']', '"', '{', '}', '\u001b[0m', 'é', '\t', '\r', '\0', TIME, ''],
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        const line = words.join(' ');
        if (plainWords(Buffer.from(line)) === undefined) return;
        const unwrapped = unwrap(line);
        if (unwrapped.kind === 'rejected') expect(unwrapped).toEqual(rejected('not JSON'));
        else
          expect(unwrapped).toEqual({
            kind: 'words',
            text: line,
            time: undefined,
            writer: undefined,
          });
      }),
      { numRuns: runs(3000) },
    );
  });
});
