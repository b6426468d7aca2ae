import { describe, expect, it } from 'vitest';
import { UndoLog } from '../../src/core/undo-log.ts';
import { FakeStorage } from '../support/fake-host.ts';

const KEEPS_MS = 1000;

function undoLog(...items: [string, string][]) {
  let now = 0;
  const storage = new FakeStorage(items);
  const log = new UndoLog(storage, () => now, KEEPS_MS);
  const at = (ms: number) => {
    now = ms;
    return log;
  };
  return { items: () => Object.fromEntries(storage.items), at };
}

describe('a storage that can be put back', () => {
  it('is what it was that long ago', () => {
    const { items, at } = undoLog();
    at(0).setItem('a', '1');
    at(100).setItem('a', '2');
    at(200).setItem('a', '3');
    at(200).setItem('b', '1');
    at(250).putBack(100);
    expect(items()).toEqual({ a: '2' });
  });

  it('has again what was removed, and what was cleared', () => {
    const { items, at } = undoLog(['c', 'not ours']);
    at(0).setItem('a', '1');
    at(0).setItem('b', '1');
    at(100).removeItem('a');
    at(200).clear();
    expect(items()).toEqual({});
    at(300).putBack(150);
    expect(items()).toEqual({ b: '1' });
    at(300).putBack(250);
    expect(items()).toEqual({ a: '1', b: '1' });
  });

  it('is as it is where that was now, or where nothing has happened since', () => {
    const { items, at } = undoLog(['a', '1']);
    at(100).setItem('a', '2');
    at(100).putBack(0);
    at(900).putBack(500);
    expect(items()).toEqual({ a: '2' });
  });

  it('goes on from where it was put back to', () => {
    const { items, at } = undoLog();
    for (const ms of [100, 200, 300]) at(ms).setItem('a', `${ms}`);
    at(400).putBack(150);
    at(500).setItem('a', '500');
    at(600).putBack(150);
    expect(items()).toEqual({ a: '200' });
    at(600).putBack(450);
    expect(items()).toEqual({ a: '100' });
  });

  it('can go as far back as it is to, however much is written', () => {
    const { items, at } = undoLog();
    for (let ms = 0; ms <= 20_000; ms++) at(ms).setItem('a', `${ms}`);
    at(20_000).putBack(KEEPS_MS);
    expect(items()).toEqual({ a: `${20_000 - KEEPS_MS}` });
  });
});
