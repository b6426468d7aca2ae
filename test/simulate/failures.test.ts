import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSources } from '../../src/logs/index.ts';
import { judgeLogs, judgeRun } from '../../src/simulate/judge.ts';
import { TIME } from '../logs/support.ts';
import { temporaryDirectory } from '../support/world.ts';

const failed = (fields: object) =>
  JSON.stringify({
    time: TIME,
    event: 'connection_failed',
    session_id: 's',
    connection_sequence: 1,
    ...fields,
  });

/** A run directory with that client log. */
function runWith(lines: string[]): string {
  const directory = temporaryDirectory();
  fs.writeFileSync(
    path.join(directory, 'client.ndjson'),
    lines.map((line) => `${line}\n`).join(''),
  );
  return directory;
}

const refused = failed({ error: 'ECONNREFUSED', http_status: null });
const busy = failed({ error: 'HTTP 503', http_status: 503 });

describe('what attempts failed with', () => {
  it('is told of a run, the most frequent first', async () => {
    const { failures } = await judgeRun(runWith([refused, busy, refused, failed({}), refused]));
    expect(failures).toEqual([
      { reason: 'ECONNREFUSED', attempts: 3 },
      { reason: 'HTTP 503', attempts: 1 },
    ]);
  });

  it('is not told where none did, of too many, or of other logs', async () => {
    const of = async (lines: string[]) => (await judgeRun(runWith(lines))).failures;
    expect(await of([])).toBeUndefined();
    expect(await of(Array.from({ length: 20_001 }, () => refused))).toBeUndefined();
    const log = path.join(runWith([refused]), 'client.ndjson');
    expect((await judgeLogs(findSources([], { client: [log] }))).failures).toBeUndefined();
  });
});
