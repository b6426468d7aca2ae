import { describe, expect, it } from 'vitest';
import { compilePattern, PatternError, patternIn } from '../../src/logs/patterns.ts';

/** Of the processor: on a busy machine, more goes by. */
function cpuMs(work: () => void): number {
  const begun = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

describe('a pattern', () => {
  it('gives what its named groups have, but for those that took no part', () => {
    const pattern = compilePattern('(?<event>up|down)(?: code=(?<code>\\d+))?');
    expect(pattern.exec('it is down code=1006')).toEqual({ event: 'down', code: '1006' });
    expect(pattern.exec('it is up')).toEqual({ event: 'up' });
    expect(pattern.exec('it is')).toBeNull();
  });

  it.each([
    '(a',
    '(?=a)b',
    '(?<x>a)\\1',
    '(?<x>a)(?<x>b)',
    '((a{100}){100}){100}',
    'a'.repeat(5000),
  ])('is refused where RE2 would refuse it, or it is too large: %s', (source) => {
    expect(() => compilePattern(source)).toThrow(PatternError);
  });

  it('is refused where its repeats come to very many instructions', () => {
    expect(() => compilePattern('(?<x>(?:\\w*\\s*\\S*){300})z')).toThrow('repeats');
  });

  it.each(['^(a+)+$', '^(?:a|a)*$', '^(\\w+\\s?)*$', '(x+x+)+y'])(
    'ends soon where others would backtrack for ever: %s',
    (source) => {
      const spent = cpuMs(() => {
        for (let n = 0; n < 100; n++) compilePattern(source).exec(`${'a'.repeat(5000)}!`);
      });
      expect(spent).toBeLessThan(2000);
    },
  );

  it('ends in an error where it is slow on very many lines', () => {
    const pattern = compilePattern('^(?<x>(?:\\w*\\s*\\S*){150})(?<y>.*)$');
    const line = 'ab'.repeat(100_000);
    const spent = cpuMs(() => {
      expect(() => {
        for (let n = 0; n < 1000; n++) pattern.exec(line);
      }).toThrow('takes too long');
    });
    expect(spent).toBeLessThan(1500);
  });

  it('stands between slashes where it is one of several values', () => {
    expect(patternIn('/a/b/')).toBe('a/b');
    expect(patternIn('/')).toBeUndefined();
    expect(patternIn('a/b')).toBeUndefined();
  });
});
