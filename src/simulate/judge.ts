import fs from 'node:fs';
import path from 'node:path';
import { createJudge } from '../checks/index.ts';
import type { Doubt } from '../core/findings.ts';
import type { Expectations } from '../core/metrics.ts';
import type { LogName, LogRecord } from '../core/records.ts';
import type { RunResult } from '../core/result.ts';
import { findLogs, type LogPaths, readRun } from '../history/index.ts';
import { runDirectoryAt } from '../real/run-directory.ts';
import { loadScenario } from '../scenario/load.ts';
import type { Scenario } from '../scenario/scenario.ts';

/** What is known of logs beside themselves. */
interface About {
  name: string;
  seed: number | null;
  replay: string | null;
  runDirectory: string | null;
  expectations?: Expectations;
  /** What came up before the logs were opened. */
  doubts: Doubt[];
}

/**
 * Judges a run by what lies in its directory, read from disk. `replay`: the command that runs it
 * again, where it is known to be another than the scenario in the directory.
 *
 * @throws LogUnreadable
 */
export function judgeRun(directory: string, replay?: string): RunResult {
  const { paths, doubts } = findLogs(directory);
  const file = runDirectoryAt(directory).scenario;
  const scenario = scenarioAt(file);
  if (scenario === null) doubts.push({ code: 'scenario-missing', where: { file }, value: '' });
  return judge(paths, {
    name: scenario?.name ?? path.basename(path.resolve(directory)),
    seed: scenario?.seed ?? null,
    replay: replay ?? (scenario && `wsdiag simulate ${file}`),
    runDirectory: directory,
    expectations: scenario?.expect,
    doubts,
  });
}

/**
 * Judges logs alone, without a scenario's expectations.
 *
 * @throws LogUnreadable
 */
export function judgeLogs(paths: LogPaths): RunResult {
  const name = Object.values(paths).join(', ');
  return judge(paths, { name, seed: null, replay: null, runDirectory: null, doubts: [] });
}

function judge(paths: LogPaths, about: About): RunResult {
  const logs = new Set(Object.keys(paths) as LogName[]);
  const judge = createJudge(logs, about.expectations);
  const doubts = [...about.doubts];
  const span = new Span();
  const evidence = readRun(paths, {
    onRecord(record) {
      span.add(record);
      judge.onRecord(record);
    },
    onDoubt: (doubt) => doubts.push(doubt),
  });
  return {
    name: about.name,
    seed: about.seed,
    replay: about.replay,
    run_dir: about.runDirectory,
    started_at: span.startedAt,
    duration_seconds: span.seconds,
    interrupted: doubts.some(({ code }) => code === 'interrupted'),
    doubts,
    evidence,
    ...judge.finish(doubts),
  };
}

/** The scenario as it ran; null where there is none, or none that can be read. */
function scenarioAt(file: string): Scenario | null {
  try {
    const loaded = loadScenario(fs.readFileSync(file), file);
    return 'scenario' in loaded ? loaded.scenario : null;
  } catch {
    return null;
  }
}

/** From the first record to the last, by the first log's clock: clocks are not compared. */
export class Span {
  #log: LogName | null = null;
  #first = 0;
  #last = 0;

  add({ log, time }: LogRecord): void {
    this.#log ??= log;
    if (log !== this.#log) return;
    this.#first ||= time;
    this.#last = Math.max(this.#last, time);
  }

  get startedAt(): string | null {
    return this.#log === null ? null : new Date(this.#first).toISOString();
  }

  get seconds(): number | null {
    return this.#log === null ? null : (this.#last - this.#first) / 1000;
  }
}
