import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSources, partition } from '../../src/logs/index.ts';
import type { LogRecord } from '../../src/model/record.ts';
import { batchesOf } from '../../src/simulate/batches.ts';
import { judgeLogs } from '../../src/simulate/judge.ts';
import { temporaryDirectory } from '../support/world.ts';

const sifted = (lines: number[], parents: [number, number][] = [], homeless = 0) => ({
  suspects: lines.map((count, session) => ({ session, lines: count })),
  parents: new Map(parents),
  homeless,
  unordered: 0,
});

const line = (session: number, number: number, more: object = {}) =>
  `${JSON.stringify({
    time: new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString(),
    event: 'connection_closed',
    client_id: `c${session}-${number}`,
    session_id: `s${session}`,
    connection_sequence: number,
    close_code: 1006,
    duration_seconds: 0.5,
    ...more,
  })}\n`;

describe('batches', () => {
  it('hold so many lines that they can be held at once', () => {
    const { batches, tooLong } = batchesOf(sifted([9000, 9000, 3000, 20_000]));
    expect(batches.map(({ sessions }) => sessions)).toEqual([[0], [1, 2], [3]]);
    expect(tooLong).toEqual([]);
  });

  it('leave out a session that can’t be held by itself', () => {
    const { batches, tooLong } = batchesOf(sifted([1, 100_001]));
    expect(batches.map(({ sessions }) => sessions)).toEqual([[0]]);
    expect(tooLong).toEqual([1]);
  });

  it('name the sessions that others come from', () => {
    expect(batchesOf(sifted([1, 1], [[1, 7]])).batches[0]?.parents).toEqual([7]);
  });

  it('are one where nothing but lines of no session is to be looked at', () => {
    expect(batchesOf(sifted([], [], 1)).batches).toHaveLength(1);
    expect(batchesOf(sifted([])).batches).toEqual([]);
  });
});

describe('a partition', () => {
  it('has each session’s lines in its parts, with their places, and lines of none in all', async () => {
    const file = path.join(temporaryDirectory(), 'log.ndjson');
    const stray = '{"time":"2026-01-01T00:00:00.000Z","event":"server_started"}\n';
    fs.writeFileSync(
      file,
      stray + line(0, 1) + line(1, 1) + line(2, 1) + line(0, 2, { text: 'x'.repeat(100_000) }),
    );
    const partsOf = new Map([
      ['s0', [0]],
      ['s1', [0, 1]],
    ]);
    const parts = await partition(findSources([file]), 2, partsOf);
    const read = async (part: number) => {
      const records: LogRecord[] = [];
      await parts.read(part, (record) => records.push(record));
      return records.map(({ line, session_id, file }) => [line, session_id, path.basename(file)]);
    };
    expect(await read(0)).toEqual([
      [1, undefined, 'log.ndjson'],
      [2, 's0', 'log.ndjson'],
      [3, 's1', 'log.ndjson'],
      [5, 's0', 'log.ndjson'],
    ]);
    expect(await read(1)).toEqual([
      [1, undefined, 'log.ndjson'],
      [3, 's1', 'log.ndjson'],
    ]);
    parts.release();
  });
});

describe('a log whose every session is wrong', () => {
  const judged = (sessions: number, numbers: number[]) => {
    const file = path.join(temporaryDirectory(), 'log.ndjson');
    const rows = numbers.flatMap((number, index) =>
      Array.from({ length: sessions }, (_, session) =>
        line(session, number, { client_id: `${session}-${index}` }),
      ),
    );
    fs.writeFileSync(file, rows.join(''));
    return judgeLogs(findSources([file]));
  };

  it('is judged in parts, and every session is found', async () => {
    const { verdict, findings } = await judged(9000, [1, 2, 2]);
    expect(verdict).toBe('fail');
    expect(findings).toHaveLength(9000);
    expect(new Set(findings.map(({ session_id }) => session_id)).size).toBe(9000);
  });

  it('is judged up to a limit of findings, and says so', async () => {
    const { verdict, findings, doubts } = await judged(11_000, [1, 1]);
    expect(verdict).toBe('fail');
    expect(findings).toHaveLength(10_000);
    expect(doubts.map(({ code }) => code)).toEqual(['findings-capped']);
  });
});
