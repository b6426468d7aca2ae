import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSources } from '../../src/logs/index.ts';
import { judgeLogs } from '../../src/simulate/judge.ts';
import { generateLines } from '../support/generated.ts';
import { writeBothLogs } from '../support/log-generator.mjs';
import { isThorough } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

describe('generated logs', () => {
  it('are the same for the same seed, and others for another', () => {
    const generate = (seed: number) => generateLines({ shape: 'closes', lines: 100, seed });
    expect(generate(1)).toEqual(generate(1));
    expect(generate(1)).not.toEqual(generate(2));
  });

  it('agree where a server and its clients tell of the same sessions', async () => {
    const directory = temporaryDirectory();
    const [server, client] = ['server', 'client'].map((log) =>
      path.join(directory, `${log}.ndjson`),
    );
    const files = { server: server as string, client: client as string };
    writeBothLogs(files, isThorough ? { lines: 3000, sessions: 60 } : { lines: 900, sessions: 18 });
    const sources = findSources([files.server], { client: [files.client] });
    expect(await judgeLogs(sources)).toMatchObject({ verdict: 'pass', findings: [], doubts: [] });
  });
});
