import type { LogName } from '../core/records.ts';
import { idTableOf, keyOf, type Source, textsAt } from '../logs/index.ts';
import type { Evidence, Finding } from '../model/findings.ts';
import type { IdTable } from '../model/id-table.ts';
import type { FindingQuotes, QuotedLine, Quotes } from '../model/quotes.ts';
import type { LinePlace } from '../model/record.ts';
import type { RunResult } from '../model/result.ts';
import { placeOf, type Rows } from '../model/rows.ts';

/** Findings beyond these are told of by their places alone. */
const MAX_QUOTED = 200;
/** Other lines of one log with the number of a finding. */
const MAX_BESIDE = 12;

/** Lines with one number of one session. */
interface Beside {
  places: LinePlace[];
  /** Logs that have more. */
  more: Set<LogName>;
}

/** Gathers where the lines stand that findings cite, and what else the logs have at the same numbers. */
export class QuotesFold {
  readonly #sources: readonly Source[];
  readonly #findings: readonly Finding[];
  readonly #fileOf: Map<string, number>;
  /** By `keyOf`; undefined until their line is met. */
  readonly #cited = new Map<number, LinePlace | undefined>();
  readonly #sessions: IdTable;
  /** By session, and number. */
  readonly #beside: Map<number, Beside>[];
  readonly #sessionOf: Map<string, number>;

  constructor(sources: readonly Source[], { causes, findings }: RunResult) {
    const examples = causes.flatMap((cause) => cause.examples);
    this.#sources = sources;
    this.#findings = [...new Set([...examples, ...findings.slice(0, MAX_QUOTED)])];
    this.#fileOf = new Map(sources.map(({ file }, index) => [file, index]));
    const ids = [...new Set(this.#findings.flatMap(({ session_id }) => session_id ?? []))];
    this.#sessions = idTableOf(ids);
    this.#sessionOf = new Map(ids.map((id, index) => [id, index]));
    this.#beside = ids.map(() => new Map());
    for (const finding of this.#findings) this.#want(finding);
  }

  #want(finding: Finding): void {
    for (const line of finding.evidence) this.#cited.set(this.#keyOf(line), undefined);
    const { session_id, connection_sequence: number } = finding;
    if (session_id === null || number === null) return;
    this.#beside[this.#sessionOf.get(session_id) as number]?.set(number, {
      places: [],
      more: new Set(),
    });
  }

  #keyOf({ file, line }: Evidence): number {
    return keyOf({ file: this.#fileOf.get(file) ?? -1, line });
  }

  onRow(rows: Rows, row: number): void {
    const key = keyOf({ file: rows.file(row), line: rows.line(row) });
    if (this.#cited.has(key)) this.#cited.set(key, placeOf(rows, row));
    if (rows.hasSession(row)) this.#onSession(rows, row);
  }

  #onSession(rows: Rows, row: number): void {
    const session = this.#sessions.find(rows.sessionLow(row), rows.sessionHigh(row));
    const beside = this.#beside[session]?.get(rows.sequence(row));
    if (!beside) return;
    const log = this.#logOf(rows.file(row));
    const held = beside.places.filter(({ file }) => this.#logOf(file) === log).length;
    if (held < MAX_BESIDE) beside.places.push(placeOf(rows, row));
    else beside.more.add(log);
  }

  #logOf(file: number): LogName {
    return (this.#sources[file] as Source).log;
  }

  /** Reads the lines. @throws LogUnreadable */
  async finish(): Promise<Quotes> {
    const cited = [...this.#cited.values()].filter((place) => place !== undefined);
    const beside = this.#beside.flatMap((numbers) => [...numbers.values()]);
    const places = [...cited, ...beside.flatMap((one) => one.places)];
    const texts = await textsAt(this.#sources, places);
    const quoted = new Map(places.map((place) => [keyOf(place), this.#quoted(place, texts)]));
    return {
      logs: [...new Set(this.#sources.map(({ log }) => log))],
      of: new Map(this.#findings.map((finding) => [finding, this.#quotesOf(finding, quoted)])),
    };
  }

  #quotesOf(finding: Finding, quoted: ReadonlyMap<number, QuotedLine>): FindingQuotes {
    const keys = finding.evidence.map((line) => this.#keyOf(line));
    const beside = this.#besideOf(finding);
    const others = beside?.places.map(keyOf).filter((key) => !keys.includes(key));
    return {
      cited: finding.evidence.map((line, index) => quoted.get(keys[index] as number) ?? line),
      beside: others?.map((key) => quoted.get(key) as QuotedLine) ?? null,
      more: [...(beside?.more ?? [])],
    };
  }

  #besideOf({ session_id, connection_sequence }: Finding): Beside | undefined {
    const session = this.#sessionOf.get(session_id ?? '');
    return session === undefined ? undefined : this.#beside[session]?.get(connection_sequence ?? 0);
  }

  #quoted(place: LinePlace, texts: ReadonlyMap<number, string>): QuotedLine {
    const { file, log } = this.#sources[place.file] as Source;
    const text = texts.get(keyOf(place));
    return { log, file, line: place.line, ...(text !== undefined && { text }) };
  }
}
