import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOfLast, hashText } from '../../src/logs/hash.ts';
import { findSources, readRecords, scanRows } from '../../src/logs/index.ts';
import { EVENTS } from '../../src/model/rows.ts';
import { runs } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

interface Told {
  line: number;
  event: string;
  session: string | undefined;
  number: number;
}

type Fields = Record<string, unknown>;

const SESSIONS = ['s', 't', 'u'];

const line = (event: string, client_id: string | undefined, fields: Fields = {}) => ({
  time: '2026-01-01T00:00:00Z',
  event,
  client_id,
  ...fields,
});
const opened = (id: string, fields: Fields = {}) => line('connection_opened', id, fields);
const closed = (id: string, fields: Fields = {}) => line('connection_closed', id, fields);

function sourcesOf(...logs: object[][]) {
  const directory = temporaryDirectory();
  const files = logs.map((lines, index) => {
    const file = join(directory, `${'abc'[index]}.log`);
    writeFileSync(file, lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
    return file;
  });
  return findSources(files);
}

async function rowsOf(...logs: object[][]): Promise<Told[]> {
  const hashes = new Map(SESSIONS.map((id) => [`${hashText(id)} ${checkOfLast()}`, id]));
  const told: Told[] = [];
  await scanRows(sourcesOf(...logs), (rows, row) => {
    const session = hashes.get(`${rows.sessionLow(row)} ${rows.sessionHigh(row)}`);
    const event = EVENTS[rows.event(row)] as string;
    if (event === 'connection_named') return;
    told.push({ line: rows.line(row), event, session, number: rows.sequence(row) });
  });
  return told;
}

async function recordsOf(...logs: object[][]): Promise<Told[]> {
  const told: Told[] = [];
  await readRecords(sourcesOf(...logs), {
    onRecord({ line, event, session_id: session, connection_sequence: number = 0 }) {
      told.push({ line, event, session, number });
    },
  });
  return told;
}

const named = (told: Told[]) => told.map(({ line, session, number }) => [line, session, number]);

describe.each([
  ['rows', rowsOf],
  ['records', recordsOf],
])('%s', (_, told) => {
  it('take session and number from the open of their connection', async () => {
    const open = opened('a', { session_id: 's', connection_sequence: 4 });
    expect(named(await told([open, closed('a')]))).toEqual([
      [1, 's', 4],
      [2, 's', 4],
    ]);
  });

  it('take them from the last open of a client_id that is used again', async () => {
    const lines = [
      ...[opened('a', { session_id: 's', connection_sequence: 1 }), closed('a')],
      ...[opened('a', { session_id: 't', connection_sequence: 7 }), closed('a'), closed('a')],
    ];
    expect(named(await told(lines))).toEqual([
      [1, 's', 1],
      [2, 's', 1],
      [3, 't', 7],
      [4, 't', 7],
      [5, undefined, 0],
    ]);
  });

  it('take the session from a later line, where people log in after they connect', async () => {
    const lines = [opened('a'), line('login ok', 'a', { session_id: 's' }), closed('a')];
    expect(named(await told(lines))).toEqual([
      [1, 's', 0],
      [3, 's', 0],
    ]);
  });

  it('take the session from the close that names it', async () => {
    const lines = [opened('a'), closed('a', { session_id: 's', connection_sequence: 2 })];
    expect(named(await told(lines))).toEqual([
      [1, 's', 2],
      [2, 's', 2],
    ]);
  });

  it('keep what they have themselves', async () => {
    const lines = [
      opened('a', { session_id: 's', connection_sequence: 1 }),
      closed('a', { session_id: 't', connection_sequence: 9 }),
      opened('b', { session_id: 's', connection_sequence: 2 }),
      closed('b', { session_id: 't' }),
    ];
    expect(named(await told(lines))).toEqual([
      [1, 's', 1],
      [2, 't', 9],
      [3, 's', 2],
      [4, 't', 0],
    ]);
  });

  it('are handed on without a session where no line has it', async () => {
    const lines = [opened('a'), closed('a'), opened('b')];
    expect(named(await told(lines)).sort()).toEqual([
      [1, undefined, 0],
      [2, undefined, 0],
      [3, undefined, 0],
    ]);
  });

  it('take nothing over the restart of their server', async () => {
    const started = { time: '2026-01-01T00:00:00Z', event: 'server_started' };
    const lines = [opened('a', { session_id: 's' }), started, closed('a')];
    expect(named(await told(lines)).at(-1)).toEqual([3, undefined, 0]);
  });

  it('of wsdiag’s own logs stay as they are', async () => {
    const started = {
      ...{ time: '2026-01-01T00:00:00Z', event: 'server_started' },
      ...{ log_schema: 1, wsdiag_version: '1.0.0' },
    };
    const lines = [started, opened('a', { session_id: 's', connection_sequence: 1 }), closed('a')];
    expect(named(await told(lines)).at(-1)).toEqual([3, undefined, 0]);
  });

  it.each([
    ['opens first', 0],
    ['closes first', 1],
  ])('of a log that names no session take it from another log: %s', async (_, first) => {
    const opens = ['a', 'b'].map((id, index) =>
      opened(id, { session_id: SESSIONS[index], connection_sequence: 3 }),
    );
    const closes = [closed('a'), closed('b'), closed('c')];
    const logs = first === 0 ? [opens, closes] : [closes, opens];
    const all = (await told(...logs)).filter(({ event }) => event === 'connection_closed');
    expect(named(all)).toEqual([
      [1, 's', 3],
      [2, 't', 3],
      [3, undefined, 0],
    ]);
  });

  it('take nothing from another log where that has the client_id for two sessions', async () => {
    const opens = ['s', 't'].map((session_id) => opened('1', { session_id }));
    const all = await told([closed('1')], opens);
    expect(named(all.filter(({ event }) => event === 'connection_closed'))).toEqual([
      [1, undefined, 0],
    ]);
  });

  it('take nothing from another log where their own names sessions', async () => {
    const own = [opened('a', { session_id: 's' }), closed('b')];
    const all = await told(own, [opened('b', { session_id: 't' })]);
    expect(named(all.filter(({ event }) => event === 'connection_closed'))).toEqual([
      [2, undefined, 0],
    ]);
  });

  it('take the same, whatever lines of other connections stand between', async () => {
    const id = fc.constantFrom('a', 'b', 'c');
    const event = fc.record({
      id,
      event: fc.constantFrom('connection_opened', 'connection_closed', 'login'),
      session_id: fc.option(fc.constantFrom(...SESSIONS), { nil: undefined }),
    });
    const logs = fc.array(event, { maxLength: 24 });
    await fc.assert(
      fc.asyncProperty(logs, async (events) => {
        const lines = events.map((one) => line(one.event, one.id, { session_id: one.session_id }));
        const all = named(await told(lines)).sort(byLine);
        for (const own of ['a', 'b', 'c']) {
          // Blank lines keep the others at their places.
          const alone = lines.map((one) => (one.client_id === own ? one : {}));
          const expected = named(await told(alone)).sort(byLine);
          const isOwn = ([place]: unknown[]) => lines[(place as number) - 1]?.client_id === own;
          expect(all.filter(isOwn)).toEqual(expected);
        }
      }),
      { numRuns: runs(300) },
    );
  });
});

const byLine = ([one]: unknown[], [other]: unknown[]) => (one as number) - (other as number);
