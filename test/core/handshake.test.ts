import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeHello,
  encodeWelcome,
  type Hello,
  hasHello,
  helloToQuery,
  isBadHello,
  isId,
  isSequence,
  parseHello,
  parseHelloQuery,
  parseWelcome,
  queryFields,
} from '../../src/core/handshake.ts';

const ALPHABET = [...'ABCXYZabcxyz0189._~-'];
const id = fc.oneof(
  fc.uuid(),
  fc.string({ unit: fc.constantFrom(...ALPHABET), minLength: 1, maxLength: 128 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', '0', '-', 'a'.repeat(128)),
);
const sequence = fc.oneof(
  fc.integer({ min: 1, max: 20 }),
  fc.maxSafeInteger().map((n) => Math.max(1, Math.abs(n))),
  fc.constant(Number.MAX_SAFE_INTEGER),
);
const token = fc.base64String({ minLength: 4, maxLength: 256 });
const hello: fc.Arbitrary<Hello> = fc.record({
  session_id: id,
  connection_sequence: sequence,
  document_id: fc.option(id),
  persistence: fc.constantFrom('session', 'memory'),
  reconnect_token: fc.option(token),
});
const welcome = fc.record({
  client_id: id,
  last_seen_sequence: fc.oneof(fc.constant(0), sequence),
  reconnect_token: fc.option(token),
  ping_interval_ms: fc.option(fc.integer({ min: 1, max: 2 ** 30 - 1 })),
});

const GOOD = { type: 'hello', version: 1, session_id: 's', connection_sequence: 3 };
const frame = (fields: object) => JSON.stringify({ ...GOOD, ...fields });
const problemOf = (text: string) => {
  const parsed = parseHello(text);
  return isBadHello(parsed) ? parsed.problem : null;
};

describe('hello', () => {
  it('comes back from a frame as it went in', () => {
    fc.assert(
      fc.property(hello, (sent) => {
        expect(parseHello(encodeHello(sent))).toEqual(sent);
      }),
    );
  });

  it('comes back from a query string as it went in', () => {
    fc.assert(
      fc.property(hello, (sent) => {
        const query = new URLSearchParams(helloToQuery(sent)).toString();
        expect(parseHelloQuery(new Map(new URLSearchParams(query)))).toEqual(sent);
      }),
    );
  });

  it('needs no more than its type, version, session and number', () => {
    expect(parseHello(frame({}))).toEqual({
      session_id: 's',
      connection_sequence: 3,
      document_id: null,
      persistence: 'session',
      reconnect_token: null,
    });
  });

  it('ignores fields it does not know', () => {
    expect(problemOf(frame({ user: { name: 'x' }, event: 'connection_closed' }))).toBeNull();
  });

  for (const [what, text] of [
    ['empty text', ''],
    ['a cut frame', frame({}).slice(0, -1)],
    ['two frames in one', frame({}) + frame({})],
    ['null', 'null'],
    ['an array', `[${frame({})}]`],
    ['a string', '"hello"'],
    ['a number', '1'],
    ['nesting that is deep', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['an object that nests deep', '{"a":'.repeat(100_000)],
  ] as const) {
    it(`is rejected where it is ${what}`, () => {
      expect(problemOf(text)).toBe('not a JSON object');
    });
  }

  for (const type of [undefined, 'Hello', 'welcome', 1, null, ['hello']]) {
    it(`is rejected with the type ${JSON.stringify(type)}`, () => {
      expect(problemOf(frame({ type }))).toBe('type is not "hello"');
    });
  }

  for (const version of [undefined, 0, 2, 1.5, '1', null]) {
    it(`is rejected with the version ${JSON.stringify(version)}`, () => {
      expect(problemOf(frame({ version }))).toBe('version is not 1');
    });
  }

  const badIds = [
    '',
    ' ',
    'a b',
    'é',
    'a\n',
    '\n',
    '"',
    'a/b',
    'a'.repeat(129),
    7,
    {},
    ['s'],
    true,
  ];
  for (const session_id of [...badIds, undefined, null]) {
    it(`is rejected with the session id ${JSON.stringify(session_id)}`, () => {
      expect(problemOf(frame({ session_id }))).toBe('session_id is not an id');
    });
  }

  for (const document_id of badIds) {
    it(`is rejected with the document id ${JSON.stringify(document_id)}`, () => {
      expect(problemOf(frame({ document_id }))).toBe('document_id is not an id');
    });
  }

  for (const number of ['0', '-1', '1.5', '1e999', '9007199254740992', '"3"', 'null', '[3]']) {
    it(`is rejected with the number ${number}`, () => {
      const text = `{"type":"hello","version":1,"session_id":"s","connection_sequence":${number}}`;
      expect(problemOf(text)).toBe('connection_sequence is not a safe positive integer');
    });
  }

  for (const persistence of ['', 'disk', 1, true]) {
    it(`is rejected with the persistence ${JSON.stringify(persistence)}`, () => {
      expect(problemOf(frame({ persistence }))).toMatch(/^persistence is not/);
    });
  }

  for (const reconnect_token of ['', ' ', 'a"b', 'a'.repeat(257), 1, {}]) {
    it(`is rejected with the token ${JSON.stringify(reconnect_token)}`, () => {
      expect(problemOf(frame({ reconnect_token }))).toBe('reconnect_token is not a token');
    });
  }

  it('tells what could be read of it where it is rejected', () => {
    const parsed = parseHello(frame({ persistence: 'disk', document_id: 'd' }));
    expect(parsed).toMatchObject({
      readable: { session_id: 's', connection_sequence: 3, document_id: 'd' },
    });
  });

  it('tells nothing that is not an id or a number where it is rejected', () => {
    const text = frame({ session_id: '\u001b[31m', connection_sequence: 'x', document_id: {} });
    expect(parseHello(text)).toEqual({ problem: 'session_id is not an id', readable: {} });
  });

  it('takes nothing from a __proto__ key', () => {
    const inner = JSON.stringify(GOOD);
    expect(problemOf(`{"__proto__":${inner}}`)).toBe('type is not "hello"');
    expect(parseHello(`{"__proto__":{"document_id":"x"},${inner.slice(1)}`)).toMatchObject({
      document_id: null,
    });
    expect(({} as Record<string, unknown>).document_id).toBeUndefined();
  });

  it('is a hello or a problem, whatever comes, and never an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(isBadHello(parseHello(text))).toBe(true);
      }),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...Object.keys(GOOD)), fc.jsonValue()),
        (fields) => {
          const parsed = parseHello(frame(fields));
          if (isBadHello(parsed)) return true;
          return isId(parsed.session_id) && isSequence(parsed.connection_sequence);
        },
      ),
    );
  });
});

describe('hello in a query string', () => {
  const query = (text: string) => new Map(new URLSearchParams(text));

  it('is there where a session id is', () => {
    expect(hasHello(query('session_id=s'))).toBe(true);
    expect(hasHello(query('session_id='))).toBe(true);
    expect(hasHello(query('token=1&connection_sequence=3'))).toBe(false);
    expect(hasHello(query(''))).toBe(false);
  });

  it('is of version 1 where it names none', () => {
    expect(parseHelloQuery(query('session_id=s&connection_sequence=3'))).toMatchObject({
      session_id: 's',
      connection_sequence: 3,
    });
  });

  for (const number of [
    '',
    '0',
    '01',
    '-3',
    '+3',
    '1e3',
    '2.5',
    ' 1',
    '0x1',
    'NaN',
    '9'.repeat(16),
  ]) {
    it(`is rejected with the number ${JSON.stringify(number)}`, () => {
      const fields = new Map([
        ['session_id', 's'],
        ['connection_sequence', number],
      ]);
      expect(parseHelloQuery(fields)).toMatchObject({
        problem: 'connection_sequence is not a safe positive integer',
        readable: { session_id: 's' },
      });
    });
  }

  for (const text of [
    'session_id=s',
    'session_id=&connection_sequence=1',
    'session_id=a%20b&connection_sequence=1',
    'session_id=s&connection_sequence=1&version=2',
    'session_id=s&connection_sequence=1&version=',
    'session_id=s&connection_sequence=1&document_id=',
    'session_id=s&connection_sequence=1&persistence=',
    'session_id=s&connection_sequence=1&reconnect_token=%00',
  ]) {
    it(`is rejected as ${text}`, () => {
      expect(isBadHello(parseHelloQuery(query(text)))).toBe(true);
    });
  }
});

describe('the fields of a query string', () => {
  const text = fc.string({ unit: 'binary' }).map((one) => Buffer.from(one).toString());

  it('are those that URLSearchParams finds', () => {
    fc.assert(
      fc.property(fc.dictionary(text, text), (fields) => {
        const query = new URLSearchParams(fields).toString();
        expect(queryFields(query)).toEqual(new Map(new URLSearchParams(query)));
      }),
    );
    expect(queryFields('a&b=&c=1=2&=d')).toEqual(new Map(new URLSearchParams('a&b=&c=1=2&=d')));
  });

  it('are empty where they are there twice, and as they are where they can’t be decoded', () => {
    expect(queryFields('a=1&b=2&a=3')).toEqual(new Map(Object.entries({ a: '', b: '2' })));
    expect(queryFields('a=%zz&b=%ED%A0%80')).toEqual(
      new Map(Object.entries({ a: '%zz', b: '%ED%A0%80' })),
    );
  });
});

describe('welcome', () => {
  it('comes back from a frame as it went in', () => {
    fc.assert(
      fc.property(welcome, (sent) => {
        expect(parseWelcome(encodeWelcome(sent))).toEqual(sent);
      }),
    );
  });

  it('needs no more than its type, version and client id', () => {
    expect(parseWelcome('{"type":"welcome","version":1,"client_id":"c"}')).toEqual({
      client_id: 'c',
      last_seen_sequence: 0,
      reconnect_token: null,
      ping_interval_ms: null,
    });
  });

  const wrong: [fields: object, problem: string][] = [
    [{ type: 'hello' }, 'type is "hello", not "welcome"'],
    [{ type: 'a secret' }, 'type is not "welcome"'],
    [{ version: 2 }, 'version is not 1'],
    [{ version: '1' }, 'version is not 1'],
    [{ client_id: undefined }, 'client_id is not an id of 1 to 128 of A-Z a-z 0-9 . _ ~ -'],
    [{ client_id: '' }, 'client_id is not an id of 1 to 128 of A-Z a-z 0-9 . _ ~ -'],
    [{ client_id: 'a:b' }, 'client_id is not an id of 1 to 128 of A-Z a-z 0-9 . _ ~ -'],
    [{ client_id: 7 }, 'client_id is not an id of 1 to 128 of A-Z a-z 0-9 . _ ~ -'],
    [{ last_seen_sequence: -1 }, 'last_seen_sequence is not 0 or a safe positive integer'],
    [{ last_seen_sequence: 1.5 }, 'last_seen_sequence is not 0 or a safe positive integer'],
    [{ last_seen_sequence: '2' }, 'last_seen_sequence is not 0 or a safe positive integer'],
    [{ last_seen_sequence: 2 ** 53 }, 'last_seen_sequence is not 0 or a safe positive integer'],
    [{ reconnect_token: '' }, 'reconnect_token is not a token'],
    [{ reconnect_token: 'a\nb' }, 'reconnect_token is not a token'],
    [{ reconnect_token: 'a'.repeat(257) }, 'reconnect_token is not a token'],
    [{ ping_interval_ms: '5' }, 'ping_interval_ms is not a number of milliseconds'],
  ];
  it.each(wrong)('is none with %j', (fields, problem) => {
    const sound = { type: 'welcome', version: 1, client_id: 'c' };
    expect(parseWelcome(JSON.stringify({ ...sound, ...fields }))).toEqual({ problem });
  });

  it('is none where it is no JSON object', () => {
    for (const text of ['', '{', 'null', '[]', '"welcome"', '['.repeat(1_000_000)]) {
      expect(parseWelcome(text)).toEqual({ problem: 'not a JSON object' });
    }
  });
});
