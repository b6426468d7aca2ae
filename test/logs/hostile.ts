import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { CLOSE, json } from './support.ts';

/**
 * Logs that are damaged, or made to do harm: what each holds, and what must become of it. The tests of
 * parts read them line by line; those of the command line run them as they are.
 */
export interface Hostile {
  name: string;
  /** Writes what is to be read into an empty directory; gives what to name on the command line. */
  make(directory: string): string;
  /** Writes into the FIFO that `make` made, once it is being read. */
  feed?(file: string): Promise<void>;
  /** Happens to the file once some of it has been read, and before all has. */
  during?(file: string): void;
  /** Happens to the file once all of it has been read, and before it is read again. */
  between?(file: string): void;
  /** Lines by what becomes of them; null where that can't be told. */
  lines: { records: number; ignored: number; rejected: number } | null;
  /** Reasons of the rejected lines, each once, in their order. */
  reasons: string[];
  /** Codes of doubts that are not about a single line. */
  doubts: string[];
  exit: 0 | 1 | 2 | 3;
  /** What standard error has where nothing can be read. */
  error?: string;
  /** What must not reach the terminal as it is. */
  unprintable?: string[];
  /** More than can be held. */
  isLarge?: true;
  /** Nothing stops root, who may read anything. */
  isForbidden?: true;
}

const KIB = 1024;
const MIB = 1024 * KIB;

const close = (n: number, fields: object = {}): string =>
  json({
    ...CLOSE,
    connection_sequence: n,
    client_id: `c${n}`,
    duration_seconds: 1,
    ...timed(n),
    ...fields,
  });

const timed = (n: number) => ({ time: new Date(Date.UTC(2026, 10, 23, 10, n)).toISOString() });

/** Three connections of one session, in order: 1, 2 and 3. */
const SOUND = [1, 2, 3].map((n) => `${close(n)}\n`);
const [FIRST = '', SECOND = '', THIRD = ''] = SOUND;

/** Lines among sound ones: `SOUND` with something after the second. */
const among = (...lines: string[]): string =>
  FIRST + SECOND + lines.map((line) => `${line}\n`).join('') + THIRD;

const docker = (log: string): string => json({ log, stream: 'stdout', ...timed(2) });

type Outcome = Partial<Omit<Hostile, 'name' | 'make' | 'lines'>>;

/** A file of that content; three records come of it, and what else is said. */
function file(
  name: string,
  content: string | Buffer | (() => string | Buffer),
  counts: Partial<NonNullable<Hostile['lines']>> = {},
  outcome: Outcome = {},
): Hostile {
  return {
    name,
    make: (directory) => written(directory, typeof content === 'function' ? content() : content),
    lines: { records: 3, ignored: 0, rejected: 0, ...counts },
    reasons: [],
    doubts: [],
    exit: 0,
    ...outcome,
  };
}

/** A file with lines that are rejected. */
function damaged(
  name: string,
  content: string | Buffer | (() => string | Buffer),
  reasons: string[],
  counts: Partial<NonNullable<Hostile['lines']>> = {},
  outcome: Outcome = {},
): Hostile {
  return file(
    name,
    content,
    { rejected: reasons.length, ...counts },
    { reasons, exit: 3, ...outcome },
  );
}

/** What there is no reading. */
function unreadable(name: string, make: Hostile['make'], error: string): Hostile {
  return { name, make, lines: null, reasons: [], doubts: [], exit: 2, error };
}

/** A fourth close with a number that is none. */
const badNumber = (value: string): Hostile =>
  file(
    `a connection_sequence of ${value}`,
    among(
      close(2, { client_id: 'c9' }).replace(
        '"connection_sequence":2',
        `"connection_sequence":${value}`,
      ),
    ),
    { records: 4 },
    { exit: 1 },
  );

const ESCAPES = '\u001b]0;owned\u0007\u001b[2J\u202e\u2066\u200b\r\n::error::forged\n';

function written(directory: string, content: string | Buffer): string {
  const name = path.join(directory, 'server.ndjson');
  fs.writeFileSync(name, content);
  return name;
}

/** A file with a hole of NUL bytes, which takes no time to write. */
function sparse(directory: string, before: string, hole: number, after: string): string {
  const name = written(directory, before);
  fs.truncateSync(name, before.length + hole);
  fs.appendFileSync(name, after);
  return name;
}

function fifo(directory: string): string {
  const name = path.join(directory, 'server.fifo');
  execFileSync('mkfifo', [name]);
  return name;
}

const nested = (depth: number): string =>
  close(2, { client_id: 'c9', nest: '' }).replace(
    '"nest":""',
    `"nest":${'['.repeat(depth)}${']'.repeat(depth)}`,
  );

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

/** A log that takes several reads. */
const LONG_LINES = 20_000;
const longLog = (directory: string): string =>
  written(
    directory,
    SOUND.join('') + `{"event":"chatter","of":"${'x'.repeat(170)}"}\n`.repeat(LONG_LINES),
  );

/** A log in which something is wrong, so that what is wrong is looked for in a second reading. */
const AGAIN = SOUND.join('') + THIRD;

export const HOSTILE: Hostile[] = [
  // Nothing to judge.
  file('an empty file', '', { records: 0 }, { doubts: ['no-connections'], exit: 3 }),
  file(
    'a file of blank lines',
    '\n\n \n\t\r\n',
    { records: 0, ignored: 4 },
    { doubts: ['no-connections'], exit: 3 },
  ),
  file(
    'a log without a connection event',
    '{"time":"2026-11-23T10:00:00Z","event":"boot"}\n{}\n',
    { records: 0, ignored: 2 },
    { doubts: ['no-connections'], exit: 3 },
  ),
  file(
    'a log that is no log',
    'Lorem ipsum\ndolor sit\n',
    { records: 0, ignored: 2 },
    { doubts: ['no-connections'], exit: 3 },
  ),
  damaged(
    'a binary file',
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0x0a, 0xff, 0xfe, 0x0a]),
    ['NUL bytes', 'not UTF-8'],
    { records: 0 },
    { doubts: ['no-connections'] },
  ),

  // Lines that are cut, joined or garbled.
  file(
    'a last line without a line feed',
    SOUND.join('').trimEnd(),
    {},
    { doubts: ['log-truncated'], exit: 3 },
  ),
  damaged(
    'a last line that is cut',
    SOUND.join('') + close(4).slice(0, 60),
    ['not JSON'],
    {},
    { doubts: ['log-truncated'] },
  ),
  file('words in the middle', among('x'.repeat(100)), { records: 3, ignored: 1 }),
  damaged('garbage in the middle', among('x\u0001'.repeat(100)), ['not JSON']),
  damaged(
    'bytes of garbage in the middle',
    Buffer.concat([
      Buffer.from(FIRST + SECOND),
      Buffer.from([0xfe, 0x80, 0x31, 0x0a]),
      Buffer.from(THIRD),
    ]),
    ['not UTF-8'],
  ),
  damaged(
    'two records on one line',
    FIRST + SECOND.trimEnd() + THIRD,
    ['two records on one line'],
    { records: 1 },
  ),
  damaged(
    'half a record, and a whole one behind it',
    FIRST + SECOND.slice(0, 80) + THIRD,
    ['not JSON'],
    { records: 1 },
  ),
  damaged(
    'a record over two lines',
    FIRST + SECOND + THIRD.replace(',"close_code"', '\n,"close_code"'),
    ['not JSON'],
    { records: 2, rejected: 2 },
  ),
  damaged(
    'a record that docker split at 16 KiB',
    () => {
      const long = `${close(2, { text: 'x'.repeat(40 * KIB) })}\n`;
      const parts = [0, 16, 32].map((at) => docker(long.slice(at * KIB, (at + 16) * KIB)));
      return FIRST + parts.map((part) => `${part}\n`).join('') + THIRD;
    },
    ['cut by a collector at 16 KiB', 'not JSON'],
    { records: 2, rejected: 3 },
  ),
  damaged(
    'a record that containerd split at 16 KiB',
    () => {
      const long = close(2, { text: 'x'.repeat(20 * KIB) });
      const part = (flag: string, text: string) => `${timed(2).time} stdout ${flag} ${text}\n`;
      return FIRST + part('P', long.slice(0, 16 * KIB)) + part('F', long.slice(16 * KIB)) + THIRD;
    },
    ['cut by a collector at 16 KiB', 'not JSON'],
    { records: 2 },
  ),
  damaged(
    'a record that was split without a word',
    () => {
      const long = close(2, { text: 'x'.repeat(20 * KIB) });
      return `${FIRST + long.slice(0, 16 * KIB)}\n${long.slice(16 * KIB)}\n${THIRD}`;
    },
    ['not JSON'],
    { records: 2, rejected: 2 },
  ),
  file('a line of 1 MiB', () => among(padded(MIB)), { ignored: 1 }),
  damaged('a line of 1 MiB and a byte', () => among(padded(MIB + 1)), ['longer than 1 MiB']),
  {
    ...damaged('a line of 600 MB', '', ['longer than 1 MiB']),
    make: (directory) => sparse(directory, `${FIRST + SECOND}{"x":"`, 600 * MIB, `"}\n${THIRD}`),
    isLarge: true,
  },
  {
    ...damaged(
      '600 MB without a line feed',
      '',
      ['longer than 1 MiB'],
      {},
      { doubts: ['log-truncated'] },
    ),
    make: (directory) => sparse(directory, `${SOUND.join('')}x`, 600 * MIB, 'x'),
    isLarge: true,
  },

  // Encodings.
  damaged(
    'invalid UTF-8',
    Buffer.concat([
      Buffer.from(FIRST),
      Buffer.from(SECOND.replace('"c2"', '"c\xff"'), 'latin1'),
      Buffer.from(THIRD),
    ]),
    ['not UTF-8'],
    { records: 2 },
  ),
  damaged(
    'UTF-8 that is overlong, or of surrogates',
    Buffer.from(among('{"a":"\xc0\xaf"}', '{"a":"\xed\xa0\x80"}'), 'latin1'),
    ['not UTF-8'],
    { rejected: 2 },
  ),
  file('a byte order mark', `\ufeff${SOUND.join('')}`),
  file('byte order marks of files put together', `\ufeff${FIRST}\ufeff${SECOND}${THIRD}`),
  file('UTF-16 LE', utf16(`\ufeff${SOUND.join('')}`)),
  file('UTF-16 BE', utf16(`\ufeff${SOUND.join('')}`).swap16()),
  file('UTF-16 without a byte order mark', utf16(SOUND.join(''))),
  damaged('UTF-16 with half a character', utf16(`\ufeff${among('{"a":"\ud800"}')}`), ['not UTF-8']),
  damaged(
    'UTF-16 after UTF-8',
    Buffer.concat([Buffer.from(FIRST + SECOND), utf16(THIRD)]),
    ['NUL bytes'],
    { records: 2, rejected: 2 },
    { doubts: ['log-truncated'] },
  ),
  file('CRLF', SOUND.join('').replaceAll('\n', '\r\n')),
  file('U+2028, U+2029 and U+0085 in a string', among(json({ text: 'a\u2028b\u2029c\u0085d' })), {
    ignored: 1,
  }),
  damaged(
    'a tail of NUL bytes',
    Buffer.concat([Buffer.from(SOUND.join('')), Buffer.alloc(4 * KIB)]),
    ['NUL bytes'],
    {},
    { doubts: ['log-truncated'] },
  ),
  damaged(
    'a hole of NUL bytes',
    Buffer.concat([Buffer.from(FIRST + SECOND), Buffer.alloc(4 * KIB), Buffer.from(THIRD)]),
    ['NUL bytes'],
    { records: 2 },
  ),

  // Values.
  ...['"3"', '0', '-1', '1.5', '9007199254740993', '1e400', 'null', '[2]', '{}', 'true'].map(
    badNumber,
  ),
  file(
    'a number above 2^53 that is sound up to there',
    SOUND.join('') +
      `${close(4).replace('"connection_sequence":4', '"connection_sequence":9007199254740991')}\n`,
    { records: 4 },
  ),
  file(
    'keys named __proto__ and constructor',
    among(
      '{"__proto__":{"event":"connection_closed","polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    ),
    { ignored: 1 },
  ),
  file(
    'sessions named __proto__ and constructor',
    among(
      close(1, { session_id: '__proto__' }),
      close(1, { session_id: 'constructor' }),
      close(1, { session_id: 'hasOwnProperty' }),
    ),
    { records: 6 },
  ),
  file(
    'a word of a million letters behind a pair',
    () => among(`a=1 b=2 c=3 ${'b'.repeat(1_000_000)}`),
    {
      records: 3,
      ignored: 1,
    },
  ),
  file(
    'a key of half a million capitals',
    () => among(json({ [`duration${'A'.repeat(500_000)}1`]: 1 })),
    {
      records: 3,
      ignored: 1,
    },
  ),
  file('quotes and braces without end', () => among(`x ${'" [ 1 '.repeat(100_000)}`), {
    records: 3,
    ignored: 1,
  }),
  damaged('nesting of 100', among(nested(100)), ['nested too deep']),
  damaged('nesting of 400,000', () => among(nested(400_000)), ['nested too deep']),
  damaged('nesting of a million', () => among(nested(1_000_000)), ['longer than 1 MiB']),
  file('nesting of 900,000 that never ends', () => among('['.repeat(900_000)), {
    records: 3,
    ignored: 1,
  }),
  damaged('a close without a time', among(close(2, { time: undefined })), ['no "time"']),
  damaged('a close at no time', among(close(2, { time: 'noon' })), ['a "time" that is none']),
  damaged('JSON that is no object', among('[]', 'null', '7', '"text"'), ['not a JSON object'], {
    rejected: 4,
  }),
  file(
    'terminal escapes, bidi marks and forged lines in every field',
    among(
      ...[8, 8].map((n) =>
        close(n, {
          session_id: `s${ESCAPES}`,
          client_id: `c${ESCAPES}`,
          document_id: ESCAPES,
          close_reason: ESCAPES,
          closed_by: ESCAPES,
          [ESCAPES]: ESCAPES,
        }),
      ),
    ),
    { records: 5 },
    {
      exit: 1,
      unprintable: ['\u001b]0', '\u001b[2J', '\u0007', '\u202e', '\u2066', '\u200b', '\n::error::'],
    },
  ),
  damaged(
    'terminal escapes in a line that is none',
    among(`\u001b[2J\u202e::error::forged`),
    ['not JSON'],
    {},
    { unprintable: ['\u001b[2J', '\u202e', '\n::error::'] },
  ),

  // Compressed.
  file('gzip', gzipSync(SOUND.join(''))),
  file('gzip of several members', Buffer.concat(SOUND.map((line) => gzipSync(line)))),
  file(
    'gzip that is cut',
    () => gzipSync(SOUND.join('')).subarray(0, -8),
    {},
    { doubts: ['log-truncated'], exit: 3 },
  ),
  file(
    'gzip that is damaged',
    () => {
      const bytes = gzipSync(SOUND.join(''));
      bytes.writeUInt32LE(0, bytes.length - 8);
      return bytes;
    },
    { records: 0 },
    { doubts: ['log-truncated', 'no-connections'], exit: 3 },
  ),
  file(
    'what only begins like gzip',
    Buffer.from([0x1f, 0x8b, 0, 0, 0]),
    { records: 0 },
    { doubts: ['log-truncated', 'no-connections'], exit: 3 },
  ),
  {
    ...damaged(
      'a gzip bomb of 1 GiB',
      '',
      ['longer than 1 MiB'],
      {},
      { doubts: ['log-truncated'] },
    ),
    make(directory) {
      const member = gzipSync(Buffer.alloc(16 * MIB, 'x'));
      const members = [gzipSync(SOUND.join('')), ...Array<Buffer>(64).fill(member)];
      return written(directory, Buffer.concat(members));
    },
    isLarge: true,
  },

  // Files that are none, or change.
  {
    ...file('a FIFO', ''),
    make: fifo,
    feed: (name) => fs.promises.writeFile(name, SOUND.join('')),
  },
  {
    ...file('a file that is replaced while it is read', '', { ignored: LONG_LINES }),
    make: longLog,
    during: replace,
  },
  {
    // How much of it is read by then is nobody's business.
    ...file('a file that is cut while it is read', ''),
    lines: null,
    reasons: ['not JSON'],
    doubts: ['log-changed', 'log-truncated'],
    exit: 3,
    make: longLog,
    during: (name) => fs.truncateSync(name, 10),
  },
  {
    ...file('a file that is replaced before it is read again', AGAIN, { records: 4 }),
    doubts: ['log-changed'],
    exit: 3,
    between: replace,
  },
  {
    ...file('a file that is written anew before it is read again', AGAIN, { records: 4 }),
    doubts: ['log-changed'],
    exit: 3,
    between: (name) => fs.writeFileSync(name, 'another log\n'.repeat(AGAIN.length)),
  },
  {
    ...file('a file that is cut before it is read again', AGAIN, { records: 4 }),
    doubts: ['log-changed'],
    exit: 3,
    between: (name) => fs.truncateSync(name, FIRST.length),
  },
  {
    ...unreadable(
      'a file that is removed before it is read again',
      (directory) => written(directory, AGAIN),
      'no such file or directory',
    ),
    between: fs.unlinkSync,
  },
  unreadable(
    'a missing file',
    (directory) => path.join(directory, 'none.ndjson'),
    'no such file or directory',
  ),
  unreadable('a directory without logs', (directory) => directory, 'no logs'),
  unreadable(
    'a pattern that matches nothing',
    (directory) => path.join(directory, '*.ndjson'),
    'no file matches',
  ),
  {
    ...unreadable('a file without permission', forbidden, 'permission denied'),
    isForbidden: true,
  },
];

function padded(bytes: number): string {
  const empty = json({ text: '' });
  return json({ text: 'x'.repeat(bytes - empty.length) });
}

function replace(name: string): void {
  fs.renameSync(name, `${name}.old`);
  fs.writeFileSync(name, 'not this one\n');
}

function forbidden(directory: string): string {
  const name = written(directory, SOUND.join(''));
  fs.chmodSync(name, 0);
  return name;
}
