import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { simulate } from 'wsdiag';
import type { RunResult } from '../../src/model/result.ts';
import { resultOf } from '../../src/report/json.ts';

export interface StoredRun {
  /** Its directory. */
  run: string;
  result: RunResult;
  /** Takes it away again. */
  remove(): void;
}

/** A run for all tests of a file, made before them. */
export async function storedRun(text: string): Promise<StoredRun> {
  const out = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-test-'));
  const file = path.join(out, 'stored.yaml');
  fs.writeFileSync(file, text);
  const seed = /^seed:/m.test(text) ? undefined : 1;
  const result = resultOf(await simulate(file, { seed, out }));
  return {
    run: result.run_dir as string,
    result,
    remove: () => fs.rmSync(out, { recursive: true, force: true }),
  };
}
