import type { LogName } from '../core/records.ts';
import { decide, doubtsAbout } from '../judge/index.ts';
import {
  createCompleteness,
  createParser,
  joinedRecords,
  type LogFormat,
  logOfEvent,
  noteOf,
  type Parsed,
  type ParsedRecord,
  putRow,
  REASON,
  Writers,
} from '../logs/index.ts';
import { type Doubt, FINDINGS, type Finding } from '../model/findings.ts';
import type { LogRecord } from '../model/record.ts';
import type { RunResult } from '../model/result.ts';
import { Rows } from '../model/rows.ts';
import { HeldLogs, keyOf } from './held-logs.ts';
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
  #span: Span | undefined;
  readonly #row = new Rows(1);
  readonly #places: Places;
  readonly #told: Finding[] = [];
  #skipping: boolean;
  #log: LogName | undefined;
  #parser: (line: Buffer) => Parsed;
  readonly #writers = new Writers();
  #completeness: ReturnType<typeof createCompleteness> | undefined;
  #judge: HeldLogs | undefined;
  /** Takes over from the judge when that is full, with half of its records behind it. */
  #successor: HeldLogs | undefined;
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

  /** Before the first line: what is known of them by now. */
  readAs(format: LogFormat): void {
    this.#parser = createParser(format, 'server');
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
    else if (parsed.naming) this.#onNaming(parsed.naming, line);
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
    this.#joined.finish();
    if (this.#fromEnd) this.#historyMissing('skipped');
    const judge = this.#current();
    const lacking = this.#lacking(isOver);
    const all = [...this.#doubts, ...this.#writers.doubts(this.#file), ...lacking];
    const { added, ...judged } = judge.finish(all);
    const findings = this.#withTold(judged.findings.map(this.#placed));
    const doubts = doubtsAbout(findings, [...all, ...added], []);
    return {
      name: this.#file,
      seed: null,
      plan_hash: null,
      replay: null,
      run_dir: null,
      started_at: this.#span?.startedAt ?? null,
      duration_seconds: this.#span?.seconds ?? null,
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

  #onNaming({ kind: _kind, writer: _writer, ...naming }: ParsedRecord, line: number): void {
    this.#joined.onRecord({ log: this.#log ?? this.#assumed, file: this.#file, line, ...naming });
  }

  #onRecord(record: LogRecord): void {
    this.#records += 1;
    const { log, line, time } = record;
    this.#completeness ??= this.#createCompleteness();
    this.#span ??= new Span([log]);
    putRow(this.#row, 0, record);
    this.#row.setLine(0, line);
    this.#completeness.onRow(this.#row, 0, noteOf(record));
    this.#span.add(this.#row, 0);
    this.#places.noteTime(time);
    this.#joined.onRecord(record);
  }

  /** Where the lines of a connection name its session later, they are judged from then on. */
  readonly #joined = joinedRecords((record) => {
    this.#successor?.add(record);
    this.#current().add(record);
    this.#makeRoom(this.#current());
  }, 1);

  #onDamage(line: number, value: string): void {
    this.#rejected += 1;
    if (this.#rejected > MAX_DAMAGE_NAMED) return;
    this.#doubts.push({ code: 'line-damaged', where: { file: this.#file, line }, value });
  }

  #current(): HeldLogs {
    this.#judge ??= this.#hold();
    return this.#judge;
  }

  #hold(): HeldLogs {
    return new HeldLogs([{ log: this.#log ?? 'server', stream: 0, file: this.#file }]);
  }

  #makeRoom(judge: HeldLogs): void {
    if (judge.size === this.#half) this.#successor = this.#hold();
    if (judge.size < 2 * this.#half || !this.#successor) return;
    this.#historyMissing('forgotten');
    this.#untold.push(...judge.fresh());
    // What it has found, the one before it has found too.
    this.#successor.fresh();
    this.#judge = this.#successor;
    this.#successor = this.#hold();
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
    const log = this.#log ?? 'server';
    return createCompleteness({
      log,
      files,
      fileOf: () => this.#file,
      isOwn: false,
      isWhole: true,
    });
  }

  /** What was told of stands, and so does what only the end could show; the latter if nothing is missing. */
  #withTold(findings: Finding[]): Finding[] {
    const isWhole = !this.#doubts.some(({ code }) => code === 'history-missing');
    const told = new Set(this.#told.map(keyOf));
    return [
      ...this.#told,
      ...findings.filter(
        (finding) =>
          !told.has(keyOf(finding)) && (isWhole || FINDINGS[finding.code].standsOn === 'presence'),
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

const lastLine = ({ evidence }: Finding): number => evidence.at(-1)?.line ?? 0;
