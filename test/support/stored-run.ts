import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { simulate } from 'wsdiag';
import type { RunResult } from '../../src/model/result.ts';
import { loadScenario } from '../../src/scenario/index.ts';

export interface StoredRun {
  /** Its directory. */
  run: string;
  result: RunResult;
  /** Takes it away again. */
  remove(): void;
}

/** A run for all tests of a file, made before them. */
export async function storedRun(text: string): Promise<StoredRun> {
  const loaded = loadScenario(text, 'stored.yaml');
  if (!('scenario' in loaded)) throw new Error(JSON.stringify(loaded.problems));
  const out = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-test-'));
  const result = await simulate({
    scenario: loaded.scenario,
    text,
    seed: loaded.scenario.seed ?? 1,
    replay: 'none',
    out,
    signal: new AbortController().signal,
  });
  return {
    run: result.run_dir as string,
    result,
    remove: () => fs.rmSync(out, { recursive: true, force: true }),
  };
}
