import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BRUTE_CODES, type BruteLine, type BruteLog, bruteForce } from '../support/brute-force.ts';
import { generateLines } from '../support/generated.ts';
import { comparable, judgeFiles, named } from '../support/judge-file.ts';
import { begun, clientLog, closesLog, edited, opensLog } from '../support/random-logs.ts';
import { isThorough, runs } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const opens = opensLog.map(begun('server'));
const client = clientLog.map(begun('client'));

const alone = (log: fc.Arbitrary<BruteLine[]>) => log.map((lines) => [lines]);

/** No two servers give the same id. Who of two is a stranger depends on who came first, so nobody is. */
const apart = (logs: BruteLine[][]) =>
  logs.map((lines, server) =>
    lines.map(({ client_id, ...line }) => ({
      ...line,
      ...(client_id !== undefined && { client_id: `${server}${client_id}` }),
      ...(line.session_verified !== undefined && { session_verified: true }),
    })),
  );

const severalOf = (small: fc.Arbitrary<BruteLine[]>) =>
  fc.array(small, { minLength: 2, maxLength: 3 }).filter(areWhole).map(apart);

/** Opens without a close, beside closes without an open, are taken for one server's. */
const areWhole = (logs: BruteLine[][]) =>
  logs.every((lines) => {
    const has = (name: string) => lines.some(({ event }) => event === name);
    return has('connection_closed') || !has('connection_opened');
  });

/** What numbers tell is not asked of a log that has none. */
const areNumbered = (logs: BruteLine[][]) =>
  logs.every((lines) => {
    const isNumbered = ({ connection_sequence: number }: BruteLine) =>
      Number.isSafeInteger(number) && Number(number) > 0;
    return (
      lines.some(isNumbered) || !lines.some(({ event }) => String(event).startsWith('connection_'))
    );
  });

const LOGS = [
  { of: 'a server that logs closes alone', side: 'server', small: closesLog, shape: 'closes' },
  { of: 'a server that logs opens too', side: 'server', small: opens, shape: 'server' },
  { of: 'a client', side: 'client', small: client, shape: 'client' },
] as const;

describe.each(LOGS)('a log of $of', ({ side, small, shape }) => {
  it('is found to have what brute force finds in it', () =>
    expectAgreement(side, alone(small), 150));

  it('is so where a sound one has been edited', () => {
    const lines = generateLines({ shape, lines: 240, sessions: 5 }).map((text) => JSON.parse(text));
    const sound = shape === 'server' ? begun(side)(lines) : lines;
    return expectAgreement(side, alone(edited(sound)), 100);
  });
});

describe('a log that begins in the middle of things', () => {
  it('is found to have what brute force finds in it, where it is a server’s', () =>
    expectAgreement('server', alone(opensLog), 150));

  it('is found to have what brute force finds in it, where it is a client’s', () =>
    expectAgreement('client', alone(clientLog), 150));

  it.each([
    ['attempts', 'connection_attempt'],
    ['welcomes', 'connection_opened'],
    ['failures', 'connection_failed'],
  ])('is so where it is that of a client that logs no %s', (_, name) => {
    const lacking = clientLog.map((lines) => lines.filter(({ event }) => event !== name));
    return expectAgreement('client', alone(lacking), 150);
  });
});

describe.each([
  { of: 'closes alone', small: closesLog },
  { of: 'opens too', small: opens },
  { of: 'closes alone and of opens too', small: fc.oneof(closesLog, opens) },
])('logs of several servers, of $of', ({ small }) => {
  it('are found to have what brute force finds in them', () =>
    expectAgreement('server', severalOf(small), 100));
});

describe.runIf(isThorough)('random logs', () => {
  it('have all that brute force looks for', () => {
    const found = LOGS.flatMap(({ side, small }) =>
      fc.sample(small, { numRuns: 300, seed: 1 }).flatMap((lines) => bruteForce([{ side, lines }])),
    );
    expect(new Set(found.map(({ code }) => code))).toEqual(BRUTE_CODES);
  });
});

describe('a stranger with a session’s id', () => {
  it('spoils nothing where it was there first', async () => {
    const lines = ['stranger', 'owner'].map((client_id, index) => ({
      time: `2026-03-01T00:00:0${index}.000Z`,
      event: 'connection_opened',
      client_id,
      session_id: 's1',
      connection_sequence: 1,
      session_verified: client_id === 'owner',
    }));
    expect(await judgeLines('server', [lines])).toEqual([]);
  });
});

/** `logs`: one of each of that side's servers, or clients. */
function expectAgreement(
  side: BruteLog['side'],
  logs: fc.Arbitrary<BruteLine[][]>,
  thorough: number,
): Promise<void> {
  const directory = temporaryDirectory();
  return fc.assert(
    fc.asyncProperty(logs.filter(areNumbered), async (logs) => {
      const found = await judgeLines(side, logs, directory);
      expect(found).toEqual(named(bruteForce(logs.map((lines) => ({ side, lines })))));
    }),
    { numRuns: runs(thorough) },
  );
}

async function judgeLines(
  side: BruteLog['side'],
  logs: BruteLine[][],
  directory = temporaryDirectory(),
): Promise<string[]> {
  const files = logs.map((_, index) => path.join(directory, `${'abc'[index]}.ndjson`));
  for (const [index, file] of files.entries()) {
    fs.writeFileSync(file, (logs[index] ?? []).map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
  const found = comparable(await judgeFiles(files, side), files);
  return named(found.filter(({ code }) => BRUTE_CODES.has(code)));
}
