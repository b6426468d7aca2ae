import { describe, expect, it } from 'vitest';
import { MAX_LINE_BYTES } from '../../src/logs/columns.ts';
import { SessionIds } from '../../src/logs/session-ids.ts';
import { MAX_SESSIONS } from '../../src/model/record.ts';

function add(ids: SessionIds, id: string, hash: number, check: number): number {
  const bytes = Buffer.from(id);
  return ids.add(bytes, 0, bytes.length, hash, check);
}

describe('session ids', () => {
  it('have an index each, by first appearance', () => {
    const ids = new SessionIds();
    const named = ['a', 'b', 'a', '', 'é', '__proto__', '', 'b'];
    expect(named.map((id) => ids.indexOfText(id))).toEqual([0, 1, 0, 2, 3, 4, 2, 1]);
    expect(ids.size).toBe(5);
    expect([0, 1, 2, 3, 4].map((index) => ids.id(index))).toEqual(['a', 'b', '', 'é', '__proto__']);
  });

  it('are told apart where their hashes are the same, or end in the same slot', () => {
    const ids = new SessionIds();
    const hashes = [1, 1, 1 + 2 ** 20, 1, -2_147_483_647];
    for (const [index, hash] of hashes.entries()) {
      expect(ids.find(hash, index)).toBe(-1);
      expect(add(ids, `id ${index}`, hash, index)).toBe(index);
    }
    expect(hashes.map((hash, index) => ids.find(hash, index))).toEqual([0, 1, 2, 3, 4]);
    expect(ids.id(3)).toBe('id 3');
    expect(ids.find(1, 4)).toBe(-1);
  });

  it('keep their indexes as they become many', () => {
    const ids = new SessionIds();
    const names = Array.from({ length: 20_000 }, (_, n) => `session ${n} ${'x'.repeat(n % 50)}`);
    for (const [index, name] of names.entries()) expect(ids.indexOfText(name)).toBe(index);
    expect(names.every((name, index) => ids.indexOfText(name) === index)).toBe(true);
    expect(names.every((name, index) => ids.id(index) === name)).toBe(true);
    expect(ids).toMatchObject({ size: 20_000, full: false });
  });

  it('are a million at most, and those that are known stay known', () => {
    const ids = new SessionIds();
    for (let n = 0; n < MAX_SESSIONS; n++) ids.indexOfText(`${n}`);
    expect(ids).toMatchObject({ size: MAX_SESSIONS, full: false });
    expect(ids.indexOfText('one more')).toBe(-1);
    expect(ids).toMatchObject({ size: MAX_SESSIONS, full: true });
    expect(ids.indexOfText('999999')).toBe(999_999);
    expect(ids.id(999_999)).toBe('999999');
  });

  it('take 64 MiB at most, all together', () => {
    const ids = new SessionIds();
    const long = (n: number) => `${n}`.padEnd(MAX_LINE_BYTES, '.');
    const indexes = Array.from({ length: 65 }, (_, n) => ids.indexOfText(long(n)));
    expect(indexes).toEqual([...Array(64).keys(), -1]);
    expect(ids).toMatchObject({ size: 64, full: true });
    expect(ids.indexOfText(long(63))).toBe(63);
    expect(ids.id(63) === long(63)).toBe(true);
  });
});
