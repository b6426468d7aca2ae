import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { randomFor } from '../../src/core/random.ts';
import { type LogLine, linesOf, runCli, scenarioFile, startProcess } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

const ROUNDS = 15;
const CLIENTS = 20;
/** A round is killed once its logs have so many bytes, or fewer; with none, before it has begun. */
const MOST_BYTES = 150_000;

const BUSY = `name: busy
seed: 1
duration: 60s
clients: { count: ${CLIENTS}, backoff: { policy: none }, min_uptime: 0s }
timeline:
  - { every: 20ms, fault: drop, how: rst, share: 30% }
  - { every: 30ms, fault: refresh, within: 10ms, share: 20% }
  - { every: 50ms, fault: drop, how: fin, share: 20% }
`;
const CALM = `name: calm\nseed: 1\nduration: 200ms\nclients: { count: ${CLIENTS} }\n`;

it('kill -9 at any instant makes no session use a number twice, or start again', async () => {
  const out = temporaryDirectory();
  const onStorage = ['--out', out, '--storage', temporaryDirectory()];
  const random = randomFor(1, 'kill');
  const busy = scenarioFile(BUSY);
  const errors: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const cli = startProcess(['simulate', busy, ...onStorage]);
    await cli.until(/replay with/);
    const enough = bytesOfLogs(out) + Math.floor(random() ** 2 * MOST_BYTES);
    await expect
      .poll(() => bytesOfLogs(out), { interval: 3, timeout: 20_000 })
      .toBeGreaterThanOrEqual(enough);
    cli.killGroup('SIGKILL');
    errors.push((await cli.outcome).stderr);
  }
  const last = await runCli(['simulate', scenarioFile(CALM), ...onStorage]);
  expect(last.code, last.stdout).toBe(0);

  // A write that was under way is no damage; anything else would have begun new sessions.
  expect(errors.join('').match(/sessions\.ndjson: (?!torn-record).*/g)).toBeNull();

  const uses = runsIn(out).flatMap(usesOf);
  expect(reused(uses)).toEqual([]);
  expect(goingBack(uses)).toEqual([]);

  const sessions = groupBy(uses, ({ session }) => session);
  const inSeveral = [...sessions.values()].filter(
    (own) => new Set(own.map(({ run }) => run)).size > 1,
  );
  expect(inSeveral).toHaveLength(CLIENTS);
  expect(last.stdout).toMatch(new RegExp(`sessions +${CLIENTS}$`, 'm'));
});

/** A number that a session used: for a dial, by the client's log, or a connection, by the server's. */
interface Use {
  run: number;
  log: 'client' | 'server';
  at: string;
  session: string;
  number: number;
}

const runsIn = (out: string): string[] =>
  fs
    .readdirSync(out)
    .filter((name) => name !== 'latest' && !name.startsWith('.'))
    .sort((a, b) => stampOf(a).localeCompare(stampOf(b)))
    .map((name) => path.join(out, name));

const stampOf = (name: string): string => name.replace(/^[a-z]+-/, '');

function bytesOfLogs(out: string): number {
  const logs = runsIn(out).flatMap((run) => ['server', 'client'].map((log) => logFile(run, log)));
  const sizeOf = (file: string) => fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return logs.reduce((sum, file) => sum + sizeOf(file), 0);
}

const logFile = (run: string, log: string) => path.join(run, `${log}.ndjson`);

function usesOf(directory: string, run: number): Use[] {
  const of = (log: Use['log'], event: string) =>
    wholeLines(logFile(directory, log)).flatMap((line, index): Use[] =>
      line.event === event
        ? [
            {
              run,
              log,
              at: `${logFile(directory, log)}:${index + 1}`,
              session: String(line.session_id),
              number: Number(line.connection_sequence),
            },
          ]
        : [],
    );
  return [...of('client', 'connection_attempt'), ...of('server', 'connection_opened')];
}

/** A killed process may have been in the middle of a line. */
function wholeLines(file: string): LogLine[] {
  if (!fs.existsSync(file)) return [];
  const text = fs.readFileSync(file, 'utf8');
  return linesOf(text.slice(0, text.lastIndexOf('\n') + 1));
}

/** Numbers that two dials, or two connections, of a session have. */
function reused(uses: Use[]): Use[][] {
  const same = groupBy(uses, ({ log, session, number }) => `${log} ${session} ${number}`);
  return [...same.values()].filter((own) => own.length > 1);
}

/** Uses of a number not above what the session had reached in an earlier run. */
function goingBack(uses: Use[]): Use[] {
  const reached = new Map<string, number>();
  const backward: Use[] = [];
  for (const own of groupBy(uses, ({ run }) => run).values()) {
    backward.push(...own.filter(({ session, number }) => number <= (reached.get(session) ?? 0)));
    for (const { session, number } of own) {
      reached.set(session, Math.max(number, reached.get(session) ?? 0));
    }
  }
  return backward;
}

function groupBy<T, K>(all: T[], keyOf: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups;
}
