import fs, { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  openSessionStorageStore,
  type SessionStorageStore,
} from '../../src/real/session-storage.ts';

/** What the disk does: how much of the next write gets through, and whether files can be cut. */
const disk = { writes: 'whole', cuts: true };

const failure = (code: string) => Object.assign(new Error(`${code}: failed`), { code });
const { writeSync, ftruncateSync } = fs;

function write(fd: number, record: string): number {
  if (disk.writes === 'whole') return writeSync(fd, record);
  if (disk.writes === 'half') return writeSync(fd, record.slice(0, record.length / 2));
  if (disk.writes === 'whole, then fails') writeSync(fd, record);
  throw failure('ENOSPC');
}

function cut(fd: number, length?: number | null): void {
  if (!disk.cuts) throw failure('EIO');
  ftruncateSync(fd, length ?? 0);
}

let directory: string;
let store: SessionStorageStore;
const journal = () => readFileSync(join(directory, 'sessions.ndjson'), 'utf8');

beforeEach(() => {
  vi.spyOn(fs, 'writeSync').mockImplementation(write as typeof writeSync);
  vi.spyOn(fs, 'ftruncateSync').mockImplementation(cut);
  // For those who import them by their names.
  syncBuiltinESMExports();
  directory = mkdtempSync(join(tmpdir(), 'wsdiag-disk-'));
  store = openSessionStorageStore(directory);
  store.tab('a').setItem('n', '1');
});

afterEach(() => {
  disk.writes = 'whole';
  disk.cuts = true;
  store.close();
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  rmSync(directory, { recursive: true });
});

function expectRefused(change: () => void): void {
  try {
    change();
  } catch (error) {
    expect(error).toBeInstanceOf(DOMException);
    expect(error).toMatchObject({ name: 'QuotaExceededError', code: 22 });
    return;
  }
  throw new Error('the change was made');
}

describe.each(['none', 'half', 'whole, then fails'])('a write that gets through: %s', (writes) => {
  it('has not happened, in memory or on disk', () => {
    const before = journal();
    disk.writes = writes;
    expectRefused(() => store.tab('a').setItem('n', '2'));
    expectRefused(() => store.tab('a').removeItem('n'));
    expectRefused(() => store.duplicate('a', 'b'));
    expectRefused(() => store.remove('a'));
    expect(store.tabs()).toEqual(['a']);
    expect(store.tab('a').getItem('n')).toBe('1');
    expect(journal()).toBe(before);
  });

  it('is cut off later when it cannot be at once', () => {
    const before = journal();
    disk.writes = writes;
    disk.cuts = false;
    expectRefused(() => store.tab('a').setItem('n', '2'));
    disk.writes = 'whole';
    expectRefused(() => store.tab('a').setItem('n', '2'));
    disk.cuts = true;
    store.tab('a').setItem('n', '3');
    expect(journal().startsWith(before)).toBe(true);
    expect(journal().slice(before.length)).toMatch(/^\["[0-9a-f]{8}","set","a","n","3"\]\n$/);
  });

  it('leaves the journal as it is when it fails a compaction', () => {
    const before = journal();
    disk.writes = writes;
    store.close();
    expect(journal()).toBe(before);
    disk.writes = 'whole';
    store = openSessionStorageStore(directory);
    expect(store.tab('a').getItem('n')).toBe('1');
  });
});

it('does not open a store that it cannot write, and keeps the code', () => {
  store.close();
  disk.writes = 'none';
  expect(() => openSessionStorageStore(directory)).toThrow(
    expect.objectContaining({ code: 'ENOSPC', message: expect.stringContaining(directory) }),
  );
  disk.writes = 'whole';
  store = openSessionStorageStore(directory);
  expect(store.tab('a').getItem('n')).toBe('1');
});
