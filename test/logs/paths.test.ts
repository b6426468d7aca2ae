import { describe, expect, it } from 'vitest';
import { valueAt } from '../../src/logs/paths.ts';

describe('valueAt', () => {
  it('walks objects and lists', () => {
    expect(valueAt({ a: [{ b: 1 }] }, ['a', '0', 'b'])).toBe(1);
  });

  it('takes a key with dots in it first, at any level', () => {
    expect(valueAt({ 'a.b': 1, a: { b: 2 } }, ['a', 'b'])).toBe(1);
    expect(valueAt({ a: { 'b.c': 1 } }, ['a', 'b', 'c'])).toBe(1);
    expect(valueAt({ 'a.b': { x: 1 }, a: { b: { c: 2 } } }, ['a', 'b', 'c'])).toBe(2);
  });

  it.each([[['toString']], [['a', 'length']], [['__proto__', 'x']], [['a', 'b']]])(
    'finds nothing at %j, which is not in the line',
    (path) => {
      expect(valueAt({ a: 'text' }, path)).toBeUndefined();
    },
  );

  it('looks into lists of keys and values by key, as OTLP has them', () => {
    const attributes = [
      { key: 'session.id', value: { stringValue: 's1' } },
      { key: 'code', value: { intValue: '1006' } },
    ];
    expect(valueAt({ attributes }, ['attributes', 'session', 'id'])).toBe('s1');
    expect(valueAt({ attributes }, ['attributes', 'code'])).toBe('1006');
    expect(valueAt({ attributes: [null, 7] }, ['attributes', 'code'])).toBeUndefined();
  });
});
