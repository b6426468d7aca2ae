import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { simulate } from 'wsdiag';
import { loadScenario } from '../../src/scenario/index.ts';

/** A run for all tests of a file, made before them: its directory, and what takes it away again. */
export async function storedRun(text: string): Promise<{ run: string; remove(): void }> {
  const loaded = loadScenario(text, 'stored.yaml');
  if (!('scenario' in loaded)) throw new Error(JSON.stringify(loaded.problems));
  const out = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-test-'));
  const { run_dir } = await simulate({
    scenario: loaded.scenario,
    text,
    seed: 1,
    replay: 'none',
    out,
    signal: new AbortController().signal,
  });
  return {
    run: run_dir as string,
    remove: () => fs.rmSync(out, { recursive: true, force: true }),
  };
}
