import type { LogName } from '../core/records.ts';
import { createChecks, createSurvey, evidenceDoubts, judge } from '../judge/index.ts';
import { decide } from '../judge/verdict.ts';
import {
  createCompleteness,
  createParser,
  type LogFormat,
  logOfEvent,
  type Parsed,
  type ParsedRecord,
  REASON,
  RowMaker,
  Writers,
} from '../logs/index.ts';
import { type Doubt, FINDINGS, type Finding } from '../model/findings.ts';
import type { LogRecord } from '../model/record.ts';
import type { RunResult } from '../model/result.ts';
import { Places } from './places.ts';
import { Span } from './span.ts';

export interface TailSettings {
  /** Lines that stand in the log when it is first read to its end are not judged. */
  fromEnd: boolean;
  /**
   * Records that are held at once: each is judged against at least half as many before it. This is what
   * bounds the memory of a tail that goes on for days.
   */
  capacity: number;
  format: LogFormat;
  /** Whose log it is, where its first line could be either's. */
  assumed: LogName;
}

const DEFAULTS: TailSettings = {
  fromEnd: false,
  capacity: 200_000,
  format: { map: {}, events: {}, since: null, until: null },
  assumed: 'server',
};

/** Findings kept for the end, when they have all been told of already. */
const MAX_KEPT = 1000;
const MAX_DAMAGE_NAMED = 20;

/** Judges one log while it grows. */
export class Tail {
  readonly #file: string;
  readonly #fromEnd: boolean;
  readonly #assumed: LogName;
  /** Half of the capacity. */
  readonly #half: number;
  readonly #doubts: Doubt[] = [];
  readonly #span = new Span();
  readonly #places: Places;
  readonly #told: Finding[] = [];
  #skipping: boolean;
  #log: LogName | undefined;
  readonly #parser: (line: Buffer) => Parsed;
  readonly #writers = new Writers();
  #completeness: ReturnType<typeof createCompleteness> | undefined;
  #judge: CountingJudge | undefined;
  /** Takes over from the judge when that is full, with half of its records behind it. */
  #successor: CountingJudge | undefined;
  /** Not yet asked for, of judges that are gone. */
  #untold: Finding[] = [];
  #records = 0;
  #rejected = 0;
  #findings = 0;

  constructor(file: string, settings: Partial<TailSettings> = {}) {
    const { fromEnd, capacity, format, assumed } = { ...DEFAULTS, ...settings };
    this.#parser = createParser(format, 'server');
    this.#file = file;
    this.#assumed = assumed;
    this.#places = new Places(file);
    this.#fromEnd = fromEnd;
    this.#skipping = fromEnd;
    this.#half = Math.ceil(capacity / 2);
  }

  get lines(): number {
    return this.#places.lines;
  }

  get rejected(): number {
    return this.#rejected;
  }

  /** How many were told of so far. */
  get findings(): number {
    return this.#findings;
  }

  onLine(bytes: Buffer | null): void {
    const line = this.#places.nextLine();
    if (this.#skipping) return;
    if (bytes === null) {
      this.#onDamage(line, REASON.tooLong);
      return;
    }
    const parsed = this.#parser(bytes);
    if (parsed.kind === 'rejected') this.#onDamage(line, parsed.reason);
    else if (parsed.kind === 'record') this.#onRecord(this.#recordOf(parsed, line));
  }

  /** The end of a log that is over, without a line feed. */
  onUnterminated(bytes: Buffer): void {
    this.onLine(bytes);
    const where = { file: this.#file, line: this.lines };
    this.#doubts.push({ code: 'log-truncated', where, value: '' });
  }

  /** The log was read to its end: what comes from here on is new. */
  onCaughtUp(): void {
    this.#skipping = false;
  }

  /** Reading ends before the log does. */
  onInterrupted(): void {
    this.#doubts.push({ code: 'interrupted', where: null, value: '' });
  }

  onReplaced(how: 'rotated' | 'cut'): void {
    this.#places.nextFile();
    if (how === 'cut') this.#historyMissing('cut');
  }

  /** Findings that stand whatever is still to come, and were not told of before. */
  fresh(): Finding[] {
    const fresh = [...this.#untold, ...(this.#judge?.fresh() ?? [])]
      .sort((one, other) => lastLine(one) - lastLine(other))
      .map(this.#placed);
    this.#untold = [];
    this.#findings += fresh.length;
    this.#told.push(...fresh.slice(0, MAX_KEPT - this.#told.length));
    return fresh;
  }

  /** `isOver`: the log has ended, and not just the look at it. */
  finish(isOver: boolean): RunResult {
    this.fresh();
    if (this.#fromEnd) this.#historyMissing('skipped');
    const judge = this.#current();
    const doubts = [
      ...this.#doubts,
      ...this.#writers.doubts(this.#file),
      ...this.#lacking(isOver),
      ...judge.evidenceDoubts(this.#file),
    ];
    const judged = judge.finish(doubts);
    const findings = this.#withTold(judged.findings.map(this.#placed));
    return {
      name: this.#file,
      seed: null,
      replay: null,
      run_dir: null,
      started_at: this.#span.startedAt,
      duration_seconds: this.#span.seconds,
      interrupted: doubts.some(({ code }) => code === 'interrupted'),
      evidence: [this.#evidence()],
      ...judged,
      verdict: decide(findings, doubts, []),
      findings,
      doubts: doubts.map(({ where, ...doubt }) => ({
        ...doubt,
        where: where && 'line' in where ? this.#places.of(where) : where,
      })),
    };
  }

  #recordOf({ kind: _kind, writer, ...parsed }: ParsedRecord, line: number): LogRecord {
    this.#writers.add(writer);
    this.#log ??= logOfEvent(parsed.event) ?? this.#assumed;
    return { log: this.#log, file: this.#file, line, ...parsed };
  }

  #onRecord(record: LogRecord): void {
    this.#records += 1;
    this.#completeness ??= this.#createCompleteness();
    this.#completeness.onRow({ event: record.event, record });
    this.#span.add(record);
    this.#places.noteTime(record.time);
    this.#successor?.onRecord(record);
    this.#current().onRecord(record);
    this.#makeRoom(this.#current());
  }

  #onDamage(line: number, value: string): void {
    this.#rejected += 1;
    if (this.#rejected > MAX_DAMAGE_NAMED) return;
    this.#doubts.push({ code: 'line-damaged', where: { file: this.#file, line }, value });
  }

  #current(): CountingJudge {
    this.#judge ??= new CountingJudge(this.#log ?? 'server');
    return this.#judge;
  }

  #makeRoom(judge: CountingJudge): void {
    if (judge.records === this.#half) this.#successor = new CountingJudge(judge.log);
    if (judge.records < 2 * this.#half || !this.#successor) return;
    this.#historyMissing('forgotten');
    this.#untold.push(...judge.fresh());
    // What it has found, the one before it has found too.
    this.#successor.fresh();
    this.#judge = this.#successor;
    this.#successor = new CountingJudge(judge.log);
  }

  #historyMissing(value: 'skipped' | 'forgotten' | 'cut'): void {
    if (this.#doubts.some((doubt) => doubt.code === 'history-missing' && doubt.value === value))
      return;
    this.#doubts.push({ code: 'history-missing', where: { file: this.#file }, value });
  }

  /** What the log lacks of itself; that it goes on is no lack while it is only looked at. */
  #lacking(isOver: boolean): Doubt[] {
    const log = this.#log ?? 'server';
    const more = this.#rejected - MAX_DAMAGE_NAMED;
    const lacking = (this.#completeness ?? this.#createCompleteness()).finish();
    return [
      ...(more > 0
        ? [
            {
              code: 'line-damaged',
              where: { file: this.#file },
              value: `${more} more lines`,
            } as const,
          ]
        : []),
      ...lacking.filter(({ code, value }) => {
        if (code === 'log-incomplete' && value === `${log}_stopped`) return isOver;
        return !this.#fromEnd || (code !== 'log-incomplete' && code !== 'lines-missing');
      }),
    ];
  }

  #createCompleteness() {
    const files = { first: this.#file, last: this.#file };
    return createCompleteness({ log: this.#log ?? 'server', files, isOwn: false, isWhole: true });
  }

  /** What was told of stands, and so does what only the end could show; the latter if nothing is missing. */
  #withTold(findings: Finding[]): Finding[] {
    const isWhole = !this.#doubts.some(({ code }) => code === 'history-missing');
    const told = new Set(this.#told.map(keyOf));
    return [
      ...this.#told,
      ...findings.filter(
        (finding) =>
          !told.has(keyOf(finding)) && (isWhole || FINDINGS[finding.code] === 'presence'),
      ),
    ];
  }

  #evidence() {
    const { lines } = this;
    const rejected = this.#rejected;
    const records = this.#records;
    return { file: this.#file, lines, records, ignored: lines - records - rejected, rejected };
  }

  readonly #placed = (finding: Finding): Finding => ({
    ...finding,
    evidence: finding.evidence.map((line) => this.#places.of(line)),
  });
}

class CountingJudge {
  readonly log: LogName;
  readonly #rows = new RowMaker();
  readonly #survey: ReturnType<typeof createSurvey>;
  readonly #checks: ReturnType<typeof createChecks>;
  records = 0;

  constructor(log: LogName) {
    this.log = log;
    this.#survey = createSurvey(new Set([log]));
    this.#checks = createChecks(this.#survey.facts);
  }

  evidenceDoubts(file: string): Doubt[] {
    const { facts, sift } = this.#survey;
    return evidenceDoubts(facts, sift().unordered, () => file);
  }

  onRecord(record: LogRecord): void {
    this.records += 1;
    this.#survey.onRow(this.#rows.of(record));
    this.#checks.onRecord(record);
  }

  fresh(): Finding[] {
    return this.#checks.fresh();
  }

  finish(doubts: Doubt[]) {
    const { facts, metrics } = this.#survey;
    return judge({ facts, metrics: metrics(), findings: this.#checks.finish(), doubts });
  }
}

const lastLine = ({ evidence }: Finding): number => evidence.at(-1)?.line ?? 0;

/** The same finding, told early and at the end, ends with the same line. */
function keyOf({ code, session_id, connection_sequence, evidence }: Finding): string {
  return JSON.stringify([code, session_id, connection_sequence, evidence.at(-1)]);
}
