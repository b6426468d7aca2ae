/** Logs of targets, which tell of connections alone: when the server stopped and started, the fault log tells. */
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSources } from '../../src/logs/index.ts';
import type { RunResult } from '../../src/model/result.ts';
import { judgeLogs, judgeRun } from '../../src/simulate/judge.ts';
import { listSessions } from '../../src/simulate/list-sessions.ts';
import { type Line, type Lines, play, type Step, TAB_STEPS } from '../judge/world.ts';
import { runs } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const HOUR_MS = 3_600_000;
const IS_BOUND = new Set(['server_started', 'server_stopped']);

/** The same run, if its server were a target: its log has no starts and stops, and the fault log has them. */
function ofTarget({ server, client, faults }: Lines): Lines {
  const own: Line[] = [];
  const told: Line[] = [];
  const tell = (time: string, event: string, fields: object = {}) =>
    told.push({ ...fields, time, event });
  const ended = (time: string, killed: boolean) =>
    tell(time, 'target_ended', {
      killed,
      exit: killed ? 'SIGKILL' : 'exit 0',
      log_lines: own.length,
    });
  let isUp = false;
  for (const line of server) {
    const { event, time } = line;
    if (!IS_BOUND.has(event)) own.push(line);
    else if (event === 'server_stopped') ended(time, false);
    else {
      const isKill = (fault: Line) => fault.kills_server === true && fault.time <= time;
      const killed = isUp ? faults.findLast(isKill)?.time : undefined;
      if (killed) tell(killed, 'target_killed');
      if (killed) ended(killed, true);
      tell(time, 'target_started');
    }
    isUp = event !== 'server_stopped';
  }
  const [started, ...rest] = faults as [Line, ...Line[]];
  const stopped = rest.pop() as Line;
  const between = [...rest, ...told.slice(1, -1)].sort((one, other) =>
    one.time < other.time ? -1 : Number(one.time > other.time),
  );
  const last = told.at(-1) as Line;
  return { server: own, client, faults: [started, told[0] as Line, ...between, last, stopped] };
}

const SCENARIO = `name: told
seed: 1
duration: 1s
clients: { count: 1 }
target: { url: 'ws://127.0.0.1:1', start: { command: server }, log: stdout }
`;

function directoryOf({ server, client, faults }: Partial<Lines>): string {
  const directory = temporaryDirectory();
  const write = (file: string, lines: Line[] | undefined) => {
    const text = (lines ?? []).map((line) => `${JSON.stringify(line)}\n`).join('');
    if (lines) fs.writeFileSync(path.join(directory, file), text);
  };
  write('server.log', server);
  write('client.ndjson', client);
  write('faults.ndjson', faults);
  fs.writeFileSync(path.join(directory, 'scenario.yaml'), SCENARIO);
  return directory;
}

const judged = (lines: Partial<Lines>): Promise<RunResult> => judgeRun(directoryOf(lines));

const coverageOf = ({ coverage }: RunResult) =>
  coverage.find(({ code }) => code === 'close-missing');

const codesOf = ({ findings }: RunResult) => findings.map(({ code }) => code);

/** Without the first or the last line of the server's that is like that. */
function without(lines: Lines, match: (line: Line) => boolean): Lines {
  const at = lines.server.findIndex(match);
  expect(at).toBeGreaterThanOrEqual(0);
  const bounds = lines.faults.map((line) =>
    typeof line.log_lines === 'number' && line.log_lines > at
      ? { ...line, log_lines: line.log_lines - 1 }
      : line,
  );
  return { ...lines, server: lines.server.toSpliced(at, 1), faults: bounds };
}

/** As a server would write that is in another zone and tells whole seconds. */
const elsewhere = (lines: Lines, byMs: number): Lines => ({
  ...lines,
  server: lines.server.map((line) => {
    const time = Math.floor((Date.parse(line.time) + byMs) / 1000) * 1000;
    return { ...line, time: new Date(time).toISOString() };
  }),
});

const CRASH_AND_RESTART: Step[] = [
  'open',
  [0, 'drop'],
  [1, 'refresh'],
  [0, 'connect'],
  [1, 'connect'],
  'kill',
  [0, 'connect'],
  [1, 'connect'],
  [0, 'server-close'],
  'restart',
  [0, 'connect'],
  [1, 'connect'],
  'kill',
];

const isDrop = ({ event, closed_by }: Line) =>
  event === 'connection_closed' && closed_by === 'network';
const isGoodbye = ({ event, close_code }: Line) =>
  event === 'connection_closed' && close_code === 1012;

describe('a log that tells neither starts nor stops of its server', () => {
  const run = ofTarget(play(CRASH_AND_RESTART));

  it.each([0, HOUR_MS, -HOUR_MS])('is judged whole, by a clock that is %i ms off', async (byMs) => {
    const result = await judged(byMs === 0 ? run : elsewhere(run, byMs));
    expect(result).toMatchObject({ verdict: 'pass', findings: [], doubts: [] });
    expect(coverageOf(result)).toEqual({ code: 'close-missing', ran: true, lacking: null });
    expect(result.excused).toEqual([{ code: 'server-killed', connections: 4 }]);
    expect(result.metrics.connections_of_session_max).toBe(1);
    // Whole seconds can't tell of more.
    if (byMs === 0) expect(result.metrics.peak_connections).toBe(2);
    expect(result.observations).toEqual([]);
  });

  it.each([0, HOUR_MS, -HOUR_MS])('lacks closes of its own, by a clock %i ms off', async (byMs) => {
    for (const match of [isDrop, isGoodbye]) {
      const lines = without(run, match);
      const result = await judged(byMs === 0 ? lines : elsewhere(lines, byMs));
      expect(codesOf(result)).toEqual(['close-missing']);
    }
  });

  it('excuses what ended too soon before a kill', async () => {
    const soon = ofTarget(play(['open', [0, 'drop'], 'kill']));
    const { excused, findings } = await judged(without(soon, isDrop));
    expect(findings).toEqual([]);
    expect(excused).toContainEqual({ code: 'killed-too-soon', connections: 1 });
  });

  it('is judged in part where the fault log tells nothing, or is not there', async () => {
    const isTold = ({ event }: Line) => event.startsWith('target_');
    const faults = run.faults.filter((line) => !isTold(line));
    const unknown = { code: 'close-missing', ran: true, lacking: 'no-bounds' };
    expect(coverageOf(await judged({ ...run, faults }))).toEqual(unknown);
    const alone = await judged({ server: run.server, client: run.client });
    expect(coverageOf(alone)).toEqual(unknown);
    expect(alone.verdict).toBe('unknown');
  });

  it('is judged in part where a part is read', async () => {
    const directory = directoryOf(run);
    for (const { time } of run.server) {
      const at = Date.parse(time);
      for (const span of [{ since: at }, { until: at }, { since: at, until: at + 2000 }]) {
        const { findings } = await judgeLogs(await openSources([directory], span));
        expect(findings).toEqual([]);
      }
    }
  });

  it('has no connections open behind a kill in the list of sessions', async () => {
    const { sessions } = await listSessions(
      await openSources([directoryOf(run)]),
      'reconnects',
      10,
    );
    expect(sessions.map(({ at_once, open_connections }) => [at_once, open_connections])).toEqual([
      [1, 0],
      [1, 0],
    ]);
  });

  it('of a server that was killed at the end has lost no session, but the closes', async () => {
    const atEnd = {
      ...run,
      faults: run.faults.toSpliced(-2, 1, ...killedAtEnd(run.faults.at(-2) as Line)),
    };
    expect(await judged(atEnd)).toMatchObject({ verdict: 'pass', findings: [] });
    const isEnd = ({ event, close_code }: Line) =>
      event === 'connection_closed' && close_code === 1001;
    const at = run.server.findLastIndex(isEnd);
    const result = await judged(without(atEnd, (line) => line === run.server[at]));
    expect(codesOf(result)).toEqual(['close-missing']);
  });
});

/** It did not end within ten seconds, so it was killed. */
function killedAtEnd(ended: Line): Line[] {
  const time = new Date(Date.parse(ended.time) + 10_000).toISOString();
  return [
    { time, event: 'target_killed' },
    { ...ended, time, killed: true, exit: 'SIGKILL' },
  ];
}

it('a log that says itself when its server started is taken at its word', async () => {
  const own = play(CRASH_AND_RESTART);
  const { faults } = ofTarget(own);
  const result = await judged({ ...own, faults });
  expect(result).toMatchObject({ verdict: 'pass', doubts: [] });
  expect(coverageOf(result)).toMatchObject({ lacking: null });
});

it('whatever happens to sound servers, their logs are judged as if they told it themselves', async () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.tuple(fc.nat(2), fc.constantFrom(...TAB_STEPS)) },
    { weight: 2, arbitrary: fc.constantFrom('restart' as const, 'kill' as const, 'open' as const) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const result = await judged(elsewhere(ofTarget(play(steps)), HOUR_MS));
      expect(result).toMatchObject({ findings: [], doubts: [] });
      expect(coverageOf(result)).toMatchObject({ lacking: null });
    }),
    { numRuns: runs(600) },
  );
});
