import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as dist from '../../dist/logs/index.js';
import { CHUNK_BYTES, MAX_LINE_BYTES } from '../../src/logs/chunk-memory.ts';
import { visitChunks } from '../../src/logs/chunks.ts';
import {
  findSources,
  readRecords,
  type Source,
  type SourceOptions,
  scanRows,
} from '../../src/logs/index.ts';
import { scanInThreads } from '../../src/logs/threads.ts';
import type { Doubt } from '../../src/model/findings.ts';
import type { LogFile } from '../../src/model/result.ts';
import type { Rows } from '../../src/model/rows.ts';
import { saidBy, saidByRecord } from '../support/rows.ts';
import { firstOf, isThorough, itThoroughly, runs } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';
import { CLOSE, json, parsedLines } from './support.ts';

const MIB = 1024 * 1024;

/** The same, as it was built: its rows are of another class, and alike. */
const builtScan = dist.scanRows as unknown as typeof scanRows;

/** From this size on a log is scanned in threads, for which the modules have to be built. */
const THREADED_BYTES = 8 * MIB;

const close = (n: number, fields: object = {}) =>
  json({ ...CLOSE, connection_sequence: n, duration_seconds: 1, ...fields });

/** A line, without its line feed, of that many bytes. */
function padded(bytes: number, fields: object = {}): string {
  const least = close(1, { ...fields, msg: '' });
  return close(1, { ...fields, msg: 'x'.repeat(bytes - least.length) });
}

function written(content: string | Uint8Array, options: SourceOptions = {}): Source[] {
  const file = path.join(temporaryDirectory(), 'server.ndjson');
  fs.writeFileSync(file, content);
  return findSources([file], options);
}

type Said = ReturnType<typeof saidBy>;
type Seen = Omit<Said, 'session' | 'client' | 'document'> & {
  file: number;
  line: number;
  ids: number[];
};

/** Rows that can be kept. Hashes are drawn anew by each process, so they count by their order. */
function collector() {
  const rows: Seen[] = [];
  const hashes = new Map<string, number>([['0,0', 0]]);
  const indexOf = (hash: number[]) => {
    if (!hashes.has(`${hash}`)) hashes.set(`${hash}`, hashes.size);
    return hashes.get(`${hash}`) as number;
  };
  const add = ({ session, client, document, ...said }: Said, file: number, line: number) => {
    rows.push({ ...said, file, line, ids: [session, client, document].map(indexOf) });
  };
  const onRow = (of: Rows, row: number) => add(saidBy(of, row), of.file(row), of.line(row));
  return { rows, add, onRow };
}

/** In threads only what is built can run; on this one, what is written. */
const scanOf = (sources: Source[]) =>
  sources.some(({ file }) => fs.statSync(file).size >= THREADED_BYTES) ? builtScan : scanRows;

async function scanned(sources: Source[]) {
  const { rows, onRow } = collector();
  const scan = await scanOf(sources)(sources, onRow);
  return { rows, files: scan.files, doubts: scan.doubts };
}

/** What a scan has to come to, line by line, slowly. */
async function expected(sources: Source[]) {
  const { rows, add } = collector();
  const files: LogFile[] = [];
  const damaged: Pick<Doubt, 'where' | 'value'>[] = [];
  for (const [file, source] of sources.entries()) {
    const counts = { file: source.file, lines: 0, records: 0, ignored: 0, rejected: 0 };
    for (const parsed of await parsedLines(source)) {
      const line = ++counts.lines;
      if (parsed.kind === 'ignored') counts.ignored += 1;
      else if (parsed.kind === 'rejected') {
        counts.rejected += 1;
        damaged.push({ where: { file: source.file, line }, value: parsed.reason });
      } else {
        counts.records += 1;
        add(saidByRecord(parsed), file, line);
      }
    }
    files.push(counts);
  }
  return { rows, files, damaged };
}

/** Scans, and holds what came of it against what has to. */
async function check(sources: Source[]) {
  const [found, wanted] = [await scanned(sources), await expected(sources)];
  expect(found.files).toEqual(wanted.files);
  expect(found.rows.length).toBe(wanted.rows.length);
  // One by one: to compare, and to show, a million rows takes for ever.
  const differing = found.rows.findIndex((row, at) => json(row) !== json(wanted.rows[at]));
  expect(found.rows[differing]).toEqual(wanted.rows[differing]);
  const damaged = found.doubts.filter(({ code }) => code === 'line-damaged');
  expect(damaged.slice(0, 20)).toMatchObject(wanted.damaged.slice(0, 20));
  return found;
}

const SHORT = `${close(1)}\n`;
/** So that a log is large of a few rows. */
const LONG = `${padded(10_000)}\n`;

/** Lines that are plain, that are not, that are none, and those that no chunk holds. */
const MIXED = [
  close(1),
  close(2, { session_id: 't', document_id: 'd', session_verified: false }),
  `${close(3)}\r`,
  close(4, { session_id: 'é', client_id: 'ü' }),
  close(5, { connection_sequence: '5' }),
  json({ ...CLOSE, event: 'connection_opened', close_code: undefined }),
  json({ ...CLOSE, event: 'session_started', parent_session_id: 'elder' }),
  json({ ...CLOSE, event: 'handshake_rejected', session_id: undefined }),
  '{"event":"chatter"}',
  '',
  '{"no log',
  '{"a":"\0"}',
];

/** As long as a line may be, and more; as a chunk, and more. */
const LONG_LINES = isThorough
  ? [MIB - 1, MIB, MIB + 1, 2 * MIB - 1, 2 * MIB, 2 * MIB + 1, 3 * MIB]
  : [MIB, MIB + 1, 2 * MIB + 1];

describe('a scan', () => {
  it('gives a row for each record, plain or not', async () => {
    const { rows, doubts } = await check(written(`${MIXED.join('\n')}\n`));
    expect(rows.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const sessions = rows.map(({ ids: [session] }) => session);
    const [s = 0, t = 0, , e = 0] = sessions;
    expect(sessions).toEqual([s, t, s, e, s, s, s, 0]);
    expect(new Set([s, t, e, 0]).size).toBe(4);
    expect(doubts.map(({ where }) => where)).toMatchObject([{ line: 11 }, { line: 12 }]);
  });

  it('numbers the lines of each file alone', async () => {
    const directory = temporaryDirectory();
    for (const name of ['b.log', 'a.log', 'a.log.1']) {
      fs.writeFileSync(path.join(directory, name), `${MIXED.join('\n')}\n`);
    }
    const { rows } = await check(findSources([directory]));
    expect(rows.map(({ file, line }) => `${file}:${line}`).slice(7, 10)).toEqual([
      '0:8',
      '1:1',
      '1:2',
    ]);
  });

  it.each(
    LONG_LINES.flatMap((bytes) => [
      { bytes, where: 'first', before: '', after: SHORT },
      { bytes, where: 'between', before: SHORT, after: SHORT },
      { bytes, where: 'last', before: SHORT, after: '' },
    ]),
  )('takes a line of $bytes bytes that is $where', async ({ bytes, before, after }) => {
    const line = padded(bytes);
    const isTooLong = bytes > MAX_LINE_BYTES;
    const rest = before === '' || after === '' ? 1 : 2;
    const whole = await check(written(`${before}${line}\n${after}`));
    const counts = { lines: rest + 1, rejected: isTooLong ? 1 : 0 };
    expect(whole.files).toMatchObject([counts]);
    const cut = await check(written(`${before}${after}${line}`));
    expect(cut.files).toMatchObject([counts]);
    expect(cut.doubts.at(-1)).toMatchObject({ code: 'log-truncated', where: { line: rest + 1 } });
  });

  it('takes lines of all lengths in any order', async () => {
    const edges = [0, 1, MIB, CHUNK_BYTES, 2 * CHUNK_BYTES];
    const bytes = fc
      .tuple(fc.constantFrom(...edges), fc.integer({ min: -2, max: 2 }))
      .map(([edge, off]) => Math.max(0, edge + off));
    const line = fc.oneof(
      fc.constantFrom(...MIXED),
      bytes.map((length) => (length < 300 ? 'x'.repeat(length) : padded(length))),
    );
    const lines = fc.array(line, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(lines, fc.boolean(), async (all, isWhole) => {
        await check(written(`${all.join('\n')}${isWhole ? '\n' : ''}`));
      }),
      { numRuns: runs(60) },
    );
  });

  it.each([-2, -1, 0, 1, 2])(
    'takes lines that end %i bytes from the end of a chunk',
    async (off) => {
      const first = padded(MIB - 1);
      const second = padded(CHUNK_BYTES - MIB - 1 + off, { session_id: 't' });
      const { rows } = await check(written(`${first}\n${second}\n${SHORT}${first}\n${SHORT}`));
      expect(rows.map(({ line }) => line)).toEqual(off > 1 ? [1, 3, 4, 5] : [1, 2, 3, 4, 5]);
    },
  );

  itThoroughly('takes the shortest rows there can be, as many as a chunk has', async () => {
    const options = {
      map: { time: ['t'], event: ['t'] },
      events: { connection_closed: ['700000000'] },
    };
    const shortest = '{"t":7e8}\n';
    const [record] = await parsedLines(written(shortest, options)[0] as Source);
    if (record?.kind !== 'record') throw new Error('no record');
    const wanted = json(saidByRecord(record));
    let line = 0;
    let differing = 0;
    const onRow = (of: Rows, row: number) => {
      line += 1;
      if (of.line(row) !== line || json(saidBy(of, row)) !== wanted) differing += 1;
    };
    const sources = written(shortest.repeat(CHUNK_BYTES / 10 + 5), options);
    const { files } = await scanRows(sources, onRow);
    expect(files).toMatchObject([{ records: 209_720 }]);
    expect({ line, differing }).toEqual({ line: 209_720, differing: 0 });
  });

  it('gives the same in threads', async () => {
    const block = [...MIXED, ...Array.from({ length: 40 }, (_, n) => close(n + 1))];
    const apart = isThorough ? 16 : 32;
    const lines = Array.from({ length: 40 }, (_, n) => {
      const own = block.map((line) => line.replace('"s"', `"s${n % 7}"`));
      return n % apart === 0 ? [...own, padded(MIB + n), padded(3 * MIB), padded(MIB - n)] : own;
    });
    const sources = written(`${lines.flat().join('\n')}\n`);
    expect(fs.statSync((sources[0] as Source).file).size).toBeGreaterThan(THREADED_BYTES);
    const { files } = await check(sources);
    expect(files).toMatchObject([{ rejected: 40 * 2 + 2 * Math.ceil(40 / apart) - 1 }]);
  });

  it.each(isThorough ? [1, THREADED_BYTES] : [1])(
    'doubts a log of several pods, of %i bytes',
    async (bytes) => {
      const pod = (name: string) =>
        `[pod/api-${name}/api] ${LONG}`.repeat(Math.ceil(bytes / 2 / LONG.length));
      const several = written(pod('a') + SHORT + pod('b') + pod('c'));
      const file = several[0]?.file;
      expect((await scanOf(several)(several, () => {})).doubts).toEqual([
        { code: 'several-writers', where: { file }, value: 'pod/api-a/api, pod/api-b/api' },
      ]);
      const one = written(pod('a') + SHORT + pod('a'));
      expect((await scanOf(one)(one, () => {})).doubts).toEqual([]);
    },
  );
});

describe('threads', () => {
  const large = () => written(LONG.repeat(Math.ceil(THREADED_BYTES / LONG.length)));

  it('that die are an error', async () => {
    const entry = new URL('data:text/javascript,process.exit(7)');
    const scanners = scanInThreads(entry);
    const [source] = large() as [Source];
    const visit = visitChunks(source, scanners, 'rows', { onChunk: () => {} });
    await expect(visit).rejects.toThrow('ended with code 7');
    await scanners.close();
  });

  itThoroughly('that throw are an error', async () => {
    const sources = large().map((source) => ({ ...source, format: null as never }));
    await expect(builtScan(sources, () => {})).rejects.toThrow(TypeError);
  });

  itThoroughly('end where nobody wants what they find any more', async () => {
    await expect(builtScan(large(), enough)).rejects.toThrow('enough');
  });
});

it('a scan ends where nobody wants what it finds any more', async () => {
  await expect(scanRows(written(SHORT.repeat(2)), enough)).rejects.toThrow('enough');
});

function enough(): never {
  throw new Error('enough');
}

describe('a reading that is ended', () => {
  it.each(firstOf(1, THREADED_BYTES / LONG.length + 1))('ends, of %i lines', async (lines) => {
    const sources = written(LONG.repeat(lines));
    const signal = AbortSignal.abort();
    const rows: number[] = [];
    const onRow = (of: Rows, row: number) => rows.push(of.line(row));
    await expect(builtScan(sources, onRow, { signal })).rejects.toThrow('aborted');
    await expect(readRecords(sources, { onRecord: () => {} }, { signal })).rejects.toThrow(
      'aborted',
    );
    expect(rows).toEqual([]);
  });

  it('ends in the middle', async () => {
    const bytes = (isThorough ? 4 : 2) * THREADED_BYTES;
    const sources = written(LONG.repeat(bytes / LONG.length));
    const controller = new AbortController();
    let rows = 0;
    const scan = builtScan(sources, () => rows++, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(scan).rejects.toThrow('aborted');
    expect(rows).toBeLessThan(CHUNK_BYTES / LONG.length + 1);
  });

  it.each([false, true])('ends while it waits for a FIFO, with a writer: %s', async (isOpen) => {
    const fifo = path.join(temporaryDirectory(), 'server.fifo');
    execFileSync('mkfifo', [fifo]);
    const controller = new AbortController();
    const { signal } = controller;
    const reading = readRecords(findSources([fifo]), { onRecord: () => {} }, { signal });
    // To open it waits until the other side does.
    const writer = isOpen ? await fs.promises.open(fifo, 'w') : undefined;
    controller.abort();
    await expect(reading).rejects.toThrow('aborted');
    await writer?.close();
  });
});
