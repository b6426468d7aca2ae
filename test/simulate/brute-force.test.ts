import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BruteLog, bruteForce } from '../support/brute-force.ts';
import { comparable, judgeFile, named } from '../support/judge-file.ts';
import { clientLog, closesLog, opensLog } from '../support/random-logs.ts';
import { temporaryDirectory } from '../support/world.ts';

describe.each([
  ['a server that logs closes alone', 'server', closesLog],
  ['a server that logs opens too', 'server', opensLog],
  ['a client', 'client', clientLog],
] as const)('any log of %s', (_, side, log) => {
  it('is found to have what brute force finds in it', async () => {
    const file = path.join(temporaryDirectory(), 'log.ndjson');
    await fc.assert(
      fc.asyncProperty(log, async (lines) => {
        fs.writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
        const expected = bruteForce([{ side, lines } satisfies BruteLog]);
        expect(named(comparable(await judgeFile(file, side)))).toEqual(named(expected));
      }),
      { numRuns: 5000 },
    );
  });
});
