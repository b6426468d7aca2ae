import path from 'node:path';
import { expect, it } from 'vitest';
import { findSources } from '../../src/logs/index.ts';
import { judgeLogs } from '../../src/simulate/judge.ts';
import { writeBothLogs } from '../support/log-generator.mjs';
import { temporaryDirectory } from '../support/world.ts';

it('generated logs with a defect in one of ten sessions are found wrong in these alone', async () => {
  const directory = temporaryDirectory();
  const files = {
    server: path.join(directory, 'server.ndjson'),
    client: path.join(directory, 'client.ndjson'),
  };
  writeBothLogs(files, { lines: 3000, sessions: 120, defectiveEvery: 10 });
  const { findings } = await judgeLogs(findSources([files.server], { client: [files.client] }));
  expect(new Set(findings.map(({ session_id }) => session_id)).size).toBe(12);
  expect(new Set(findings.map(({ code }) => code))).toEqual(
    new Set(['close-orphaned', 'close-missing', 'logs-disagree', 'sequence-duplicated']),
  );
});
