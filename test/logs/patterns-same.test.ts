import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, it } from 'vitest';
import { compilePattern } from '../../src/logs/patterns.ts';
import { runs } from '../support/thorough.ts';

const atom = fc.constantFrom(
  'a',
  'b',
  '\\d',
  '\\w',
  '\\S',
  '\\s',
  '.',
  '[^ab]',
  '[a-c]',
  ' ',
  '=',
  '\\[',
  '\\(',
  '\\(?<b>',
  '[(?<b>]',
  '\\b',
  '(?:a|b)',
  '(?:a|ab)',
);
const repeat = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '*?', '+?');
const piece = fc
  .tuple(atom, repeat, fc.boolean())
  .map(([text, times, isCaught]) => ({ text: `${text}${text === '\\b' ? '' : times}`, isCaught }));
const pattern = fc
  .tuple(
    fc.boolean(),
    fc.array(piece, { maxLength: 7 }),
    fc.constantFrom('', '$', '(?:x(?<z>\\d+))?'),
  )
  .map(([isAnchored, pieces, end]) => {
    const body = pieces.map(({ text, isCaught }, n) => (isCaught ? `(?<g${n}>${text})` : text));
    return `${isAnchored ? '^' : ''}${body.join('')}${end}`;
  });
const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', '1', ' ', '=', '[', '(', '<', '>', 'x', '\u00a0', '\n', 'é'),
});

/** What RE2 itself says. */
function wanted(source: string, line: string): Record<string, string> | null {
  const compiled = RE2JS.compile(source);
  const match = compiled.matcher(line);
  if (!match.find()) return null;
  const groups = Object.keys(compiled.namedGroups()).map((name) => [name, match.group(name)]);
  return Object.fromEntries(groups.filter(([, value]) => value !== null));
}

it('a pattern that V8 matches for speed says what RE2 says', () => {
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 8 }), (source, lines) => {
      const own = compilePattern(source);
      for (const line of lines)
        expect(own.exec(line), `${source} on ${line}`).toEqual(wanted(source, line));
    }),
    { numRuns: runs(3000) },
  );
});
