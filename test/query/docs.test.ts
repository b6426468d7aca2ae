import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findSources, readRecords } from '../../src/logs/index.ts';
import { LogDatabase } from '../../src/query/index.ts';
import { storedRun } from '../support/stored-run.ts';
import { temporaryDirectory } from '../support/world.ts';
import { rowsOf } from './support.ts';

const SCENARIO = `name: asked
seed: 1
duration: 1500ms
clients: { count: 4, backoff: { policy: fixed, base: 50ms } }
timeline:
  - { at: 500ms, fault: drop, count: 2 }
  - { at: 1s, fault: restart_server, how: graceful, down_for: 200ms }
`;

/** A session that no run would leave: six reconnects, a number that falls, a stranger, a rejection. */
const STORY = [
  opened(0, 1),
  closed(10, 1, 1006),
  opened(60, 2),
  closed(61, 2, 1001),
  opened(62, 3),
  opened(70, 4),
  closed(70, 3, 1006, 'superseded'),
  closed(80, 4, 1012),
  opened(90, 8, { session_verified: false }),
  closed(95, 8, 1000),
  opened(100, 7),
  closed(101, 7, 1000),
  opened(110, 9),
  {
    ...at(120),
    event: 'handshake_rejected',
    client_id: 'x',
    reason: 'bad-json',
    close_code: 1008,
    http_status: null,
    remote_address: '10.0.0.1:4711',
  },
];

function at(second: number) {
  return { time: new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString(), level: 30 };
}

function opened(second: number, connection_sequence: number, fields: object = {}) {
  return {
    ...at(second),
    event: 'connection_opened',
    client_id: `c${connection_sequence}`,
    session_id: 'xyz',
    connection_sequence,
    document_id: 'd',
    session_verified: true,
    remote_address: '10.0.0.1:4711',
    ...fields,
  };
}

function closed(
  second: number,
  connection_sequence: number,
  close_code: number,
  closed_by = 'peer',
) {
  return {
    ...at(second),
    event: 'connection_closed',
    client_id: `c${connection_sequence}`,
    session_id: 'xyz',
    connection_sequence,
    close_code,
    close_reason: '',
    was_clean: close_code !== 1006,
    duration_seconds: 1,
    closed_by,
  };
}

/** Each statement in the page, by the heading it stands under. */
function queriesIn(page: string): Map<string, string> {
  const text = fs.readFileSync(path.join(import.meta.dirname, '../../docs', page), 'utf8');
  const queries = new Map<string, string>();
  for (const section of text.split(/^## /m)) {
    for (const [, sql = ''] of section.matchAll(/^```sql\n(.*?)^```/gms)) {
      queries.set(section.slice(0, section.indexOf('\n')), sql);
    }
  }
  return queries;
}

const QUERIES = queriesIn('queries.md');
let database: LogDatabase;
const answers = new Map<string, Promise<unknown[][]>>();

beforeAll(async () => {
  const { run, remove } = await storedRun(SCENARIO);
  const story = STORY.map((line) => `${JSON.stringify(line)}\n`).join('');
  fs.appendFileSync(path.join(run, 'server.ndjson'), story);
  const sources = findSources([run]);
  const directory = path.join(run, 'database');
  fs.mkdirSync(directory);
  database = await LogDatabase.open(directory, sources);
  await readRecords(sources, { onRecord: (record) => database.add(record) });
  database.finishLoading();
  return () => {
    database.close();
    remove();
  };
});

/** What a query gives, which is asked once. */
function answer(heading: string): Promise<unknown[][]> {
  const rows = answers.get(heading) ?? rowsOf(database, QUERIES.get(heading) ?? '');
  answers.set(heading, rows);
  return rows;
}

/** The rows of a session, cut to some columns. */
const of = (rows: unknown[][], session: string, from = 0, to?: number) =>
  rows.filter((row) => row.includes(session)).map((row) => row.slice(from, to));

describe('docs/queries.md', () => {
  it('has a dozen queries and more, each with a question before it', () => {
    expect(QUERIES.size).toBeGreaterThan(12);
  });

  it.each([...QUERIES.keys()])('answers: %s', async (heading) => {
    expect(await answer(heading)).not.toEqual([]);
  });

  it('tells one session as it went', async () => {
    const rows = await answer('One session');
    expect(rows.map((row) => Number(row[2]))).toEqual([1, 1, 2, 2, 3, 4, 3, 4, 8, 8, 7, 7, 9]);
  });

  it('counts the reconnects of ten minutes', async () => {
    const [row, ...others] = await answer('Reconnects in ten minutes');
    expect(others).toEqual([]);
    expect(row?.slice(0, 2)).toEqual(['xyz', 6n]);
    expect(String(row?.[2])).toContain('2026-01-01 00:01:00');
  });

  it('finds the numbers that never arrived', async () => {
    expect(of(await answer('Sessions with gaps'), 'xyz', 0, 4)).toEqual([['xyz', 5n, 6n, 2n]]);
  });

  it('finds the number that falls', async () => {
    const rows = await answer('Numbers that fall or repeat');
    expect(rows.map((row) => [row[0], row[2], row[3]])).toEqual([['xyz', 7n, 8n]]);
  });

  it('counts a session once whose connections overlap', async () => {
    const rows = await answer('Sessions that live at once');
    const counts = rows.map(([second, connected]) => [String(second).slice(0, 19), connected]);
    expect(counts).toContainEqual(['2026-01-01 00:01:10', 1n]);
    expect(Math.max(...rows.map(([, connected]) => Number(connected)))).toBe(5);
  });

  it('tells whom the deploy hit', async () => {
    const rows = await answer('Which deploy hit whom');
    expect(rows.map((row) => row.slice(1))).toEqual([[4n, 4n]]);
  });

  it('follows each fault to its end', async () => {
    const rows = await answer('Faults, and what followed');
    expect(rows.map((row) => [row[0], row[2], row[4]])).toEqual([
      ['drop', 2n, 0n],
      ['restart_server', 4n, 0n],
    ]);
  });

  it('finds the stranger, the rejected and the superseded', async () => {
    expect(of(await answer('Unverified hellos'), 'xyz', 1, 2)).toEqual([[8n]]);
    const rejected = await answer('Rejected handshakes');
    expect(rejected.map((row) => row.slice(0, 5))).toEqual([['bad-json', 1008, null, 1n, 1n]]);
    expect(of(await answer('Superseded connections'), 'xyz', 0, 3)).toEqual([['xyz', 'c3', 'c4']]);
  });

  it('finds the longest time without a connection', async () => {
    const [first] = of(await answer('Longest times without a connection'), 'xyz');
    expect(first).toEqual(['xyz', 50, 1006, 1n, 2n]);
  });

  it('asks a server’s log without numbers as well', async () => {
    const log = path.join(
      import.meta.dirname,
      '../fixtures/logs/cases/28-storm-server-only/no-seq.log',
    );
    const sources = findSources([log]);
    const unnumbered = await LogDatabase.open(temporaryDirectory(), sources);
    try {
      await readRecords(sources, { onRecord: (record) => unnumbered.add(record) });
      unnumbered.finishLoading();
      const count = async (heading: string) =>
        (await rowsOf(unnumbered, QUERIES.get(heading)?.replace("'xyz'", "'s7'") ?? '')).length;
      expect(await count('One session')).toBe(5);
      expect(await count('Sessions that live at once')).toBeGreaterThan(30);
      expect(await count('Longest times without a connection')).toBe(20);
      expect(await count('How long connections last')).toBe(2);
      const often = QUERIES.get('Reconnects in ten minutes')?.replace('most >= 5', 'most = 2');
      expect(await rowsOf(unnumbered, often ?? '')).toHaveLength(60);
    } finally {
      unnumbered.close();
    }
  });
});
