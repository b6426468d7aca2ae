/** Runs whose clients several workers played. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomFor } from '../../src/core/random.ts';
import { LOG_FILES } from '../../src/core/records.ts';
import { findSources } from '../../src/logs/index.ts';
import type { Finding } from '../../src/model/findings.ts';
import type { RunResult } from '../../src/model/result.ts';
import { doubtMessage } from '../../src/report/messages.ts';
import { judgeLogs, judgeRun } from '../../src/simulate/judge.ts';
import { change } from '../judge/judging.ts';
import { type Line, type Lines, play } from '../judge/world.ts';
import { dealt, type LogsByName, SCENARIO, together, written } from '../support/dealt.ts';
import { defectiveLogs, soundRun } from '../support/defective-logs.ts';
import { EVERYTHING, soundLines } from '../support/sound-lines.ts';
import { isThorough } from '../support/thorough.ts';

/** What is judged, but for where it stands. */
function judged({ verdict, findings, causes, metrics, excused, ...result }: RunResult) {
  const placeless = ({ evidence: _, ...finding }: Finding) => JSON.stringify(finding);
  return {
    verdict,
    findings: findings.map(placeless).toSorted(),
    causes: causes.map(({ examples: _, ...cause }) => ({
      ...cause,
      codes: cause.codes.toSorted(),
    })),
    metrics,
    excused,
    bounds: result.bounds,
    coverage: result.coverage,
    // Sessions are named in the order of their lines.
    doubts: result.doubts.map(({ code, value }) => [code, ...value.split(/[ ,]+/).toSorted()]),
    // Of several sessions in which it shows as much, the first line's is named.
    observations: result.observations.map(({ name, told_by, details }) => [name, told_by, details]),
    span: [result.started_at, result.duration_seconds],
  };
}

const WORKERS = [1, 2, 3, 7];

/** @param areInOrder by one clock, that is how lines are put together which stand in several logs */
async function expectTheSame(lines: Lines, areInOrder = true, isTold = true): Promise<void> {
  const of = async (logs: LogsByName) => {
    const { [LOG_FILES.server]: server, ...others } = logs;
    const result = judged(await judgeRun(written(isTold ? logs : others)));
    const { peak_sessions_down, ...metrics } = result.metrics;
    return areInOrder ? result : { ...result, metrics };
  };
  const whole = await of(together(lines));
  for (const workers of WORKERS) expect(await of(dealt(lines, workers))).toEqual(whole);
}

const seeds = (thorough: number, few: number): number[] =>
  Array.from({ length: isThorough ? thorough : few }, (_, seed) => seed);

describe('what is judged of a run', () => {
  it('is the same however many workers played it', () =>
    expectTheSame(soundLines([...EVERYTHING, 'open', 'open', 'kill', 'open', 'kill'])));

  it('is the same where its server broke off twice, and a fault killed it once', async () => {
    const lines = play(['open', 'open', 'kill', 'open', 'kill']);
    const kills = lines.faults.filter(({ kills_server }) => kills_server);
    const { occurrence } = kills.at(-1) as Line;
    const once = change(lines, 'faults', (all) =>
      all.filter((line) => line.occurrence !== occurrence),
    );
    await expectTheSame(once);
    const { doubts } = await judgeRun(written(dealt(once, 2)));
    expect(doubts).toMatchObject([{ code: 'kill-unexplained' }]);
  });

  it.each(seeds(100, 1))('is the same where much is wrong with it, seed %i', (seed) => {
    const random = randomFor(seed, 'workers');
    const lines = defectiveLogs(random, 'a run', { tabs: 20, steps: 120, edits: 12 });
    return expectTheSame(lines as Lines, false);
  });

  it.each(seeds(30, 1))('is the same of a storm, seed %i', (seed) =>
    expectTheSame(soundRun(randomFor(seed, 'storm'), { tabs: 40, steps: 200 })),
  );

  it.each(seeds(30, 1))('is the same where its server has no log, seed %i', (seed) =>
    expectTheSame(soundRun(randomFor(seed, 'clients'), { tabs: 40, steps: 200 }), true, false),
  );
});

describe('a run of several workers', () => {
  const RUN = play(['open', 'open', [0, 'drop'], [1, 'half-open'], [2, 'refresh'], [1, 'drop']]);
  const FAULTS = 'faults.ndjson';

  /** What is judged of it with other lines in the coordinator's log of faults. */
  const judgedWith = async (edit: (lines: Line[]) => Line[], scenario?: string) => {
    const logs = dealt(RUN, 3);
    return judgeRun(written({ ...logs, [FAULTS]: edit(logs[FAULTS] as Line[]) }, scenario));
  };
  const patch =
    (event: string, worker: number, fields: object) =>
    (lines: Line[]): Line[] =>
      lines.map((line) =>
        line.event === event && line.worker === worker ? { ...line, ...fields } : line,
      );
  const lose =
    (fields: object) =>
    (lines: Line[]): Line[] =>
      patch('worker_joined', 2, { clients: 1000, first_client: 2, every: 3 })(lines).map((line) =>
        line.event === 'worker_left' && line.worker === 2
          ? { time: line.time, event: 'worker_lost', worker: 2, ...fields }
          : line,
      );
  const sentences = ({ doubts }: RunResult) => doubts.map(doubtMessage);

  it('passes where each played to its end', async () => {
    expect(await judgedWith((lines) => lines)).toMatchObject({ verdict: 'pass', doubts: [] });
  });

  it.each([
    ['gone', 'its connection went'],
    ['silent', 'it no longer answered'],
    ['failed', 'it failed (out of memory)'],
  ])('is not known where one was lost: %s', async (reason, why) => {
    const error = reason === 'failed' ? { error: 'out of memory' } : {};
    const result = await judgedWith(lose({ reason, ...error }));
    expect(result).toMatchObject({
      verdict: 'unknown',
      doubts: [{ code: 'worker-lost', where: { line: expect.any(Number) } }],
    });
    expect(sentences(result)).toEqual([
      `Worker 2 (w-2 on host-2) was lost, and with it client-2, client-5 … client-2999 (1,000 clients): ${why}. What these clients did from then on is not known.`,
    ]);
  });

  it.each([
    ['client-2.ndjson', 'client'],
    ['faults-3.ndjson', 'faults'],
  ])('is not known without %s', async (name, value) => {
    const { [name]: _, ...logs } = dealt(RUN, 3);
    const run = written(logs);
    const doubts = [{ code: 'log-missing', where: { file: path.join(run, name) }, value }];
    expect(await judgeRun(run)).toMatchObject({ verdict: 'unknown', doubts });
    expect((await judgeLogs(findSources([run]))).doubts).toEqual(doubts);
  });

  it('is not known where none of them has a log', async () => {
    const { [FAULTS]: faults = [], 'server.ndjson': server = [] } = dealt(RUN, 2);
    const { verdict, doubts } = await judgeRun(
      written({ [FAULTS]: faults, 'server.ndjson': server }),
    );
    expect(verdict).toBe('unknown');
    const names = doubts.flatMap(({ where }) => (where ? path.basename(where.file) : []));
    expect(names).toEqual([
      'client-1.ndjson',
      'client-2.ndjson',
      'faults-1.ndjson',
      'faults-2.ndjson',
    ]);
  });

  it('is not known where nothing tells what became of one, or who it was', async () => {
    const silent = await judgedWith((lines) =>
      lines.filter(({ event, worker }) => event !== 'worker_left' || worker !== 3),
    );
    const nameless = await judgedWith((lines) =>
      lines.filter(({ event, worker }) => event !== 'worker_joined' || worker !== 3),
    );
    expect([silent.verdict, nameless.verdict]).toEqual(['unknown', 'unknown']);
    expect([...sentences(silent), ...sentences(nameless)]).toEqual([
      'Worker 3 (w-3 on host-3) joined, and neither left nor was lost.',
      'Worker 3 played, and no line says who it was.',
    ]);
  });

  it('is not known where a clock moved by more than may be', async () => {
    const result = await judgedWith(patch('worker_left', 2, { clock_offset_ms: 324.71 }));
    expect(result.verdict).toBe('unknown');
    expect(sentences(result)).toEqual([
      'The clock of worker 2 (w-2 on host-2) moved by 312.4 ms while it played, more than the 50 ms that may be (skew): when its clients did what others did is not known.',
    ]);
  });

  it('goes by the skew of its scenario, and by what is known of clocks', async () => {
    const moved = patch('worker_left', 2, { clock_offset_ms: 324.71 });
    expect((await judgedWith(moved, `${SCENARIO}skew: 400ms\n`)).verdict).toBe('pass');
    const little = patch('worker_left', 2, { clock_offset_ms: 62.7, clock_error_ms: 0.3 });
    expect((await judgedWith(little)).verdict).toBe('pass');
    expect((await judgedWith(little, `${SCENARIO}skew: 10ms\n`)).verdict).toBe('unknown');
  });

  it.each([
    ['known to within 80 ms', { clock_error_ms: 80 }, 'is known to within 80 ms, more than'],
    ['not read again', { clock_offset_ms: null, clock_error_ms: null }, 'could not be read again'],
  ])('is not known where a clock is %s', async (_, fields, text) => {
    const result = await judgedWith(patch('worker_left', 1, fields));
    expect(result.verdict).toBe('unknown');
    expect(sentences(result)).toEqual([expect.stringContaining(text)]);
  });

  it('is not known where nothing at all is there of one, whoever joined beside it', async () => {
    const logs = dealt(RUN, 2);
    const one = (logs[FAULTS] as Line[]).filter(({ worker }) => worker !== 2);
    // As many lines as it says, so nothing seems to be missing.
    const counted = one.map((line, index) => ('lines' in line ? { ...line, lines: index } : line));
    const { 'client-2.ndjson': _, 'faults-2.ndjson': __, 'server.ndjson': ___, ...rest } = logs;
    const run = written({ ...rest, [FAULTS]: counted });
    fs.appendFileSync(path.join(run, 'scenario.yaml'), 'target: { url: ws://127.0.0.1:9/ }\n');
    const result = await judgeRun(run);
    expect(result.verdict).toBe('unknown');
    expect(sentences(result)).toEqual([
      "Worker 1 (w-1) had 2 clients from client-1 on, and 4 of the scenario's 4 are its share.",
    ]);
  });

  it.each(['faults', 'client'])('is not known where a %s log is another worker’s', async (log) => {
    const logs = dealt(RUN, 2);
    const named = Object.entries(logs).map(([name, lines]): [string, Line[]] => {
      const worker = Number(/^client-(\d)/.exec(name)?.[1]);
      const named = (line: Line) =>
        line.event === 'session_started' ? { ...line, client: `client-${worker}` } : line;
      return [name, worker ? lines.map(named) : lines];
    });
    const sound = Object.fromEntries(named);
    expect((await judgeRun(written(sound))).verdict).toBe('pass');
    const [one, two] = [`${log}-1.ndjson`, `${log}-2.ndjson`] as const;
    const swapped = { ...sound, [one]: sound[two] as Line[], [two]: sound[one] as Line[] };
    expect((await judgeRun(written(swapped))).doubts).toMatchObject([
      { code: 'worker-untold', value: '1: its log has lines of another' },
      { code: 'worker-untold', value: '2: its log has lines of another' },
    ]);
  });

  it('reads what may be wrong with the lines about workers', async () => {
    const NUMBERS = [
      'worker',
      'clients',
      'first_client',
      'every',
      'clock_offset_ms',
      'clock_error_ms',
    ];
    const isOne = ({ event }: Line) => /^worker_/.test(event);
    const all = (dealt(RUN, 1)[FAULTS] as Line[]).filter(isOne);
    const passed: string[] = [];
    for (const { event, ...fields } of all) {
      for (const [field, value] of Object.entries(fields)) {
        const others = {
          deleted: undefined,
          'of another type': typeof value === 'number' ? `${value}` : 7,
        };
        const more = NUMBERS.includes(field) ? { 'a thousand more': (value as number) + 1000 } : {};
        for (const [how, to] of Object.entries({ ...others, ...more })) {
          const changed = (lines: Line[]) =>
            lines.map((line) => (line.event === event ? { ...line, [field]: to } : line));
          const logs = dealt(RUN, 1);
          const { verdict } = await judgeRun(
            written({ ...logs, [FAULTS]: changed(logs[FAULTS] as Line[]) as Line[] }),
          );
          if (verdict === 'pass') passed.push(`${event} ${field} ${how}`);
        }
      }
    }
    // Names are for people.
    expect(passed).toEqual([
      'worker_joined name deleted',
      'worker_joined name of another type',
      'worker_joined machine deleted',
      'worker_joined machine of another type',
    ]);
  });

  it('is known for one without its scenario', async () => {
    const run = written(dealt(RUN, 3));
    const { metrics } = await judgeRun(run);
    fs.rmSync(path.join(run, 'scenario.yaml'));
    expect((await judgeLogs(findSources([run]))).metrics).toEqual(metrics);
  });

  it('may have one that played no client', async () => {
    const none = { clients: 0, first_client: 9 };
    const { verdict, workers } = await judgeRun(written(dealt(RUN, 5)));
    expect([verdict, workers?.at(-1)?.clients]).toEqual(['pass', 0]);
    const lost = await judgedWith((lines) =>
      patch('worker_joined', 2, none)(lose({ reason: 'gone' })(lines)),
    );
    expect(sentences(lost)).toEqual([expect.stringContaining('and with it no client: its')]);
  });

  it.each([
    ['generator-limited', { event_loop_delay_p99_ms: 4000 }],
    ['interrupted', { interrupted: true }],
  ])('is not known where the log of one says so: %s', async (code, fields) => {
    const name = 'client-2.ndjson';
    const logs = dealt(RUN, 3);
    const client = (logs[name] as Line[]).map((line) =>
      line.event === 'client_stopped' ? { ...line, ...fields } : line,
    );
    const run = written({ ...logs, [name]: client });
    expect(await judgeRun(run)).toMatchObject({
      verdict: 'unknown',
      doubts: [{ code, where: { file: path.join(run, name) } }],
    });
  });

  it('has its workers in the result, and how far apart they saw one fault', async () => {
    const lines = play(['open', 'open', 'kill', 'open']);
    const logs = dealt(lines, 3);
    const [, first] = logs['faults-1.ndjson'] as [Line, Line];
    const late = new Date(Date.parse(first.time) + 31).toISOString();
    logs['faults-1.ndjson'] = patch('fault_injected', 1, { time: late })(
      logs['faults-1.ndjson'] as Line[],
    );
    const { workers, moments_apart } = await judgeRun(written(logs));
    expect(workers).toHaveLength(3);
    expect(workers?.[1]).toEqual({
      ...{ worker: 2, name: 'w-2', machine: 'host-2', clients: 1, first_client: 2, every: 3 },
      ...{ clock_offset_ms: 12.31, clock_error_ms: 0.2, clock_moved_ms: 0.09, lost: null },
      attempts: 2,
    });
    expect(moments_apart).toEqual({
      apart_ms: 31,
      fault: 'restart-server',
      occurrence: first.occurrence,
    });
  });

  it('has none where one process played it', async () => {
    const result = await judgeRun(written(together(RUN)));
    expect(Object.keys(result)).not.toContain('workers');
    expect(Object.keys(result)).not.toContain('moments_apart');
  });
});
