import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import wrapAnsi from 'wrap-ansi';
import { cutTo, displayWidth, folded, padded, wrapped } from '../../src/report/text-width.ts';
import { codePoint } from '../support/code-points.ts';
import { isThorough, runs } from '../support/thorough.ts';

const FAMILY = '👨‍👩‍👧‍👦';
const WIDTHS: [text: string, width: number][] = [
  ['plain', 5],
  ['é', 1],
  ['e\u0301', 1],
  ['日本', 4],
  ['한국', 4],
  ['ｱｲｳ', 3],
  ['ｶﾞ', 2],
  ['Ａ１', 4],
  ['🦆', 2],
  [FAMILY, 2],
  ['👍🏽', 2],
  ['🇩🇪', 2],
  ['🇩🇪🇫🇷', 4],
  ['1️⃣', 2],
  ['❤️', 2],
  ['…', 1],
  ['', 0],
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...WIDTHS.map(([one]) => one)), fc.string({ unit: codePoint })), {
    maxLength: 100,
    size: 'max',
  })
  .map((parts) => parts.join('').replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ''));
const width = fc.integer({ min: 8, max: 40 });

describe('the width of text', () => {
  it.each(WIDTHS)('of “%s” is %i', (one, columns) => {
    expect(displayWidth(one)).toBe(columns);
  });

  it('is the same in pieces as at once', () => {
    fc.assert(
      fc.property(text, (one) => {
        expect(displayWidth(one)).toBe(stringWidth(one));
      }),
      { numRuns: runs(300) },
    );
  });

  it('of text that is a column a character is the same, too', () => {
    for (let code = 0x20; code < 0x2800; code += 1) {
      const one = String.fromCharCode(code);
      if (/[\p{Cc}\p{Zl}\p{Zp}\p{M}]/u.test(one)) continue;
      expect([one, displayWidth(one)]).toEqual([one, stringWidth(one)]);
    }
  });

  it('is told of long text, too', () => {
    // Segmented at once, as much as the long tests have takes longer than a test may.
    const length = isThorough ? 300_000 : 30_000;
    expect(displayWidth('日'.repeat(length))).toBe(2 * length);
  });
});

describe('cut text', () => {
  it('keeps whole graphemes', () => {
    expect(cutTo(FAMILY.repeat(3), 6)).toBe(FAMILY.repeat(3));
    expect(cutTo(FAMILY.repeat(3), 5)).toBe(`${FAMILY.repeat(2)}…`);
    expect(cutTo(FAMILY.repeat(3), 4)).toBe(`${FAMILY}…`);
    expect(cutTo('🇩🇪🇫🇷🇮🇹', 4)).toBe('🇩🇪…');
    expect(cutTo('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…');
  });

  it('is a beginning, and fits', () => {
    fc.assert(
      fc.property(text, width, (one, columns) => {
        const cut = cutTo(one, columns);
        expect(displayWidth(cut)).toBeLessThanOrEqual(columns);
        if (displayWidth(one) <= columns) expect(cut).toBe(one);
        else expect(one.startsWith(cut.slice(0, -1))).toBe(true);
      }),
      { numRuns: runs(300) },
    );
  });

  it('costs no look at what is beyond it', () => {
    expect(cutTo('日'.repeat(2 ** 26), 5)).toBe('日日…');
  });
});

describe('text in lines', () => {
  it('is broken at spaces, by what it takes on a terminal', () => {
    expect(wrapped('日本 日本 日本', 10)).toEqual(['日本 日本', '日本']);
    expect(wrapped('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrapped('one two-three-four', 6)).toEqual(['one', 'two-three-four']);
    expect(wrapped('', 6)).toEqual(['']);
  });

  it('is broken as `wrap-ansi` breaks it, but for spaces beside each other', () => {
    const words = fc.array(fc.oneof(text, fc.string({ unit: fc.constantFrom('a', '’', '日') })));
    fc.assert(
      fc.property(words, width, (all, columns) => {
        const one = all.join(' ').replaceAll(/ +/g, ' ').normalize().trim();
        expect(wrapped(one, columns)).toEqual(wrapAnsi(one, columns).split('\n'));
      }),
      { numRuns: runs(300) },
    );
  });

  it('is broken within words where it must fit', () => {
    expect(folded(`ab ${FAMILY.repeat(3)}`, 5)).toEqual([`ab ${FAMILY}`, FAMILY.repeat(2)]);
    expect(folded('ｶﾞｶﾞ', 3)).toEqual(['ｶﾞ', 'ｶﾞ']);
  });

  it('fits', () => {
    fc.assert(
      fc.property(text, width, (one, columns) => {
        for (const line of folded(one, columns)) {
          expect(displayWidth(line)).toBeLessThanOrEqual(columns);
        }
      }),
      { numRuns: runs(300) },
    );
  });
});

it('is padded to columns, not characters', () => {
  expect(padded('日本', 6)).toBe('日本  ');
  expect(padded('e\u0301', 3)).toBe('e\u0301  ');
});
