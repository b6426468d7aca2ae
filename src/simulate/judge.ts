import fs from 'node:fs';
import path from 'node:path';
import { LOG_FILES, type LogName } from '../core/records.ts';
import {
  createChecks,
  createSurvey,
  evidenceDoubts,
  type Facts,
  isOfConnection,
  judge,
  type Proof,
  type Sifted,
  type Survey,
} from '../judge/index.ts';
import {
  createCompleteness,
  createKillCount,
  findLogs,
  findSources,
  hold,
  openScanners,
  type Partition,
  partition,
  type ReadOptions,
  readRecords,
  type Scan,
  type Source,
  scanRows,
} from '../logs/index.ts';
import type { Doubt, Finding } from '../model/findings.ts';
import type { Expectations } from '../model/metrics.ts';
import type { LogRecord, Row } from '../model/record.ts';
import type { RunResult } from '../model/result.ts';
import { runDirectoryAt } from '../real/run-directory.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { type Batch, batchesOf, wavesOf } from './batches.ts';
import { Span } from './span.ts';

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

/** Findings that are held; of a log in which everything is wrong, these will do. */
const MAX_FINDINGS = 10_000;

const LOG_ORDER = Object.keys(LOG_FILES) as LogName[];

export interface JudgeRunOptions extends ReadOptions {
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
  { replay, command = 'wsdiag', ...options }: JudgeRunOptions = {},
): Promise<RunResult> {
  const { doubts } = findLogs(directory);
  const file = runDirectoryAt(directory).scenario;
  const scenario = await scenarioAt(file);
  if (scenario === null) doubts.push({ code: 'scenario-missing', where: { file }, value: '' });
  const about: About = {
    name: scenario?.name ?? path.basename(path.resolve(directory)),
    seed: scenario?.seed ?? null,
    replay: replay ?? (scenario && `${command} simulate ${withoutLinks(file)}`),
    runDirectory: directory,
    expectations: scenario?.expect,
    doubts,
  };
  return judgeSources(findSources([directory]), about, options);
}

/** Where a path leads now, for a later run moves the link to the latest; relative where it was. */
function withoutLinks(file: string): string {
  const real = fs.realpathSync(file);
  if (real === path.resolve(file)) return file;
  return path.isAbsolute(file) ? real : path.relative('', real);
}

/**
 * Judges logs alone, without a scenario's expectations.
 *
 * @throws LogUnreadable
 */
export async function judgeLogs(
  sources: readonly Source[],
  options: ReadOptions = {},
): Promise<RunResult> {
  const name = sources.map(({ file }) => file).join(', ');
  const about: About = { name, seed: null, replay: null, runDirectory: null, doubts: [] };
  return judgeSources(sources, about, options);
}

async function judgeSources(
  unsorted: readonly Source[],
  about: About,
  given: ReadOptions,
): Promise<RunResult> {
  const order = ({ log }: Source) => LOG_ORDER.indexOf(log);
  const held = await hold(
    unsorted.toSorted((one, other) => order(one) - order(other)),
    given.signal,
  );
  const scanners = openScanners(held.sources);
  try {
    const { sources } = held;
    const options = { ...given, scanners };
    const survey = createSurvey(new Set(sources.map(({ log }) => log)));
    const reading = new Reading(sources, about.runDirectory !== null);
    const scan = await scanRows(sources, reading.visitor(survey), {
      ...options,
      onSessions: survey.onSessions,
    });
    const sifted = survey.sift();
    const doubts = [...about.doubts, ...scan.doubts, ...reading.finish(survey.facts, sifted)];
    const found = await findAll(sources, survey.facts, sifted, scan, options);
    doubts.push(...found.doubts);
    const { expectations } = about;
    const proof: Proof = {
      facts: survey.facts,
      metrics: survey.metrics(),
      findings: found.findings,
      doubts,
      expectations,
    };
    return {
      name: about.name,
      seed: about.seed,
      replay: about.replay,
      run_dir: about.runDirectory,
      started_at: reading.span.startedAt,
      duration_seconds: reading.span.seconds,
      interrupted: doubts.some(({ code }) => code === 'interrupted'),
      doubts,
      evidence: scan.files,
      ...judge(proof),
    };
  } finally {
    await scanners.close();
    held.release();
  }
}

/** Has the checks look at every session that might have something wrong with it. */
async function findAll(
  sources: readonly Source[],
  facts: Facts,
  sifted: Sifted,
  scan: Scan,
  options: ReadOptions,
): Promise<{ findings: Finding[]; doubts: Doubt[] }> {
  const { batches, tooLong } = batchesOf(sifted);
  const doubts: Doubt[] = tooLong.map((session) => ({
    code: 'session-too-long',
    where: null,
    value: scan.sessionId(session),
  }));
  // What else is wrong with a log was told when it was first read.
  const onDoubt = (doubt: Doubt) => {
    const isTold = [...scan.doubts, ...doubts].some(
      ({ code, where }) => code === doubt.code && where?.file === doubt.where?.file,
    );
    if (doubt.code === 'log-changed' && !isTold) doubts.push(doubt);
  };
  const findings: Finding[] = [];
  const waves = wavesOf(batches);
  for (const [nth, wave] of waves.entries()) {
    const isLast = nth === waves.length - 1;
    const records = await recordsOf(sources, wave, isLast, scan, options, onDoubt);
    try {
      for (const [index, { sessions }] of wave.entries()) {
        const own = new Set(sessions.map(scan.sessionId));
        const checks = createChecks(facts);
        await records.read(index, withoutExcess(checks.onRecord));
        for (const finding of checks.finish()) {
          // What names no session, and sessions that others come from, are met more than once.
          const isFirst = nth === 0 && index === 0;
          const isOwn = finding.session_id === null ? isFirst : own.has(finding.session_id);
          if (isOwn) findings.push(finding);
        }
        if (findings.length < MAX_FINDINGS) continue;
        doubts.push({ code: 'findings-capped', where: null, value: `${MAX_FINDINGS}` });
        return { findings: findings.slice(0, MAX_FINDINGS), doubts };
      }
    } finally {
      records.release();
    }
  }
  return { findings, doubts };
}

/** Each line about a connection that names no session is a finding: more than enough is not handed on. */
function withoutExcess(onRecord: (record: LogRecord) => void): (record: LogRecord) => void {
  let homeless = 0;
  return (record) => {
    const { session_id, event, client_id } = record;
    const isHomeless = session_id === undefined && isOfConnection(event, client_id !== undefined);
    if (isHomeless) homeless += 1;
    if (!isHomeless || homeless <= MAX_FINDINGS) onRecord(record);
  };
}

/** The records of each batch: from the logs themselves where there is but one. */
async function recordsOf(
  sources: readonly Source[],
  batches: readonly Batch[],
  isLast: boolean,
  { sessionId }: Scan,
  options: ReadOptions,
  onDoubt: (doubt: Doubt) => void,
): Promise<Partition> {
  const [only, ...others] = batches;
  if (others.length === 0) {
    const sessions = [...(only?.sessions ?? []), ...(only?.parents ?? [])].map(sessionId);
    return {
      read: async (_part, onRecord) => {
        await readRecords(sources, { onRecord, onDoubt }, { ...options, sessions });
      },
      release: () => {},
    };
  }
  const partsOf = new Map<string, number[]>();
  for (const [part, { sessions, parents }] of batches.entries()) {
    for (const session of [...sessions, ...parents]) {
      const id = sessionId(session);
      partsOf.set(id, [...(partsOf.get(id) ?? []), part]);
    }
  }
  const parts = await partition(sources, batches.length, partsOf, options, onDoubt);
  // They are not needed any more, and their memory is.
  if (isLast) await options.scanners?.close();
  return parts;
}

/** What a pass over the rows tells beside the survey: what the logs lack, and when it all was. */
class Reading {
  readonly #sources: readonly Source[];
  readonly #completeness: Map<number, ReturnType<typeof createCompleteness>>;
  readonly #kills = createKillCount();
  readonly span = new Span();

  constructor(sources: readonly Source[], isRun: boolean) {
    this.#sources = sources;
    this.#completeness = new Map(
      streamsOf(sources).map(([stream, ofStream]) => [
        stream,
        createCompleteness({
          log: (ofStream[0] as Source).log,
          files: { first: (ofStream[0] as Source).file, last: (ofStream.at(-1) as Source).file },
          isOwn: isRun,
          isWhole: ofStream.every(({ format }) => format.since === null && format.until === null),
        }),
      ]),
    );
  }

  visitor(survey: Survey): (row: Row) => void {
    let stream = -1;
    let completeness: ReturnType<typeof createCompleteness> | undefined;
    return (row) => {
      if (row.stream !== stream) {
        stream = row.stream;
        completeness = this.#completeness.get(stream);
      }
      completeness?.onRow(row);
      this.#kills.onRow(row);
      this.span.add(row);
      survey.onRow(row);
    };
  }

  finish(facts: Facts, { unordered }: Sifted): Doubt[] {
    return [
      ...[...this.#completeness.values()].flatMap((one) => one.finish()),
      ...this.#kills.finish(),
      ...evidenceDoubts(facts, unordered, (log) => this.#fileOf(log)),
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
async function scenarioAt(file: string): Promise<Scenario | null> {
  try {
    const { loadScenario } = await import('../scenario/load.ts');
    const loaded = loadScenario(fs.readFileSync(file), file);
    return 'scenario' in loaded ? loaded.scenario : null;
  } catch {
    return null;
  }
}
