import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadScenario } from '../../src/scenario/index.ts';
import { runs } from '../support/thorough.ts';
import { problemsOf, scenarioOf, sound } from './support.ts';

const EMPTY = '1:1: the file has no scenario in it; add at least a name, a duration and clients';
const TOO_DEEP = 'nested more than 100 levels deep; a scenario needs five';
const TOO_LONG = 'the file goes on for too long; repeat faults with "every" instead';
const NOT_UTF8 = 'this is not UTF-8; save the file as UTF-8';

/** Whole files, and the first of their problems. */
const FILES: Record<string, [content: string | Uint8Array, problem: string]> = {
  'empty file': ['', EMPTY],
  'only comments': ['# nothing\n\n# here\n', EMPTY],
  'only a document marker': ['---\n', EMPTY],
  'only an end marker': ['...\n', EMPTY],
  'a scalar at the top': ['hello', '1:1: a scenario must be a map of keys, not "hello"'],
  'a list at the top': ['- a', '1:1: a scenario must be a map of keys, not a list'],
  'null at the top': ['null', '1:1: a scenario must be a map of keys, not nothing'],

  'several documents': [
    `${sound()}---\n${sound()}`,
    '5:1: a second document begins here; a scenario is a single one',
  ],
  directive: ['%YAML 1.1\n---\nname: x', '1:1: directives are not supported; remove this line'],
  tab: ['clients:\n\tcount: 1', '2:1: a tab indents this line; use spaces'],
  'key without a colon': ['name x\nduration: 5s', '1:1: expected "key: value" here'],
  'two colons': [
    sound('description: a: b'),
    '5:14: a map begins inside a value; check the indentation, or quote a value with ": " in it',
  ],
  'quote left open': [sound('description: "abc'), '5:14: this " is never closed; add "'],
  'explicit key': [
    sound('? server\n: {}'),
    '5:1: keys marked with "?" are not supported; write "key: value"',
  ],
  'list as a key': [sound('[a]: 1'), '5:1: a key must be plain text'],

  alias: [sound('server: *x'), '5:9: aliases are not supported; write the value out'],
  anchor: [sound('server: &x {}'), '5:12: anchors are not supported; remove the "&" name'],
  'merge key': [sound('<<: {}'), '5:1: merge keys are not supported; write the keys out'],
  'alias bomb': [
    'a: &a [x, x]\nb: [*a, *a]\n',
    `1:1: "name" is missing; add a name of 1 to 64 characters a-z, 0-9 and "-" that begins with a letter or digit`,
  ],
  'core tag': [sound('seed: !!int 5'), '5:13: tags are not supported; remove !!int'],
  'foreign tag': [
    sound('server: !!js/function "x"'),
    '5:23: tags are not supported; remove !!js/function',
  ],
  'tag of a key': [sound('!!str seed: 5'), '5:7: tags are not supported; remove !!str'],
  'anchor of a key': [sound('&x seed: 5'), '5:4: anchors are not supported; remove the "&" name'],
  'own tag': [sound('server: !x {}'), '5:12: tags are not supported; remove !x'],

  'NUL byte': [sound('seed: \0'), '5:7: a control character (\\u{0}) stands here; remove it'],
  'escape character': [
    sound('# \x1b[31m'),
    '5:3: a control character (\\u{1b}) stands here; remove it',
  ],
  'Latin-1': [Buffer.from(sound('description: é'), 'latin1'), `5:14: ${NOT_UTF8}`],
  'UTF-16': [Buffer.from(`\uFEFF${sound()}`, 'utf16le'), `1:1: ${NOT_UTF8}`],
  'bad byte after a byte order mark': [
    Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff]),
    `1:2: ${NOT_UTF8}`,
  ],

  'more than 1 MiB': [
    '#'.repeat(2 ** 20 + 1),
    '1:1: the file is larger than 1 MiB; a scenario is smaller than that',
  ],
  'open brackets': ['['.repeat(2 ** 20), `1:101: ${TOO_DEEP}`],
  'brackets in brackets': ['['.repeat(2 ** 19) + ']'.repeat(2 ** 19), `1:101: ${TOO_DEEP}`],
  'brackets with closers in comments': ['[ # ]\n'.repeat(1e5), `101:1: ${TOO_DEEP}`],
  'brackets after stray closers': [']'.repeat(1e4) + '['.repeat(1e4), `1:10101: ${TOO_DEEP}`],
  'braces in braces': ['{a: '.repeat(2e5), `1:401: ${TOO_DEEP}`],
  'maps without braces in a list': [`[${'a: '.repeat(2e5)}]`, `1:303: ${TOO_DEEP}`],
  'lists in one line': ['- '.repeat(5e5), `1:201: ${TOO_DEEP}`],
  'lists with anchors in one line': ['- &a '.repeat(2e5), `1:501: ${TOO_DEEP}`],
  'maps by indentation': [
    Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''),
    `101:102: ${TOO_DEEP}`,
  ],
  'very many keys': [
    Array.from({ length: 1e5 }, (_, i) => `a${i}:\n`).join(''),
    `33334:7: ${TOO_LONG}`,
  ],
  'very many documents': ['---\n'.repeat(2.5e5), `50001:1: ${TOO_LONG}`],
};

describe('a hostile file is a problem with a place', () => {
  test.each(Object.entries(FILES))('%s', (_, [content, problem]) => {
    expect(problemsOf(content)[0]).toBe(`f.yaml:${problem}`);
  });

  test.each([
    ['description', '1_'.repeat(1e5)],
    ['description', `1${':1'.repeat(1e5)}x`],
    ['settle', '1'.repeat(1e6)],
    ['settle', `"${' '.repeat(1e6)}"`],
    ['expect', `{ losses: "<${' '.repeat(1e6)}x" }`],
    ['k'.repeat(1000), '1'],
  ])(
    'a very long value of %.20s is read in linear time',
    (key, value) => {
      expect(problemsOf(sound(`${key}: ${value}`))).toHaveLength(1);
    },
    5000,
  );
});

describe('what YAML 1.1 and 1.2 read differently is refused', () => {
  test.each([
    ['no', 'quote it'],
    ['Yes', 'quote it'],
    ['on', 'quote it'],
    ['OFF', 'quote it'],
    ['y', 'quote it'],
    ['n', 'quote it'],
    ['2024-01-01', 'quote it'],
    ['012', 'write it without the leading zero, or quote it'],
    ['1_000', 'write it without "_", or quote it'],
    ['1:30', 'write a duration such as 90s, or quote it'],
    ['0o17', 'write it in decimal, or quote it'],
    ['1e3', 'write the number out, or quote it'],
  ])('%s', (value, advice) => {
    expect(problemsOf(sound(`description: ${value}`))).toEqual([
      `f.yaml:5:14: YAML 1.1 and 1.2 read ${value} differently; ${advice}`,
    ]);
    expect(problemsOf(sound(`description: "${value}"`))).toEqual([]);
    expect(problemsOf(sound(`description: x # ${value}`))).toEqual([]);
  });

  test.each(['0x1F', '12', '12.0'])('%s is the same number in both', (seed) => {
    expect(scenarioOf(sound(`seed: ${seed}`)).seed).toBe(Number(seed));
  });
});

describe('values are data', () => {
  test('keys of the prototype are unknown keys like any other', () => {
    const problems = problemsOf(sound('__proto__: { seed: 5 }', 'constructor: 1', 'toString: 1'));
    expect(problems.map((problem) => problem.split(';')[0])).toEqual([
      'f.yaml:5:1: unknown key "__proto__"',
      'f.yaml:6:1: unknown key "constructor"',
      'f.yaml:7:1: unknown key "toString"',
    ]);
    expect(({} as Record<string, unknown>).seed).toBeUndefined();
  });

  test('no value or file name reaches a terminal raw', () => {
    const [problem] = problemsOf(sound('seed: "\\e[31m\\n\\u009b\\u202e"'), 'a\nb\x1b.yaml');
    expect(problem).toBe(
      'a\\u{a}b\\u{1b}.yaml:5:7: "seed" must be a whole number from 0 to 9007199254740991, not "\\u001b[31m\\n\\u{9b}\\u{202e}"',
    );
    expect(scenarioOf(sound('description: "a\\e[31m\\nb"')).description).toBe('a\\u{1b}[31m b');
  });

  test('long values are cut', () => {
    expect(problemsOf(sound(`settle: ${'x'.repeat(1000)}`))[0]).toMatch(/not "x{60}…"$/);
  });
});

describe('no content makes the loader throw', () => {
  const returns = (content: string | Uint8Array) => {
    const result = loadScenario(content, 'f.yaml');
    if (!('problems' in result)) return;
    for (const { line, column, message } of result.problems) {
      expect(line).toBeGreaterThan(0);
      expect(column).toBeGreaterThan(0);
      expect(message).not.toMatch(/Invalid|undefined|\[object|must be ,/);
    }
  };

  test('any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), returns));
  });

  test('any text that looks like YAML', () => {
    const token = fc.constantFrom(
      ...[
        'name',
        'clients',
        'timeline',
        'fault',
        'drop',
        'at',
        'every',
        '1s',
        '5',
        '-',
        '- ',
        ': ',
      ],
      ...[
        '\n',
        '\n  ',
        '{',
        '}',
        '[',
        ']',
        ',',
        '"',
        "'",
        '&a',
        '*a',
        '!t ',
        '|',
        '>',
        '#',
        '?',
        '%',
        '\t',
      ],
    );
    const text = fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join(''));
    fc.assert(fc.property(text, returns), { numRuns: runs(2000) });
  });

  test('any value in any field', () => {
    const field = fc.constantFrom(
      ...[
        'name',
        'description',
        'seed',
        'duration',
        'settle',
        'clients',
        'server',
        'timeline',
        'expect',
      ],
    );
    const inner = fc.constantFrom(
      ...[
        'fault',
        'at',
        'every',
        'from',
        'until',
        'share',
        'count',
        'how',
        'for',
        'findings',
        'losses',
      ],
      ...['recovery_p95', 'heartbeat', 'timeout', 'interval', 'defect', 'name', 'backoff', 'base'],
    );
    const scalar = fc.oneof(
      fc.constantFrom('drop', 'refresh', 'restart_server', '1s', '5ms', '40%', '< 5s', 'none'),
      fc.jsonValue({ maxDepth: 1 }),
    );
    const map = fc.dictionary(inner, fc.oneof(scalar, fc.dictionary(inner, scalar)));
    const value = fc.oneof(scalar, map, fc.array(map, { maxLength: 3 }));
    const file = fc.dictionary(field, value).map((fields) => JSON.stringify(fields));
    fc.assert(fc.property(file, returns), { numRuns: runs(300) });
  });
});
