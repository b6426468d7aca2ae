import { describe, expect, it } from 'vitest';
import { PROBLEM_REPORTERS, withSource } from '../../src/cli/problems.ts';
import { displayWidth } from '../../src/report/text-width.ts';
import { toProblems } from '../../src/yaml/placer.ts';
import type { Problem } from '../../src/yaml/problem.ts';
import { EVIL } from '../report/results.ts';

/** A mistake at what is marked by `^` in a file of these lines. */
function problemIn(marked: string, message = 'wrong'): Problem {
  const offset = marked.indexOf('^');
  const [problem] = toProblems('a.yaml', marked.replace('^', ''), [{ offset, message }]);
  return problem as Problem;
}

describe('a mistake with its line', () => {
  it.each([
    ['a: 1\nb: { c: ^2 }\nd: 3', 'a.yaml:2:9: wrong', '  b: { c: 2 }', '          ^'],
    ['^a: 1\r\n', 'a.yaml:1:1: wrong', '  a: 1', '  ^'],
    ['a: ^', 'a.yaml:1:4: wrong', '  a: ', '     ^'],
    ['\ta:\t^1', 'a.yaml:1:5: wrong', '   a: 1', '      ^'],
    ['::warn: ^x', 'a.yaml:1:9: wrong', '  \\u003a:warn: x', '               ^'],
    [':^: x', 'a.yaml:1:2: wrong', '  \\u003a: x', '        ^'],
    ['^:: x', 'a.yaml:1:1: wrong', '  \\u003a: x', '  ^'],
    ['a: ^::', 'a.yaml:1:4: wrong', '  a: ::', '     ^'],
    ['##[a]: ^x', 'a.yaml:1:8: wrong', '  #\\u0023[a]: x', '              ^'],
    ['日本: ^語', 'a.yaml:1:5: wrong', '  日本: 語', '        ^'],
    ['\u001b[2J: ^x', 'a.yaml:1:7: wrong', '  \\u001b[2J: x', '             ^'],
  ])('%j', (marked, ...lines) => {
    expect(withSource(problemIn(marked)).split('\n')).toEqual(lines);
  });

  it('is told alone where its line is blank, or there is no file', () => {
    expect(withSource(problemIn('a: 1\n^\n'))).toBe('a.yaml:2:1: wrong');
    const nowhere = { file: null, line: null, column: null, path: 'a.b', message: 'wrong' };
    expect(withSource({ ...nowhere, source: null })).toBe('a.b: wrong');
  });

  it.each([
    'x'.repeat(500),
    '語'.repeat(500),
    EVIL.replaceAll('\n', '').repeat(50),
    '👩‍👩‍👧'.repeat(99),
  ])('shows what is around its place in a long line', (long) => {
    const [, line = '', caret = ''] = withSource(problemIn(`${long}^HERE${long}`)).split('\n');
    expect(displayWidth(line)).toBeLessThanOrEqual(80);
    expect(displayWidth(line.slice(0, line.indexOf('HERE')))).toBe(caret.indexOf('^'));
  });
});

describe('mistakes for programs', () => {
  const problems = [problemIn('^a', EVIL), problemIn('a: ^b', '100 % "wrong"')];

  it('are an array', () => {
    expect(JSON.parse(PROBLEM_REPORTERS.json(problems))).toEqual([
      { file: 'a.yaml', line: 1, column: 1, message: EVIL },
      { file: 'a.yaml', line: 1, column: 4, message: '100 % "wrong"' },
    ]);
    expect(PROBLEM_REPORTERS.json(problems)).not.toContain('\u001b');
  });

  it('are annotations of GitHub', () => {
    const [first, second] = PROBLEM_REPORTERS.github(problems).split('\n');
    expect(first).toMatch(/^::error file=a\.yaml,line=1,col=1::/);
    expect(first).not.toContain('\u001b');
    expect(second).toBe('::error file=a.yaml,line=1,col=4::100 %25 "wrong"');
  });
});
