import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { LOG_FILES, type LogName, TARGET_LOG, workerLog } from '../core/records.ts';
import {
  citedIn,
  type Facts,
  isOfConnection,
  judge,
  logDoubts,
  MAX_FINDINGS,
  namedIn,
  observe,
  observed,
  type Proof,
  Survey,
  sessionDoubts,
  type Texts,
  WorkersFold,
  worded,
} from '../judge/index.ts';
import {
  type Completeness,
  createCompleteness,
  findLogs,
  keyOf,
  linesAt,
  openScanners,
  openSources,
  partsFor,
  type ReadOptions,
  RowStore,
  recogniseLogs,
  type Source,
  scanRows,
  sessionTooLong,
  takeSnapshot,
  textsAt,
} from '../logs/index.ts';
import type { Cause } from '../model/causes.ts';
import type { Doubt } from '../model/findings.ts';
import type { Expectations } from '../model/metrics.ts';
import type { LinePlace } from '../model/record.ts';
import type { RunResult } from '../model/result.ts';
import type { ProcessNote, Rows } from '../model/rows.ts';
import { DEFAULT_SKEW_MS, type MomentsApart, type Played } from '../model/workers.ts';
import { runDirectoryAt } from '../real/run-directory.ts';
import { quoted } from '../report/quoted.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { FailureLines } from './failures.ts';
import { type Found, judgeStored } from './judge-stored.ts';
import { PartJudge } from './part-judge.ts';
import { requireApart } from './runs-apart.ts';
import { Span } from './span.ts';
import { shareDoubts, strangeLogs } from './told-shares.ts';

/** What is known of logs beside themselves. */
interface About {
  name: string;
  seed: number | null;
  planHash: string | null;
  replay: string | null;
  runDirectory: string | null;
  expectations?: Expectations;
  /** By how much clocks of workers may move. */
  skewMs: number;
  /** How many its plan deals to workers; null where there is no scenario. */
  clients: number | null;
  /** What came up before the logs were opened. */
  doubts: Doubt[];
}

export interface JudgeOptions extends ReadOptions {
  /** Parts that sessions are divided up into, 1 to `MAX_PARTS`; by the size of the logs unless given. */
  parts?: number;
  /** What is to hold beside what a scenario expects. */
  expect?: Expectations;
}

const WORKER = new URL('./judge-worker.js', import.meta.url);

const LOG_ORDER = Object.keys(LOG_FILES) as LogName[];

export interface JudgeRunOptions extends JudgeOptions {
  /** The command that runs it again, where it is another than the scenario in the directory. */
  replay?: string;
  /** As the user calls wsdiag. */
  command?: string;
}

/**
 * Judges a run by what lies in its directory, read from disk.
 *
 * @throws LogUnreadable
 */
export async function judgeRun(
  directory: string,
  { replay, command = 'wsdiag', expect, ...options }: JudgeRunOptions = {},
): Promise<RunResult> {
  const file = runDirectoryAt(directory).scenario;
  const scenario = await scenarioAt(file);
  const { target } = scenario ?? {};
  // A target without a log is judged by the clients' alone.
  const isExpected = ({ code, value }: Doubt) =>
    code !== 'log-missing' || value !== 'server' || !target || target.log !== undefined;
  const doubts = findLogs(directory, scenario?.nodes.count).doubts.filter(isExpected);
  if (scenario === null) doubts.push({ code: 'scenario-missing', where: { file }, value: '' });
  const about: About = {
    name: scenario?.name ?? path.basename(path.resolve(directory)),
    seed: scenario?.seed ?? null,
    planHash: scenario && (await hashOfPlan(scenario)),
    replay: replay ?? (scenario && `${command} simulate ${quoted(withoutLinks(file))}`),
    runDirectory: directory,
    expectations: together(scenario?.expect, expect),
    skewMs: scenario?.skewMs ?? DEFAULT_SKEW_MS,
    clients: scenario?.clients.count ?? null,
    doubts,
  };
  const { sources } = await recogniseLogs(await openSources([directory]), options.signal);
  const known = sources.map((source) => ({ ...source, isOfRun: isTargetLog(source) }));
  return judgeSources(known, about, options);
}

const isTargetLog = ({ file }: Source): boolean => path.basename(file) === TARGET_LOG;

/** Both hold. */
function together(one?: Expectations, other?: Expectations): Expectations | undefined {
  if (!one || !other) return one ?? other;
  return {
    bounds: [...one.bounds, ...other.bounds],
    findings: [...one.findings, ...other.findings],
    observations: [...one.observations, ...other.observations],
  };
}

/** Where a path leads now, for a later run moves the link to the latest; relative where it was. */
function withoutLinks(file: string): string {
  const real = fs.realpathSync(file);
  if (real === path.resolve(file)) return file;
  return path.isAbsolute(file) ? real : path.relative('', real);
}

/**
 * Judges logs alone, without a scenario.
 *
 * @throws LogUnreadable
 */
export async function judgeLogs(
  sources: readonly Source[],
  { expect, ...options }: JudgeOptions = {},
): Promise<RunResult> {
  await requireApart(sources, { signal: options.signal });
  const name = sources.map(({ file }) => file).join(', ');
  const about: About = {
    name,
    seed: null,
    planHash: null,
    replay: null,
    runDirectory: null,
    expectations: expect,
    skewMs: DEFAULT_SKEW_MS,
    clients: null,
    doubts: [],
  };
  return judgeSources(sources, about, options);
}

async function judgeSources(
  unsorted: readonly Source[],
  about: About,
  { parts, ...given }: Omit<JudgeOptions, 'expect'>,
): Promise<RunResult> {
  const order = ({ log }: Source) => LOG_ORDER.indexOf(log);
  const snapshot = await takeSnapshot(
    unsorted.toSorted((one, other) => order(one) - order(other)),
    given.signal,
  );
  const scanners = openScanners(snapshot.sources, { entry: WORKER, worker: new PartJudge() });
  const store = new RowStore(parts ?? partsFor(snapshot.sources));
  const isLookedAt = createFilter();
  try {
    const { sources } = snapshot;
    const survey = new Survey(sources);
    const reading = new Reading(sources, about.runDirectory !== null);
    const workers = new WorkersFold(sources.map(ofRun));
    const failures = about.runDirectory === null ? null : new FailureLines(sources);
    const scan = await scanRows(
      sources,
      (rows, row, note) => {
        reading.onRow(rows, row, note);
        survey.onRow(rows, row, note);
        workers.onRow(rows, row, note);
        failures?.onRow(rows, row);
        if (isLookedAt(rows, row)) store.add(rows, row);
      },
      { ...given, scanners },
    );
    const facts = survey.facts();
    const found = await judgeStored(store.finish(), facts, scanners);
    const stands = observe(found.activity, found.sessions);
    const sessions = stands.flatMap(({ session }) => session ?? []);
    const played = workers.finish();
    const { apart = null } = played ?? {};
    const marks = workers.marks();
    const more = [...sessions, ...(apart ? [apart.place] : []), ...marks.map(({ place }) => place)];
    const { texts, changed } = await textsOf(sources, found, more);
    const ofWorkers = workers.doubts(about.skewMs, texts.file);
    const doubts = [
      ...(played ? about.doubts.filter(isNotOfOneProcess) : about.doubts),
      ...missingOf(workers, about.runDirectory !== null || sources.some(isOfClients)),
      ...ofWorkers,
      // Where some are not known, shares are no news.
      ...(ofWorkers.length === 0 ? shareDoubts(played?.workers ?? [], about.clients) : []),
      ...strangeLogs(marks, texts.record, texts.file),
      ...scan.doubts,
      ...changed.filter(({ where }) => !isToldOf(where, scan.doubts)),
      ...reading.finish(facts),
      ...sessionDoubts(found.doubts, texts),
      ...found.tooLong.map((place) => sessionTooLong(texts.record(place)?.session_id)),
      ...(found.isCapped
        ? [{ code: 'findings-capped', where: null, value: `${MAX_FINDINGS}` } as const]
        : []),
    ];
    const proof: Proof = {
      facts,
      metrics: survey.metrics(facts, found.sessions, found.activity, about.expectations),
      findings: found.findings.map((finding) => worded(finding, texts)),
      observations: stands.map((one) => observed(one, texts)),
      doubts,
      excuses: found.excuses,
      expectations: about.expectations,
    };
    const judgement = judge(proof);
    await quoteExamples(judgement.causes, sources, texts);
    const reasons = await failures?.reasons(sources);
    return {
      name: about.name,
      seed: about.seed,
      plan_hash: about.planHash,
      replay: about.replay,
      run_dir: about.runDirectory,
      started_at: reading.span.startedAt,
      duration_seconds: reading.span.seconds,
      interrupted: doubts.some(({ code }) => code === 'interrupted'),
      ...(played && { workers: played.workers, moments_apart: apart && momentOf(apart, texts) }),
      ...(reasons && { failures: reasons }),
      evidence: scan.files,
      ...judgement,
    };
  } finally {
    store.release();
    await scanners.close();
    snapshot.release();
  }
}

const ofRun = ({ log, worker, file }: Source) => ({ log, worker, run: path.dirname(file) });

const isOfClients = ({ log }: Source): boolean => log === 'client';

/** Workers write the clients' logs then. */
const isNotOfOneProcess = ({ code, value }: Doubt): boolean =>
  code !== 'log-missing' || value !== 'client';

/** Without the log of one worker, what its clients did would look like what they did not do. */
function missingOf(workers: WorkersFold, isWanted: boolean): Doubt[] {
  if (!isWanted) return [];
  return [...workers.missing('client'), ...workers.missing('faults')].map(
    ({ run, log, worker }) => {
      const file = path.join(run, workerLog(log, worker));
      return { code: 'log-missing', where: { file }, value: log };
    },
  );
}

const momentOf = (
  { apart_ms, occurrence, place }: NonNullable<Played['apart']>,
  texts: Texts,
): MomentsApart => {
  const { fault } = texts.record(place)?.fields ?? {};
  return { apart_ms, fault: typeof fault === 'string' ? fault : '?', occurrence };
};

/** The lines of which somebody is to read something, read again. */
async function textsOf(
  sources: readonly Source[],
  found: Found,
  more: readonly LinePlace[],
): Promise<{ texts: Texts; changed: Doubt[] }> {
  const places = [...citedIn(found.findings), ...namedIn(found.doubts), ...found.tooLong, ...more];
  const changed: Doubt[] = [];
  const records = await linesAt(sources, places, (doubt) => changed.push(doubt));
  const texts: Texts = {
    record: (place) => records.get(keyOf(place)),
    file: (index) => (sources[index] as Source).file,
    cited: new Map(),
  };
  return { texts, changed };
}

/** Gives the examples of causes the lines that they cite. */
async function quoteExamples(
  causes: readonly Cause[],
  sources: readonly Source[],
  { cited }: Texts,
): Promise<void> {
  const shown = causes.flatMap(({ examples }) => examples.flatMap(({ evidence }) => evidence));
  const places = new Map(
    shown.flatMap((line) => {
      const place = cited?.get(line);
      return place ? [[line, place] as const] : [];
    }),
  );
  const lines = await textsAt(sources, new Set(places.values()));
  for (const [line, place] of places) {
    const text = lines.get(keyOf(place));
    if (text !== undefined) line.text = text;
  }
}

const isToldOf = (where: Doubt['where'], doubts: readonly Doubt[]): boolean =>
  doubts.some((doubt) => doubt.code === 'log-changed' && doubt.where?.file === where?.file);

/** A line that names no session is a finding by itself: more than enough are not looked at. */
function createFilter() {
  let withoutSession = 0;
  return (rows: Rows, row: number): boolean => {
    if (rows.hasSession(row)) return true;
    if (!isOfConnection(rows, row)) return false;
    withoutSession += 1;
    return withoutSession <= MAX_FINDINGS + 1;
  };
}

/** What a pass over the rows tells beside the survey: what the logs lack, and when it all was. */
class Reading {
  readonly #sources: readonly Source[];
  readonly #completeness: Map<number, Completeness>;
  readonly #streamOf: number[];
  readonly span: Span;
  #file = -1;
  #current: Completeness | undefined;

  constructor(sources: readonly Source[], isRun: boolean) {
    this.#sources = sources;
    this.#streamOf = sources.map(({ stream }) => stream);
    this.span = new Span(sources.map(({ log }) => log));
    const fileOf = (file: number) => (sources[file] as Source).file;
    this.#completeness = new Map(
      streamsOf(sources).map(([stream, ofStream]) => [
        stream,
        createCompleteness({
          log: (ofStream[0] as Source).log,
          files: { first: (ofStream[0] as Source).file, last: (ofStream.at(-1) as Source).file },
          fileOf,
          isOwn: isRun && !ofStream.some(isTargetLog),
          isWhole: ofStream.every(({ format }) => format.since === null && format.until === null),
        }),
      ]),
    );
  }

  onRow(rows: Rows, row: number, note: ProcessNote | undefined): void {
    const file = rows.file(row);
    if (file !== this.#file) {
      this.#file = file;
      this.#current = this.#completeness.get(this.#streamOf[file] as number);
    }
    this.#current?.onRow(rows, row, note);
    this.span.add(rows, row);
  }

  finish(facts: Facts): Doubt[] {
    return [
      ...[...this.#completeness.values()].flatMap((one) => one.finish()),
      ...facts.killDoubts((file) => (this.#sources[file] as Source).file),
      ...logDoubts(facts, (log) => this.#fileOf(log)),
    ];
  }

  #fileOf(log: LogName): string | undefined {
    return this.#sources.find((source) => source.log === log)?.file;
  }
}

function streamsOf(sources: readonly Source[]): [number, Source[]][] {
  const streams = new Map<number, Source[]>();
  for (const source of sources) {
    streams.set(source.stream, [...(streams.get(source.stream) ?? []), source]);
  }
  return [...streams];
}

/**
 * The scenario as it ran; null where there is none, or none that can be read. What reads it is loaded for
 * runs alone: logs of others are judged in less time than that takes.
 */
export async function scenarioAt(file: string): Promise<Scenario | null> {
  try {
    const { loadScenario } = await import('../scenario/load.ts');
    const loaded = loadScenario(fs.readFileSync(file), file);
    return 'scenario' in loaded ? loaded.scenario : null;
  } catch {
    return null;
  }
}

/** null without a seed, which every run's scenario has. */
async function hashOfPlan(scenario: Scenario): Promise<string | null> {
  if (scenario.seed === null) return null;
  const { makePlan } = await import('../scenario/plan.ts');
  const plan = JSON.stringify(makePlan(scenario, scenario.seed));
  return createHash('sha256').update(plan).digest('hex').slice(0, 16);
}
