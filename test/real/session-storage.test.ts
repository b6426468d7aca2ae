import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openSessionStorageStore,
  QUOTA_CODE_UNITS,
  type SessionStorageStore,
  StorageLockedError,
} from '../../src/real/session-storage.ts';
import { QuotaExceededError } from '../../src/real/web-storage.ts';
import { isThorough, runs } from '../support/thorough.ts';

let root: string;
let made = 0;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'wsdiag-storage-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function freshDirectory(): string {
  return join(root, `store-${made++}`);
}

function journalOf(directory: string): string {
  return join(directory, 'sessions.ndjson');
}

function use<T>(directory: string, work: (store: SessionStorageStore) => T): T {
  const store = openSessionStorageStore(directory);
  try {
    return work(store);
  } finally {
    store.close();
  }
}

/** All that a store holds: tab, then key, then value, in order. */
function contents(store: SessionStorageStore): [string, [string, string | null][]][] {
  return store.tabs().map((name) => {
    const tab = store.tab(name);
    const keys = Array.from({ length: tab.length }, (_, index) => tab.key(index) ?? '');
    return [name, keys.map((key) => [key, tab.getItem(key)])];
  });
}

/** The journal of a process that did this and was killed. */
function journalAfter(work: (store: SessionStorageStore) => void): Buffer {
  const directory = freshDirectory();
  return use(directory, (store) => {
    work(store);
    return readFileSync(journalOf(directory));
  });
}

/** Opens a store that has this journal. */
function openWith(journal: string | Uint8Array): { directory: string; store: SessionStorageStore } {
  const directory = freshDirectory();
  mkdirSync(directory);
  writeFileSync(journalOf(directory), journal);
  return { directory, store: openSessionStorageStore(directory) };
}

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a store', () => {
  it('gives the same object for a tab each time', () => {
    use(freshDirectory(), (store) => {
      expect(store.tab('a')).toBe(store.tab('a'));
      expect(store.tab('a')).not.toBe(store.tab('b'));
    });
  });

  it('keeps tabs apart, whatever their names', () => {
    const names = ['a', 'b', '', '__proto__', 'constructor', '\n', '\ud800'];
    const directory = freshDirectory();
    use(directory, (store) => {
      for (const name of names) store.tab(name).setItem('name', `of ${name}`);
    });
    use(directory, (store) => {
      expect(store.tabs()).toEqual(names);
      expect(names.map((name) => store.tab(name).getItem('name'))).toEqual(
        names.map((name) => `of ${name}`),
      );
    });
  });

  it('names only the tabs that hold something', () => {
    use(freshDirectory(), (store) => {
      store.tab('empty');
      store.tab('b').setItem('x', '1');
      store.tab('a').setItem('x', '1');
      expect(store.tabs()).toEqual(['b', 'a']);
      store.tab('b').clear();
      expect(store.tabs()).toEqual(['a']);
    });
  });

  it('copies a tab, and the copy goes its own way', () => {
    const directory = freshDirectory();
    use(directory, (store) => {
      store.tab('a').setItem('n', '1');
      const copy = store.duplicate('a', 'b');
      expect(copy).toBe(store.tab('b'));
      store.tab('a').setItem('n', '2');
      copy.setItem('n', '7');
      expect(store.duplicate('nothing', 'c')).toHaveLength(0);
    });
    use(directory, (store) => {
      expect(contents(store)).toEqual([
        ['a', [['n', '2']]],
        ['b', [['n', '7']]],
      ]);
    });
  });

  it('refuses to copy over a tab that holds something', () => {
    use(freshDirectory(), (store) => {
      store.tab('a').setItem('n', '1');
      store.tab('b').setItem('n', '2');
      expect(() => store.duplicate('a', 'b')).toThrow('tab "b" already holds items');
      expect(store.tab('b').getItem('n')).toBe('2');
    });
  });

  it('forgets a removed tab, and its object can harm no successor', () => {
    const directory = freshDirectory();
    use(directory, (store) => {
      const old = store.tab('a');
      old.setItem('n', '1');
      store.remove('a');
      store.remove('never there');
      expect(store.tabs()).toEqual([]);
      store.tab('a').setItem('n', '5');
      expect(old.getItem('n')).toBeNull();
      for (const change of [
        () => old.setItem('n', '2'),
        () => old.removeItem('n'),
        () => old.clear(),
      ]) {
        expect(thrownBy(change)).toMatchObject({ name: 'InvalidStateError' });
      }
    });
    use(directory, (store) => expect(contents(store)).toEqual([['a', [['n', '5']]]]));
  });

  it('refuses changes once closed, and closes twice', () => {
    const store = openSessionStorageStore(freshDirectory());
    const tab = store.tab('a');
    tab.setItem('n', '1');
    store.close();
    store.close();
    expect(thrownBy(() => tab.setItem('n', '2'))).toMatchObject({ name: 'InvalidStateError' });
    expect(tab.getItem('n')).toBe('1');
  });

  it('is refused when it is open already', () => {
    const directory = freshDirectory();
    use(directory, () => {
      expect(() => openSessionStorageStore(directory)).toThrow(StorageLockedError);
    });
    openSessionStorageStore(directory).close();
  });

  it('says why a directory cannot be used, and keeps the code', () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    const error = thrownBy(() => openSessionStorageStore(join(file, 'store')));
    expect(error).toMatchObject({ code: 'ENOTDIR' });
    expect(error).toHaveProperty('message', expect.stringContaining(join(file, 'store')));
  });

  it('leaves nothing but its journal when closed', () => {
    const directory = freshDirectory();
    use(directory, (store) => store.tab('a').setItem('n', '1'));
    expect(readdirSync(directory)).toEqual(['sessions.ndjson']);
  });

  it('holds what a plain map holds, however it is used and reopened', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    // Any UTF-16 code unit, so lone surrogates too.
    const unit = fc.nat(0xffff).map((code) => String.fromCharCode(code));
    const text = fc.oneof(fc.constantFrom('k', 'getItem', '__proto__'), fc.string({ unit }));
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.tuple(fc.constant('set' as const), name, text, text) },
      fc.tuple(fc.constant('delete' as const), name, text),
      fc.tuple(fc.constant('clear' as const), name),
      fc.tuple(fc.constant('remove' as const), name),
      fc.tuple(fc.constant('duplicate' as const), name, name),
      fc.tuple(fc.constant('reopen' as const)),
      fc.tuple(fc.constant('crash' as const)),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const model = new Map<string, Map<string, string>>();
        let directory = freshDirectory();
        let store = openSessionStorageStore(directory);
        for (const [kind, tab = '', key = '', value = ''] of steps) {
          if (kind === 'set') {
            store.tab(tab).setItem(key, value);
            model.set(tab, (model.get(tab) ?? new Map()).set(key, value));
          } else if (kind === 'delete') {
            store.tab(tab).removeItem(key);
            model.get(tab)?.delete(key);
          } else if (kind === 'clear') {
            store.tab(tab).clear();
            model.delete(tab);
          } else if (kind === 'remove') {
            store.remove(tab);
            model.delete(tab);
          } else if (kind === 'duplicate') {
            const from = model.get(tab);
            if (!model.has(key)) {
              store.duplicate(tab, key);
              if (from) model.set(key, new Map(from));
            }
          } else {
            const journal = readFileSync(journalOf(directory));
            store.close();
            if (kind === 'crash') ({ directory, store } = openWith(journal));
            else store = openSessionStorageStore(directory);
            expect(store.damage).toEqual([]);
          }
          if (model.get(tab)?.size === 0) model.delete(tab);
          expect(contents(store)).toEqual([...model].map(([tab, items]) => [tab, [...items]]));
        }
        store.close();
      }),
      { numRuns: runs(200) },
    );
  });
});

describe('the quota', () => {
  const full = 'x'.repeat(QUOTA_CODE_UNITS - 1);

  it('is 5 Mi code units of keys and values, for each tab, a copy, and after reopening', () => {
    const directory = freshDirectory();
    use(directory, (store) => {
      const tab = store.tab('a');
      tab.setItem('k', full);
      const error = thrownBy(() => tab.setItem('l', ''));
      expect(error).toBeInstanceOf(QuotaExceededError);
      expect(error).toBeInstanceOf(DOMException);
      expect(error).toMatchObject({
        name: 'QuotaExceededError',
        code: 22,
        quota: null,
        requested: null,
      });
      expect(thrownBy(() => tab.setItem('k', `${full}x`))).toBeInstanceOf(QuotaExceededError);
      expect(tab.getItem('k')).toBe(full);
      expect(tab.getItem('l')).toBeNull();
      store.tab('b').setItem('k', 'x');
      expect(() => store.duplicate('a', 'c').setItem('l', '')).toThrow('code units');
    });
    use(directory, (store) => {
      expect(() => store.tab('a').setItem('l', '')).toThrow('code units');
    });
  });

  it('has room again for what is removed, replaced or cleared', () => {
    use(freshDirectory(), (store) => {
      const tab = store.tab('a');
      tab.setItem('', 'x');
      tab.setItem('k', full.slice(1));
      tab.removeItem('k');
      tab.setItem('l', full.slice(1));
      tab.setItem('l', 'short');
      tab.setItem('k', full.slice(7));
      expect(() => tab.setItem('m', '')).toThrow('code units');
      tab.clear();
      tab.setItem('m', full);
      expect(tab.length).toBe(1);
    });
  });
});

describe('the journal', () => {
  it('has a record before setItem returns', () => {
    const directory = freshDirectory();
    use(directory, (store) => {
      for (const n of ['1', '2', '3']) {
        store.tab('a').setItem('n', n);
        const lines = readFileSync(journalOf(directory), 'utf8').trimEnd().split('\n');
        expect(JSON.parse(lines.at(-1) ?? '').slice(1)).toEqual(['set', 'a', 'n', n]);
      }
    });
  });

  it('is not written to by what changes nothing', () => {
    const directory = freshDirectory();
    use(directory, (store) => {
      store.tab('a').setItem('n', '1');
      const { size } = statSync(journalOf(directory));
      store.tab('a').setItem('n', '1');
      store.tab('a').removeItem('absent');
      store.tab('b').clear();
      store.duplicate('c', 'd');
      store.remove('c');
      expect(statSync(journalOf(directory)).size).toBe(size);
    });
  });

  it('is ASCII whatever it holds', () => {
    const journal = journalAfter((store) => {
      store.tab('tab é').setItem('\ud800 \u{1f600}', '\udfff\0\n\u2028\x7f');
    });
    expect(/^[\n\x20-\x7e]*$/.test(journal.toString('latin1'))).toBe(true);
  });

  it('is compacted as it grows, when opened and when closed', () => {
    const directory = freshDirectory();
    const size = () => statSync(journalOf(directory)).size;
    const store = openSessionStorageStore(directory);
    const empty = size();
    for (let i = 0; i < 100; i++) store.tab('a').setItem('k', `${i} ${'x'.repeat(200_000)}`);
    expect(size()).toBeLessThan(17_000_000);
    store.tab('a').setItem('k', '');
    store.remove('a');
    store.close();
    expect(size()).toBe(empty);
    const { store: next, directory: copy } = openWith(
      journalAfter((other) => {
        for (let i = 0; i < 9; i++) other.tab('a').setItem('n', `${i}`);
      }),
    );
    expect(readFileSync(journalOf(copy), 'utf8').trimEnd().split('\n')).toHaveLength(2);
    expect(next.tab('a').getItem('n')).toBe('8');
    next.close();
  });

  it('is not disturbed by what an interrupted compaction left', () => {
    const directory = freshDirectory();
    use(directory, (store) => store.tab('a').setItem('n', '1'));
    writeFileSync(`${journalOf(directory)}.tmp`, 'half a jour');
    use(directory, (store) => {
      expect(store.damage).toEqual([]);
      expect(store.tab('a').getItem('n')).toBe('1');
    });
    expect(readdirSync(directory)).toEqual(['sessions.ndjson']);
  });
});

describe('a damaged journal', () => {
  const NUMBERS = ['9', '10'];
  const count = (store: SessionStorageStore) => {
    for (const n of NUMBERS) {
      store.tab('a').setItem('n', n);
      store.tab('b').setItem('n', `${n} é]`);
    }
  };

  function expectSetAside(journal: string | Uint8Array, reason?: string): void {
    const { directory, store } = openWith(journal);
    expect(store.tabs()).toEqual([]);
    const kept = `${journalOf(directory)}.damaged-1`;
    expect(store.damage).toMatchObject([{ file: journalOf(directory), kept_as: kept }]);
    if (reason !== undefined) expect(store.damage[0]?.reason).toBe(reason);
    expect(readFileSync(kept).equals(Buffer.from(journal))).toBe(true);
    store.tab('a').setItem('n', '1');
    store.close();
    use(directory, (next) => {
      expect(next.damage).toEqual([]);
      expect(contents(next)).toEqual([['a', [['n', '1']]]]);
    });
  }

  it('loses nothing but an unterminated record, wherever it is cut', () => {
    const journal = journalAfter(count);
    const header = journal.indexOf('\n') + 1;
    for (let length = 0; length < journal.length; length += isThorough ? 1 : 9) {
      const cut = journal.subarray(0, length);
      if (length < header) {
        expectSetAside(cut);
        continue;
      }
      const { store } = openWith(cut);
      const whole = cut.toString('latin1').split('\n').slice(1, -1);
      const last = (tab: string) =>
        whole.map((line) => JSON.parse(line)).findLast((record) => record[2] === tab)?.[4] ?? null;
      expect(store.tab('a').getItem('n')).toBe(last('a'));
      expect(store.tab('b').getItem('n')).toBe(last('b'));
      const torn = cut.at(-1) === 0x0a ? [] : [{ reason: 'torn-record', line: whole.length + 2 }];
      expect(store.damage).toMatchObject(torn);
      expect(store.damage).toHaveLength(torn.length);
      store.close();
    }
  });

  it('is set aside whole, whichever byte is altered', () => {
    const journal = journalAfter(count);
    for (let at = 0; at < journal.length; at += isThorough ? 1 : 15) {
      const old = journal[at] as number;
      const ways = [old ^ 0x01, old ^ 0x20, old ^ 0xff, 0x00, 0x0a, 0x5d];
      const own = at % ways.length;
      for (const byte of new Set(isThorough ? ways : ways.slice(own, own + 1))) {
        if (byte === old) continue;
        const altered = Buffer.from(journal);
        altered[at] = byte;
        expectSetAside(altered);
      }
    }
  });

  it('is set aside when a line is lost, doubled or out of place', () => {
    const lines = journalAfter(count).toString().split('\n');
    const [header, first, second, ...rest] = lines;
    expectSetAside([header, second, ...rest].join('\n'), 'checksum-mismatch');
    expectSetAside([header, first, first, second, ...rest].join('\n'), 'checksum-mismatch');
    expectSetAside([header, second, first, ...rest].join('\n'), 'checksum-mismatch');
  });

  it.each([
    ['is empty', '', 'empty-file'],
    ['has no header', '["00000000","clear","a"]\n', 'header-missing'],
    [
      'is of a version to come',
      '{"format":"wsdiag-session-storage","version":2}\n',
      'version-unknown',
    ],
    ['is of another format', '{"format":"other","version":1}\n', 'header-missing'],
  ])('is set aside when it %s', (_name, journal, reason) => expectSetAside(journal, reason));

  it.each([
    ['NUL bytes', Buffer.alloc(100)],
    ['invalid UTF-8', Buffer.from([0xc3, 0x28, 0xff])],
    ['foreign text', Buffer.from('hello')],
    ['a foreign line', Buffer.from('hello\n')],
    ['an empty line', Buffer.from('\n')],
  ])('is set aside when it ends in %s', (_name, end) => {
    expectSetAside(Buffer.concat([journalAfter(count), end]), 'checksum-mismatch');
  });

  it('is set aside when a record with a good checksum has no known shape', () => {
    // Sealed as the store would: FNV-1a of 32 bits, over the header and then the rest of the line.
    const hash = (text: string, seed: number) =>
      [...text].reduce((h, c) => Math.imul(h ^ c.charCodeAt(0), 0x01000193) >>> 0, seed);
    const header = '{"format":"wsdiag-session-storage","version":1}';
    for (const body of ['"set","a","n"]', '"set","a","n",1]', '"jump","a"]', '"set"', ']']) {
      const checksum = hash(body, hash(header, 0x811c9dc5)).toString(16).padStart(8, '0');
      expectSetAside(`${header}\n["${checksum}",${body}\n`, 'record-unknown');
    }
  });

  it('is reported with its line and offset', () => {
    const journal = journalAfter(count).toString();
    const offset = journal.split('\n').slice(0, 3).join('\n').length + 1;
    const { store } = openWith(journal.replace('"10"', '"99"'));
    expect(store.damage).toMatchObject([{ line: 4, offset, reason: 'checksum-mismatch' }]);
    store.close();
  });

  it('is kept beside those kept before', () => {
    const { directory, store } = openWith('first');
    store.close();
    writeFileSync(journalOf(directory), 'second');
    use(directory, ({ damage }) => expect(damage[0]?.kept_as).toMatch(/\.damaged-2$/));
    expect(readFileSync(`${journalOf(directory)}.damaged-1`, 'utf8')).toBe('first');
    expect(readFileSync(`${journalOf(directory)}.damaged-2`, 'utf8')).toBe('second');
  });

  it('reports a torn record once, and goes on after it', () => {
    const { directory, store } = openWith(
      Buffer.concat([journalAfter(count), Buffer.from('["0123')]),
    );
    expect(store.damage).toMatchObject([{ reason: 'torn-record', line: 6 }]);
    expect(store.damage[0]).not.toHaveProperty('kept_as');
    store.tab('a').setItem('n', '13');
    const crashed = join(root, 'crashed');
    openSessionStorageStore(crashed).close();
    copyFileSync(journalOf(directory), journalOf(crashed));
    store.close();
    use(crashed, (next) => {
      expect(next.damage).toEqual([]);
      expect(next.tab('a').getItem('n')).toBe('13');
    });
  });

  it('is found though the file was only added to by hand', () => {
    const directory = freshDirectory();
    use(directory, count);
    appendFileSync(journalOf(directory), '["00000000","set","a","n","1"]\n');
    use(directory, (store) => expect(store.tabs()).toEqual([]));
  });
});

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** Runs a fixture that may make no file larger than so many blocks. */
function runWithFileLimit(blocks: number, name: string, directory: string): string {
  const script = `ulimit -f ${blocks}; exec "$0" "$@"`;
  const args = ['-c', script, process.execPath, fixture(name), directory];
  return spawnSync('sh', args, { encoding: 'utf8', input: '' }).stdout;
}

describe.runIf(process.platform !== 'win32')('a file that can grow no further', () => {
  it('makes setItem throw, and memory and journal both have the old value', () => {
    const directory = freshDirectory();
    const { failure, items } = JSON.parse(runWithFileLimit(8, 'storage-filler.mjs', directory));
    expect(failure).toMatchObject({ name: 'QuotaExceededError', code: 22 });
    expect(failure.cause).toMatch(/EFBIG|no space left/);
    expect(items.s).toBe('1');
    use(directory, (store) => {
      expect(store.damage).toEqual([]);
      expect({ ...store.tab('a') }).toEqual(items);
    });
  });

  it('makes opening fail with the code, and leaves nothing behind', () => {
    const directory = freshDirectory();
    expect(runWithFileLimit(0, 'storage-holder.mjs', directory)).toBe('Error EFBIG\n');
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('kill -9', () => {
  /** Kills a counting process once it has printed so many lines; gives the last number of each tab. */
  async function countAndKill(directory: string, lines: number): Promise<Map<string, number>> {
    const child = spawn(process.execPath, [fixture('storage-counter.mjs'), directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let seen = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      for (const byte of chunk) if (byte === 0x0a) seen++;
      if (seen >= lines) child.kill('SIGKILL');
    });
    const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    const [opening, ...printed] = output.split('\n').slice(0, -1);
    expect(opening).toBe('opening');
    return new Map(
      printed.map((line) => {
        const [tab = '', number] = line.split(' ');
        return [tab, Number(number)] as const;
      }),
    );
  }

  it('at any instant loses no number that was printed', async () => {
    const directory = freshDirectory();
    const spent = new Map<string, number>();
    for (let round = 0; round < (isThorough ? 30 : 1); round++) {
      // From "in the middle of opening" up to a dozen compactions.
      const printed = await countAndKill(directory, 1 + ((round * 397) % 1500));
      for (const [tab, number] of printed) spent.set(tab, number);
      use(directory, (store) => {
        expect(store.damage.filter(({ reason }) => reason !== 'torn-record')).toEqual([]);
        let underWay = 0;
        for (let tab = 0; tab < 5; tab++) {
          const stored = Number(store.tab(`tab-${tab}`).getItem('n') ?? '0');
          const last = spent.get(`tab-${tab}`) ?? 0;
          expect(stored).toBeGreaterThanOrEqual(last);
          underWay += stored - last;
          spent.set(`tab-${tab}`, stored);
        }
        expect(underWay).toBeLessThanOrEqual(1);
      });
    }
  });
});
