import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type BruteLog, bruteForce } from '../support/brute-force.ts';
import { foreignMutations, readable } from '../support/foreign-mutations.ts';
import { generateLines } from '../support/generated.ts';
import { comparable, judgeFiles, named } from '../support/judge-file.ts';
import { isThorough, oneOfEach } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const [LINES, SESSIONS] = isThorough ? [1500, 30] : [150, 3];

/** `mayPass`: it does not say where it begins, and then lack its end. */
const LOGS = [
  { kind: 'closes', shape: 'closes', side: 'server', mayPass: true },
  { kind: 'closes', shape: 'bare-closes', side: 'server', mayPass: true },
  { kind: 'opens', shape: 'server', side: 'server', mayPass: true },
  { kind: 'client', shape: 'client', side: 'client', mayPass: false },
] as const;

describe.each(oneOfEach(LOGS, ({ kind }) => kind))(
  'a long log of $kind, shaped as $shape',
  ({ kind, shape, side, mayPass }) => {
    const texts = generateLines({ shape, lines: LINES, sessions: SESSIONS });

    it('has nothing wrong as it is', async () => {
      const file = write(Buffer.from(`${texts.join('\n')}\n`));
      expect((await judgeFiles([file], side)).findings).toEqual([]);
      expect(bruteForce([{ side, lines: texts.map((text) => JSON.parse(text)) }])).toEqual([]);
    });

    it.each([...foreignMutations(texts, kind)])(
      'with $name is found wrong there alone',
      async (mutation) => {
        const { bytes, findings, damaged } = mutation;
        const file = write(bytes);
        const result = await judgeFiles([file], side);
        const found = comparable(result, [file]);
        expect(found.map(({ code, proof }) => `${code} ${proof.at(-1)}`).sort()).toEqual(
          findings.map(([code, line]) => `${code} 0:${line}`).sort(),
        );
        expect(named(found)).toEqual(
          named(bruteForce([{ side, lines: readable(bytes) } satisfies BruteLog])),
        );
        const where = damaged === undefined ? [] : [damaged];
        const doubted = result.doubts.flatMap(({ where }) =>
          where && 'line' in where ? [where.line] : [],
        );
        expect([...new Set(doubted)]).toEqual(where);
        // Some losses leave a log that could have been written so.
        const isUnseen = findings.length === 0 && damaged === undefined;
        expect(result.verdict === 'pass').toBe(isUnseen && mayPass);
        expect(result.evidence).toMatchObject([{ rejected: where.length }]);
      },
    );
  },
);

function write(bytes: Buffer): string {
  const file = path.join(temporaryDirectory(), 'log.ndjson');
  fs.writeFileSync(file, bytes);
  return file;
}
