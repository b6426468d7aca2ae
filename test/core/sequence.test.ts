import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFor } from '../../src/core/random.ts';
import {
  DOCUMENT_KEY,
  SEQUENCE_KEY,
  SESSION_ID_KEY,
  Sequence,
  type Session,
  TOKEN_KEY,
} from '../../src/core/sequence.ts';
import { FakeStorage, type StorageOperation, uuid } from '../support/fake-host.ts';
import { runs } from '../support/thorough.ts';

const uuids = () => {
  let count = 0;
  return () => {
    count += 1;
    return uuid(count);
  };
};

const stored = (id: string | null, number: string | null) =>
  new FakeStorage(
    Object.entries({ [SESSION_ID_KEY]: id, [SEQUENCE_KEY]: number }).filter(
      (item): item is [string, string] => item[1] !== null,
    ),
  );

interface Taken {
  id: string;
  number: number;
  started: Session['started'];
}

/** One attempt, as the client makes it. */
function take(sequence: Sequence): Taken {
  let { id, started } = sequence.session();
  for (let tries = 0; tries < 3; tries++) {
    const number = sequence.next();
    if (number !== null) return { id, number, started };
    ({ id, started } = sequence.session());
  }
  throw new Error('no number to be had');
}

const numbers = (sequence: Sequence, count: number) =>
  Array.from({ length: count }, () => take(sequence).number);

describe('sequence', () => {
  it('begins a session with a fresh id and the number 1', () => {
    const storage = new FakeStorage();
    const sequence = new Sequence(storage, uuids());
    expect(sequence.session()).toEqual({
      id: uuid(1),
      started: { reason: 'new', parentSessionId: null },
    });
    expect(sequence.next()).toBe(1);
    expect(sequence.persistence).toBe('session');
    expect(Object.fromEntries(storage.items)).toEqual({
      [SESSION_ID_KEY]: uuid(1),
      [SEQUENCE_KEY]: '1',
    });
  });

  it('counts up by one for each attempt, and says that a session started only once', () => {
    const sequence = new Sequence(new FakeStorage(), uuids());
    expect(numbers(sequence, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(sequence.session()).toEqual({ id: uuid(1), started: null });
  });

  it('takes no number for looking the session up', () => {
    const sequence = new Sequence(new FakeStorage(), uuids());
    sequence.session();
    sequence.session();
    expect(take(sequence).number).toBe(1);
  });

  it('writes a number before it gives it away, so that a crash can not use it twice', () => {
    const storage = stored('S', '3');
    const sequence = new Sequence(storage, uuids());
    sequence.session();
    storage.writesLeft = 1;
    sequence.next();
    expect(storage.crashed).toBe(true);
    expect(storage.items.get(SEQUENCE_KEY)).toBe('4');
    storage.writesLeft = Number.POSITIVE_INFINITY;
    expect(take(new Sequence(storage, uuids()))).toEqual({ id: 'S', number: 5, started: null });
  });

  it('goes on after a refresh, with the same id and the next number', () => {
    const storage = new FakeStorage();
    const uuid = uuids();
    const before = take(new Sequence(storage, uuid));
    const after = take(new Sequence(storage, uuid));
    expect(after).toEqual({ id: before.id, number: 2, started: null });
  });

  it('is not set back by a welcome', () => {
    const sequence = new Sequence(new FakeStorage(), uuids());
    numbers(sequence, 3);
    sequence.remember('token');
    sequence.advance(0);
    expect(take(sequence).number).toBe(4);
  });

  it('goes on from where another document of the tab has moved it', () => {
    const storage = new FakeStorage();
    const uuid = uuids();
    const [one, other] = [new Sequence(storage, uuid), new Sequence(storage, uuid)];
    expect([take(one), take(other), take(other), take(one), take(other)]).toMatchObject([
      { number: 1 },
      { number: 2 },
      { number: 3 },
      { number: 4 },
      { number: 5 },
    ]);
  });

  it('moves into the session that another document of the tab has begun', () => {
    const storage = stored('S', '3');
    const sequence = new Sequence(storage, uuids());
    take(sequence);
    storage.items.set(SESSION_ID_KEY, 'T').set(SEQUENCE_KEY, '7');
    expect(take(sequence)).toEqual({ id: 'T', number: 8, started: null });
  });

  it('uses the last number that can be written, and then begins a new session', () => {
    const sequence = new Sequence(stored('S', String(2 ** 53 - 2)), uuids());
    expect(take(sequence)).toMatchObject({ id: 'S', number: 2 ** 53 - 1 });
    expect(take(sequence)).toEqual({
      id: uuid(1),
      number: 1,
      started: { reason: 'storage-invalid', parentSessionId: 'S' },
    });
  });
});

describe('a storage with an impossible value', () => {
  const impossible = [
    'NaN',
    'Infinity',
    '-3',
    '-0',
    '+3',
    '1e3',
    '2.5',
    '3.0',
    String(2 ** 53 - 1),
    String(2 ** 53),
    '9'.repeat(400),
    '',
    ' 1',
    '1 ',
    '1\n',
    '01',
    '00',
    '0x10',
    '1_000',
    '１',
    'null',
    null,
  ];
  for (const value of impossible) {
    it(`begins a new session, and names its parent, for the number ${JSON.stringify(value)}`, () => {
      const storage = stored('S', value);
      const sequence = new Sequence(storage, uuids());
      expect(take(sequence)).toEqual({
        id: uuid(1),
        number: 1,
        started: { reason: 'storage-invalid', parentSessionId: 'S' },
      });
      expect(take(sequence)).toEqual({ id: uuid(1), number: 2, started: null });
      expect(storage.items.get(SESSION_ID_KEY)).toBe(uuid(1));
    });
  }

  for (const id of ['', ' ', 'a b', 'é', 'a\n', 'a'.repeat(129), '"', null]) {
    it(`begins a new session, of no known parent, for the id ${JSON.stringify(id)}`, () => {
      expect(take(new Sequence(stored(id, '3'), uuids()))).toEqual({
        id: uuid(1),
        number: 1,
        started: { reason: 'storage-invalid', parentSessionId: null },
      });
    });

    it(`names the parent all the same where the document knew it before ${JSON.stringify(id)}`, () => {
      const storage = stored('S', '3');
      const sequence = new Sequence(storage, uuids());
      take(sequence);
      storage.items.delete(SESSION_ID_KEY);
      if (id !== null) storage.items.set(SESSION_ID_KEY, id);
      expect(take(sequence)).toEqual({
        id: uuid(1),
        number: 1,
        started: { reason: 'storage-invalid', parentSessionId: 'S' },
      });
    });
  }

  it('leaves no token of the old session to the new one', () => {
    const storage = stored('S', 'NaN');
    storage.items.set(TOKEN_KEY, 'token');
    const sequence = new Sequence(storage, uuids());
    take(sequence);
    expect(sequence.reconnectToken).toBeNull();
    expect(storage.items.has(TOKEN_KEY)).toBe(false);
  });

  for (const token of ['', ' ', '"', 'a\nb', '\u0000', 'a'.repeat(257)]) {
    it(`sends no token rather than ${JSON.stringify(token)}, which no server would take`, () => {
      const storage = stored('S', '3');
      storage.items.set(TOKEN_KEY, token);
      expect(new Sequence(storage, uuids()).reconnectToken).toBeNull();
    });
  }
});

describe('a storage that was cleared', () => {
  it('begins a new session under a live document, and names the one that was', () => {
    const storage = new FakeStorage();
    const sequence = new Sequence(storage, uuids());
    numbers(sequence, 3);
    storage.clear();
    expect(take(sequence)).toEqual({
      id: uuid(2),
      number: 1,
      started: { reason: 'storage-cleared', parentSessionId: uuid(1) },
    });
  });

  it('is new to the next document', () => {
    const storage = new FakeStorage();
    take(new Sequence(storage, () => 'S'));
    storage.clear();
    expect(take(new Sequence(storage, () => 'T'))).toMatchObject({
      id: 'T',
      started: { reason: 'new', parentSessionId: null },
    });
  });
});

describe('a document that dies between two writes', () => {
  const befores: [string, () => FakeStorage][] = [
    ['an empty storage', () => new FakeStorage()],
    ['a session', () => stored('S', '3')],
    [
      'a session with a token',
      () => new FakeStorage([...stored('S', '3').items, [TOKEN_KEY, 't']]),
    ],
    ['a torn number', () => stored('S', 'NaN')],
    ['a torn id', () => stored(' ', '3')],
    ['a number without an id', () => stored(null, '3')],
    ['an id without a number', () => stored('S', null)],
  ];
  const acts: [string, (sequence: Sequence) => void][] = [
    ['makes an attempt', take],
    ['makes two attempts', (sequence) => [take(sequence), take(sequence)]],
    ['forks', (sequence) => [sequence.session(), sequence.fork(), take(sequence)]],
    ['jumps ahead', (sequence) => [take(sequence), sequence.advance(9), take(sequence)]],
  ];
  for (const [before, make] of befores) {
    for (const [act, run] of acts) {
      it(`leaves no number used under another id, and none unspent, over ${before} when it ${act}`, () => {
        for (let writes = 1; ; writes++) {
          const storage = make();
          const uuid = uuids();
          const handedOut: Taken[] = [];
          const dying = new Sequence(storage, uuid);
          const next = dying.next.bind(dying);
          storage.writesLeft = writes;
          dying.next = () => {
            const number = next();
            // What a dead document gets has gone nowhere.
            if (number !== null && !storage.crashed) {
              handedOut.push({ id: dying.session().id, number, started: null });
            }
            return number;
          };
          run(dying);
          const crashed = storage.crashed;
          storage.writesLeft = Number.POSITIVE_INFINITY;
          const later = [take(new Sequence(storage, uuid)), take(new Sequence(storage, uuid))];
          const pairs = [...handedOut, ...later].map(({ id, number }) => `${id} ${number}`);
          expect(new Set(pairs).size, pairs.join()).toBe(pairs.length);
          for (const { id, number, started } of later) {
            if (id === 'S') expect(number).toBeGreaterThan(3);
            if (started) expect(number).toBe(1);
          }
          expect(later[1]).toMatchObject({ id: later[0]?.id, number: (later[0]?.number ?? 0) + 1 });
          if (!crashed) break;
        }
      });
    }
  }
});

describe('a storage that throws', () => {
  const always = () => true;
  const on =
    (...operations: StorageOperation[]) =>
    (operation: StorageOperation) =>
      operations.includes(operation);

  it('is counted for in memory, and says so', () => {
    const storage = new FakeStorage();
    storage.throws = always;
    const sequence = new Sequence(storage, uuids());
    const { id, number, started } = take(sequence);
    expect(number).toBe(1);
    expect(started).toEqual({ reason: 'new', parentSessionId: null });
    expect(sequence.persistence).toBe('memory');
    expect(numbers(sequence, 3)).toEqual([2, 3, 4]);
    expect(sequence.session()).toEqual({ id, started: null });
  });

  it('is not trusted either where it takes everything and keeps nothing', () => {
    const storage = new FakeStorage();
    storage.setItem = () => {};
    const sequence = new Sequence(storage, uuids());
    expect(numbers(sequence, 3)).toEqual([1, 2, 3]);
    expect(sequence.persistence).toBe('memory');
  });

  it('keeps the token in memory too', () => {
    const storage = new FakeStorage();
    storage.throws = always;
    const sequence = new Sequence(storage, uuids());
    take(sequence);
    sequence.remember('token');
    expect(sequence.reconnectToken).toBe('token');
  });

  it('goes on in memory with the session where it is full, and takes the number away', () => {
    const storage = stored('S', '3');
    const sequence = new Sequence(storage, uuids());
    storage.throws = on('set');
    expect(take(sequence)).toEqual({ id: 'S', number: 4, started: null });
    expect(take(sequence)).toEqual({ id: 'S', number: 5, started: null });
    expect(sequence.persistence).toBe('memory');
    storage.throws = () => false;
    expect(take(new Sequence(storage, uuids()))).toEqual({
      id: uuid(1),
      number: 1,
      started: { reason: 'storage-invalid', parentSessionId: 'S' },
    });
  });

  it('stays behind once it has failed, also when it recovers', () => {
    const storage = new FakeStorage();
    storage.throws = on('set');
    const sequence = new Sequence(storage, uuids());
    const { id } = take(sequence);
    storage.throws = () => false;
    expect(take(sequence)).toMatchObject({ id, number: 2 });
    expect(storage.items.size).toBe(0);
  });

  for (const operations of [
    ['get'],
    ['set', 'remove'],
    ['get', 'set'],
    ['get', 'remove'],
    ['get', 'set', 'remove'],
  ] as const) {
    it(`leaves its session to the next document, and names it, when it fails to ${operations}`, () => {
      const storage = stored('S', '3');
      const sequence = new Sequence(storage, uuids());
      take(sequence);
      storage.throws = on(...operations);
      const inMemory = take(sequence);
      expect(inMemory.id).not.toBe('S');
      expect(inMemory.number).toBe(1);
      expect(inMemory.started).toEqual({ reason: 'storage-invalid', parentSessionId: 'S' });
      expect(sequence.persistence).toBe('memory');
      storage.throws = () => false;
      expect(take(new Sequence(storage, uuids()))).toEqual({ id: 'S', number: 5, started: null });
    });
  }

  it('costs no more than the token where only that can not be read or kept', () => {
    const storage = stored('S', '3');
    const sequence = new Sequence(storage, uuids());
    take(sequence);
    storage.throws = always;
    sequence.remember('token');
    expect(sequence.reconnectToken).toBeNull();
    storage.throws = () => false;
    expect(sequence.persistence).toBe('session');
    expect(take(sequence)).toEqual({ id: 'S', number: 5, started: null });
  });

  it('hands no number out twice, whatever throws, however often, through any later document', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            share: fc.constantFrom(0, 0.2, 0.5, 0.8, 1),
            fails: fc.subarray<StorageOperation>(['get', 'set', 'remove']),
            late: fc.boolean(),
            attempts: fc.integer({ min: 1, max: 5 }),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        fc.integer(),
        (documents, seed) => {
          const random = randomFor(seed, 'throws');
          const storage = stored('S', '3');
          const uuid = uuids();
          const pairs = new Set(['S 1', 'S 2', 'S 3']);
          for (const { share, fails, late, attempts } of documents) {
            storage.throwsLate = late;
            storage.throws = (operation) => fails.includes(operation) && random() < share;
            const sequence = new Sequence(storage, uuid);
            for (let attempt = 0; attempt < attempts; attempt++) {
              const { id, number } = take(sequence);
              // What the client reads and writes between two attempts.
              void sequence.reconnectToken;
              sequence.remember(`token-of-${id}`);
              expect(pairs).not.toContain(`${id} ${number}`);
              if (number > 1) expect(pairs).toContain(`${id} ${number - 1}`);
              pairs.add(`${id} ${number}`);
            }
          }
        },
      ),
      { numRuns: runs(2000) },
    );
  });
});

describe('a duplicated tab', () => {
  it('forks a session of its own, from 1, and names its parent', () => {
    const original = stored('S', '3');
    const storage = new FakeStorage([...original.items, [TOKEN_KEY, 'token']]);
    const copy = new Sequence(storage, uuids());
    copy.session();
    expect(copy.fork()).toEqual({
      id: uuid(1),
      started: { reason: 'duplicate-tab', parentSessionId: 'S' },
    });
    expect(take(copy)).toEqual({ id: uuid(1), number: 1, started: null });
    expect(copy.reconnectToken).toBeNull();
    expect(take(new Sequence(original, uuids()))).toMatchObject({ id: 'S', number: 4 });
    expect(take(new Sequence(storage, uuids()))).toMatchObject({ id: uuid(1), number: 2 });
  });

  it('forks in memory where its storage is full', () => {
    const storage = stored('S', '3');
    storage.throws = (operation) => operation === 'set';
    const copy = new Sequence(storage, uuids());
    copy.session();
    const { id } = copy.fork();
    expect(take(copy)).toEqual({ id, number: 1, started: null });
    expect(copy.persistence).toBe('memory');
    storage.throws = () => false;
    expect(take(new Sequence(storage, () => 'later'))).toMatchObject({ id: 'later', number: 1 });
  });
});

/** A tab's documents, each of which has the session that it took last. */
function tabOf(storage: FakeStorage, makeId = uuids()) {
  const taken = new Map<Sequence, string>();
  const frame = (): Sequence => {
    const sequence: Sequence = new Sequence(storage, makeId, (id) =>
      [...taken].some(([other, its]) => other !== sequence && its === id),
    );
    return sequence;
  };
  const claim = (sequence: Sequence) => {
    const { id, started } = sequence.session();
    taken.set(sequence, id);
    return { id, started };
  };
  const fork = (sequence: Sequence) => {
    taken.set(sequence, sequence.fork().id);
    return claim(sequence).id;
  };
  const load = () => {
    const sequence = frame();
    return { sequence, ...claim(sequence) };
  };
  return { load, fork, claim, unload: () => taken.clear() };
}

describe('frames of one tab', () => {
  it('have a session each, under keys of their own, and name the tab’s first', () => {
    const storage = new FakeStorage();
    const tab = tabOf(storage);
    const [page, frame, other] = [tab.load(), tab.load(), tab.load()];
    expect(page.started).toEqual({ reason: 'new', parentSessionId: null });
    expect(frame.started).toEqual({ reason: 'frame', parentSessionId: page.id });
    expect(other.started).toEqual({ reason: 'frame', parentSessionId: page.id });
    expect(numbers(frame.sequence, 2)).toEqual([1, 2]);
    expect(numbers(page.sequence, 1)).toEqual([1]);
    expect(Object.fromEntries(storage.items)).toEqual({
      [SESSION_ID_KEY]: page.id,
      [SEQUENCE_KEY]: '1',
      [`${SESSION_ID_KEY}:2`]: frame.id,
      [`${SEQUENCE_KEY}:2`]: '2',
      [`${SESSION_ID_KEY}:3`]: other.id,
      [`${SEQUENCE_KEY}:3`]: '0',
    });
  });

  it('take up these sessions, in the order in which they come, after a refresh', () => {
    const tab = tabOf(new FakeStorage());
    const before = [tab.load(), tab.load()];
    for (const { sequence } of before) take(sequence);
    tab.unload();
    const after = [tab.load(), tab.load()];
    expect(after.map(({ id, started }) => ({ id, started }))).toEqual(
      before.map(({ id }) => ({ id, started: null })),
    );
    expect(after.map(({ sequence }) => take(sequence).number)).toEqual([2, 2]);
  });

  it('have a token and a document each', () => {
    const tab = tabOf(new FakeStorage());
    const [page, frame] = [tab.load().sequence, tab.load().sequence];
    page.remember('one');
    frame.remember('other');
    expect([page.reconnectToken, frame.reconnectToken]).toEqual(['one', 'other']);
    expect([page.enter('d1'), frame.enter('d2')]).toEqual([null, null]);
    frame.leave('d2');
    tab.unload();
    expect([tab.load(), tab.load()].map(({ sequence }) => sequence.enter('d3'))).toEqual([
      'd1',
      null,
    ]);
  });

  it('look for other sessions where the storage was cleared', () => {
    const storage = new FakeStorage();
    const tab = tabOf(storage);
    const [page, frame] = [tab.load(), tab.load()];
    storage.clear();
    const ofFrame = tab.claim(frame.sequence);
    const ofPage = tab.claim(page.sequence);
    expect(ofFrame.started).toEqual({ reason: 'storage-cleared', parentSessionId: frame.id });
    expect(ofPage.started).toEqual({ reason: 'storage-cleared', parentSessionId: page.id });
    expect(ofPage.id).not.toBe(ofFrame.id);
    expect([take(page.sequence), take(frame.sequence)]).toMatchObject([
      { id: ofPage.id, number: 1 },
      { id: ofFrame.id, number: 1 },
    ]);
  });

  it('leave what a copy of the tab has of them free for the copy’s own', () => {
    const storage = new FakeStorage();
    const tab = tabOf(storage);
    for (const { sequence } of [tab.load(), tab.load(), tab.load()]) {
      take(sequence);
      sequence.remember('token');
      sequence.enter('d');
    }
    const copied = new FakeStorage(storage.items);
    const copy = tabOf(copied, () => 'own');
    const page = copy.load().sequence;
    copy.fork(page);
    expect(Object.fromEntries(copied.items)).toEqual({
      [SESSION_ID_KEY]: 'own',
      [SEQUENCE_KEY]: '0',
    });
  });

  it('leave free what stands behind a free place too', () => {
    const storage = new FakeStorage();
    const tab = tabOf(storage);
    for (const { sequence } of [tab.load(), tab.load(), tab.load()]) take(sequence);
    storage.removeItem(`${SESSION_ID_KEY}:2`);
    storage.removeItem(`${SEQUENCE_KEY}:2`);
    const copied = new FakeStorage(storage.items);
    const copy = tabOf(copied, () => 'own');
    copy.fork(copy.load().sequence);
    expect([...copied.items.keys()]).toEqual([SESSION_ID_KEY, SEQUENCE_KEY]);
  });

  it('have in a copy the sessions that they make there, each once', () => {
    const storage = new FakeStorage();
    const tab = tabOf(storage);
    const originals = [tab.load(), tab.load(), tab.load()].map(({ id }) => id);
    const copied = new FakeStorage(storage.items);
    let made = 0;
    const copy = tabOf(copied, () => `own-${++made}`);
    const page = copy.load().sequence;
    copy.fork(page);
    const frames = [copy.load(), copy.load()];
    expect(frames.map(({ id, started }) => [id, started])).toEqual([
      ['own-2', { reason: 'frame', parentSessionId: 'own-1' }],
      ['own-3', { reason: 'frame', parentSessionId: 'own-1' }],
    ]);
    copy.unload();
    expect([copy.load(), copy.load(), copy.load()].map(({ id }) => id)).toEqual([
      'own-1',
      'own-2',
      'own-3',
    ]);
    expect([...copied.items.values()]).not.toEqual(expect.arrayContaining(originals));
  });

  it('are not freed by one that forks behind them', () => {
    const storage = new FakeStorage();
    const tab = tabOf(storage);
    const [, frame, other] = [tab.load(), tab.load(), tab.load()];
    take(other.sequence);
    tab.fork(frame.sequence);
    expect(take(other.sequence)).toMatchObject({ id: other.id, number: 2 });
  });
});

describe('the document that has a session', () => {
  it('is told of to the next one where it never said that it went', () => {
    const storage = stored('S', '3');
    const [one, next] = [new Sequence(storage, uuids()), new Sequence(storage, uuids())];
    one.session();
    next.session();
    expect(one.enter('d1')).toBeNull();
    expect(next.enter('d2')).toBe('d1');
    expect(storage.items.get(DOCUMENT_KEY)).toBe('d2');
  });

  it('is told of to nobody where it said so, nor to itself', () => {
    const sequence = new Sequence(stored('S', '3'), uuids());
    sequence.session();
    sequence.enter('d1');
    expect(sequence.enter('d1')).toBeNull();
    sequence.leave('d1');
    expect(sequence.enter('d2')).toBeNull();
  });

  it('takes nothing away when it goes that is another’s by then', () => {
    const storage = stored('S', '3');
    const sequence = new Sequence(storage, uuids());
    sequence.session();
    sequence.enter('d1');
    sequence.enter('d2');
    sequence.leave('d1');
    expect(storage.items.get(DOCUMENT_KEY)).toBe('d2');
  });

  it('is not of the session that comes after', () => {
    const storage = stored('S', '3');
    const sequence = new Sequence(storage, uuids());
    sequence.session();
    sequence.enter('d1');
    sequence.fork();
    expect(sequence.enter('d2')).toBeNull();
  });

  it.each([
    ['is no id', (storage: FakeStorage) => storage.items.set(DOCUMENT_KEY, '<d>')],
    [
      'can’t be read',
      (storage: FakeStorage) => {
        storage.throws = () => true;
      },
    ],
  ])('is unknown where what stands there %s', (_, spoil) => {
    const storage = stored('S', '3');
    const sequence = new Sequence(storage, uuids());
    sequence.session();
    spoil(storage);
    expect(sequence.enter('d2')).toBeNull();
    sequence.leave('d2');
  });
});

describe('a number that the server has seen', () => {
  it('moves the sequence ahead where the storage went back in time', () => {
    const storage = stored('S', '3');
    const sequence = new Sequence(storage, uuids());
    take(sequence);
    expect(sequence.advance(9)).toBe(true);
    expect(storage.items.get(SEQUENCE_KEY)).toBe('9');
    expect(take(sequence).number).toBe(10);
  });

  it('moves nothing where it is not ahead', () => {
    const sequence = new Sequence(stored('S', '3'), uuids());
    take(sequence);
    for (const seen of [0, 3]) expect(sequence.advance(seen)).toBe(false);
    expect(sequence.advance(4), 'used before').toBe(true);
    expect(take(sequence).number).toBe(5);
  });

  it('does not take the storage back from where another document has moved it', () => {
    const storage = stored('S', '3');
    const [one, other] = [new Sequence(storage, uuids()), new Sequence(storage, uuids())];
    take(one);
    expect(numbers(other, 10).at(-1)).toBe(14);
    expect(one.advance(9)).toBe(false);
    expect(take(other).number).toBe(15);
    expect(take(one).number).toBe(16);
  });

  it("does not reach into another document's session", () => {
    const storage = stored('S', '3');
    const sequence = new Sequence(storage, uuids());
    take(sequence);
    storage.items.set(SESSION_ID_KEY, 'T').set(SEQUENCE_KEY, '1').set(TOKEN_KEY, 'token-of-T');
    expect(sequence.advance(9)).toBe(false);
    sequence.remember('token-of-S');
    expect(Object.fromEntries(storage.items)).toEqual({
      [SESSION_ID_KEY]: 'T',
      [SEQUENCE_KEY]: '1',
      [TOKEN_KEY]: 'token-of-T',
    });
  });

  for (const broken of [false, true]) {
    it(`ends the session where no number is left, ${broken ? 'in memory' : 'on record'}`, () => {
      const storage = new FakeStorage();
      storage.throws = () => broken;
      const sequence = new Sequence(storage, uuids());
      const { id } = take(sequence);
      expect(sequence.advance(2 ** 53 - 1)).toBe(true);
      const first = take(sequence);
      expect(first).toMatchObject({
        number: 1,
        started: { reason: 'storage-invalid', parentSessionId: id },
      });
      expect(first.id).not.toBe(id);
      expect(take(sequence)).toEqual({ id: first.id, number: 2, started: null });
    });
  }
});

describe('a token', () => {
  it('is kept over a refresh', () => {
    const storage = new FakeStorage();
    const sequence = new Sequence(storage, uuids());
    take(sequence);
    sequence.remember('token');
    expect(sequence.reconnectToken).toBe('token');
    expect(new Sequence(storage, uuids()).reconnectToken).toBe('token');
  });

  it('stays where a welcome has none', () => {
    const sequence = new Sequence(new FakeStorage(), uuids());
    take(sequence);
    sequence.remember('token');
    sequence.remember(null);
    expect(sequence.reconnectToken).toBe('token');
  });

  it('goes with its session', () => {
    const storage = new FakeStorage();
    const sequence = new Sequence(storage, uuids());
    take(sequence);
    sequence.remember('token');
    storage.clear();
    take(sequence);
    expect(sequence.reconnectToken).toBeNull();
  });
});

describe('any story of a tab and its copies', () => {
  const BAD_NUMBERS = ['NaN', '-3', '1e3', '2.5', String(2 ** 53), '', ' 1', '01', null];
  const BAD_IDS = ['', ' ', 'é', null];
  const tab = fc.nat({ max: 9 });
  const operation = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('next' as const), tab }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('refresh' as const), tab }) },
    fc.record({ kind: fc.constant('second document' as const), tab }),
    fc.record({ kind: fc.constant('clear' as const), tab }),
    fc.record({
      kind: fc.constant('corrupt' as const),
      tab,
      change: fc.oneof(
        fc.record({ key: fc.constant(SEQUENCE_KEY), value: fc.constantFrom(...BAD_NUMBERS) }),
        fc.record({ key: fc.constant(SESSION_ID_KEY), value: fc.constantFrom(...BAD_IDS) }),
      ),
    }),
    fc.record({ kind: fc.constant('duplicate' as const), tab }),
    fc.record({
      kind: fc.constant('fail' as const),
      tab,
      fails: fc.subarray<StorageOperation>(['get', 'set', 'remove'], { minLength: 1 }),
      share: fc.constantFrom(0.5, 1),
    }),
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('recover' as const), tab }) },
    fc.record({ kind: fc.constant('crash' as const), tab, writes: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ kind: fc.constant('advance' as const), tab, by: fc.integer({ min: -3, max: 9 }) }),
  );

  it('has one counter a session: from 1, up by one, no number twice', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), fc.integer(), (operations, seed) => {
        const random = randomFor(seed, 'failures');
        const makeId = uuids();
        /** The model: the last number used of each session. */
        const last = new Map<string, number>();
        const used = (id: string, number: number) =>
          last.set(id, Math.max(number, last.get(id) ?? 0));
        const newDocument = (storage: FakeStorage) => new Sequence(storage, makeId);
        const tabs = [new FakeStorage()].map((storage) => ({
          storage,
          documents: [newDocument(storage)],
          turn: 0,
        }));
        type Tab = (typeof tabs)[number];
        const current = (of: Tab) => {
          of.turn += 1;
          return of.documents[of.turn % of.documents.length] as Sequence;
        };
        const attempt = (sequence: Sequence, storage: FakeStorage) => {
          const { id, number } = take(sequence);
          // What a dead document gets has gone nowhere.
          if (storage.crashed) return;
          expect(number, id).toBe((last.get(id) ?? 0) + 1);
          used(id, number);
        };

        for (const op of operations) {
          const on = tabs[op.tab % tabs.length] as Tab;
          const { storage } = on;
          switch (op.kind) {
            case 'next':
              attempt(current(on), storage);
              break;
            case 'refresh':
              on.documents = [newDocument(storage)];
              break;
            case 'second document':
              on.documents.push(newDocument(storage));
              break;
            case 'clear':
              storage.clear();
              break;
            case 'corrupt':
              if (op.change.value === null) storage.items.delete(op.change.key);
              else storage.items.set(op.change.key, op.change.value);
              break;
            case 'duplicate': {
              const copy = new FakeStorage(storage.items);
              const document = newDocument(copy);
              document.session();
              document.fork();
              tabs.push({ storage: copy, documents: [document], turn: 0 });
              break;
            }
            case 'fail':
              storage.throws = (operation) => op.fails.includes(operation) && random() < op.share;
              break;
            case 'recover':
              storage.throws = () => false;
              break;
            case 'crash': {
              storage.writesLeft = op.writes;
              const dying = current(on);
              // A browser that crashes takes all documents of the tab with it.
              while (!storage.crashed && dying.persistence === 'session') attempt(dying, storage);
              storage.writesLeft = Number.POSITIVE_INFINITY;
              const [id, number] = [SESSION_ID_KEY, SEQUENCE_KEY].map((key) =>
                storage.items.get(key),
              );
              if (id && Number.isSafeInteger(Number(number))) used(id, Number(number));
              on.documents = [newDocument(storage)];
              break;
            }
            case 'advance': {
              const sequence = current(on);
              attempt(sequence, storage);
              const { id } = sequence.session();
              const seen = Math.max(0, (last.get(id) ?? 0) + op.by);
              if (sequence.advance(seen)) used(id, seen);
              break;
            }
          }
        }
        for (const { documents, storage } of tabs) {
          for (const document of documents) attempt(document, storage);
        }
      }),
      { numRuns: runs(3000) },
    );
  });
});
