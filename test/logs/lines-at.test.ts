import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { findSources, scanRows } from '../../src/logs/index.ts';
import { readLines, textsAt } from '../../src/logs/lines-at.ts';
import type { LinePlace } from '../../src/model/record.ts';
import { temporaryDirectory } from '../support/world.ts';

/** Lines of very different lengths, so that some are near each other and some are far apart. */
const LENGTHS = [0, 10, 5000, 3, 200_000, 1, 70_000, 0, 900_000, 900_000, 900_000, 20];

const TEXT = LENGTHS.map((length, number) =>
  JSON.stringify({
    time: '2026-01-01T00:00:00Z',
    event: 'connection_opened',
    session_id: `s${number}`,
    msg: 'x'.repeat(length),
  }),
).join('\n');

async function placesIn(file: string): Promise<LinePlace[]> {
  const places: LinePlace[] = [];
  await scanRows(findSources([file]), (rows, row) => {
    places.push({ file: 0, line: rows.line(row), offset: rows.offset(row) });
  });
  return places;
}

describe('lines that are read again', () => {
  it.each([
    ['a file', (text: string) => text],
    ['a file that ends with a line feed', (text: string) => `${text}\n`],
    ['a file with a byte order mark', (text: string) => `\ufeff${text}`],
    ['a file that is compressed', (text: string) => gzipSync(text)],
  ])('are those at their places: %s', async (_, bytesOf) => {
    const file = path.join(temporaryDirectory(), 'server.log');
    fs.writeFileSync(file, bytesOf(TEXT));
    const places = await placesIn(file);
    expect(places).toHaveLength(LENGTHS.length);
    for (const wanted of [places, places.toReversed(), [places[9], places[0]] as LinePlace[]]) {
      const ids = new Map<number, unknown>();
      await readLines(findSources([file]), wanted, ({ session_id }, { line }) => {
        ids.set(line, session_id);
      });
      expect(ids.size).toBe(wanted.length);
      for (const { line } of wanted) expect(ids.get(line)).toBe(`s${line - 1}`);
    }
  });

  it('are cut where they are very long, and say so', async () => {
    const file = path.join(temporaryDirectory(), 'server.log');
    fs.writeFileSync(file, TEXT);
    const texts = [...(await textsAt(findSources([file]), await placesIn(file))).values()];
    const lines = TEXT.split('\n');
    expect(texts[1]).toBe(lines[1]);
    expect(texts[2]).toBe(`${lines[2]?.slice(0, 2000)}…`);
  });

  it('are none where none are wanted', async () => {
    await readLines([], [], () => expect.unreachable());
  });
});
