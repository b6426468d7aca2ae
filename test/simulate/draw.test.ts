import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSources } from '../../src/logs/index.ts';
import { drawLogs } from '../../src/simulate/draw.ts';
import { judgeLogs } from '../../src/simulate/judge.ts';
import { temporaryDirectory } from '../support/world.ts';

const opened = (second: number) =>
  `${JSON.stringify({
    time: new Date(Date.UTC(2026, 2, 1, 0, 0, second)).toISOString(),
    event: 'connection_opened',
    session_id: `s${second}`,
    connection_sequence: 1,
    client_id: `c${second}`,
  })}\n`;

/** Charts of a log that was judged, and to which something happened then. */
async function drawnAfter(happen: (file: string) => void) {
  const file = path.join(temporaryDirectory(), 'server.ndjson');
  fs.writeFileSync(file, opened(1) + opened(2));
  const sources = findSources([file]);
  const result = await judgeLogs(sources);
  happen(file);
  return drawLogs(sources, result);
}

describe('what is drawn of logs', () => {
  it('is what was judged, though a log has grown', async () => {
    const drawn = await drawnAfter(() => {});
    expect(drawn?.lanes.session_id).toEqual(expect.arrayContaining(['s1', 's2']));
    expect(await drawnAfter((file) => fs.appendFileSync(file, opened(3)))).toEqual(drawn);
  });

  it.each<[string, (file: string) => void]>([
    ['is gone', (file) => fs.rmSync(file)],
    ['was rotated', (file) => fs.writeFileSync(file, opened(3))],
  ])('is nothing where a log %s', async (_, happen) => {
    expect(await drawnAfter(happen)).toBeNull();
  });
});
