import {
  type Activity,
  ActivitySum,
  type Facts,
  type FileFacts,
  type Judged,
  judge,
  judgeAll,
  judgeFamilies,
  logDoubts,
  observe,
  observed,
  SessionFold,
  Survey,
  sessionDoubts,
  type Texts,
  worded,
} from '../judge/index.ts';
import { noteOf, putRow } from '../logs/index.ts';
import { inOrder } from '../model/by-session.ts';
import { type Doubt, FINDINGS, type Finding } from '../model/findings.ts';
import { IdTable } from '../model/id-table.ts';
import type { Expectations } from '../model/metrics.ts';
import type { LogRecord } from '../model/record.ts';
import type { Judgement } from '../model/result.ts';
import { Rows } from '../model/rows.ts';

/** A log whose records are held. */
export interface HeldLog extends FileFacts {
  file: string;
}

/** What is judged of records that are held: no log needs to be on disk. */
export interface HeldJudgement extends Judgement {
  /** The doubts that the records themselves raise. */
  added: Doubt[];
}

/**
 * Records that come one by one and are held, and judged as those of files are: a followed log's, or those of
 * a run in memory.
 */
export class HeldLogs {
  readonly #logs: readonly HeldLog[];
  readonly #survey: Survey;
  readonly #records: LogRecord[] = [];
  readonly #sessions = new IdTable();
  /** By session: its rows. */
  readonly #rowsOf: number[][] = [];
  /** Sessions with rows that were not looked at yet. */
  readonly #touched = new Set<number>();
  readonly #told = new Set<string>();
  #rows = new Rows(64);

  /** @param logs in the order in which they are judged: servers, clients, faults */
  constructor(logs: readonly HeldLog[]) {
    this.#logs = logs;
    this.#survey = new Survey(logs);
  }

  get size(): number {
    return this.#records.length;
  }

  /** @param file index of its log; all records of one come before those of the next */
  add(record: LogRecord, file = 0): void {
    const row = this.#records.push(record) - 1;
    if (row === this.#rows.capacity) this.#grow();
    const rows = this.#rows;
    putRow(rows, row, record);
    rows.setFile(row, file);
    rows.setLine(row, record.line);
    // It is looked up by its row.
    rows.setOffset(row, row);
    this.#survey.onRow(rows, row, noteOf(record));
    const session = this.#sessions.add(rows.sessionLow(row), rows.sessionHigh(row));
    this.#rowsOf[session] ??= [];
    this.#rowsOf[session].push(row);
    this.#touched.add(session);
  }

  /** Findings that stand on lines which are there, and were not asked for before. */
  fresh(): Finding[] {
    const facts = this.#survey.facts();
    const { findings } = judgeFamilies(this.#rows, this.#families(facts), facts, {
      areSome: true,
    });
    this.#touched.clear();
    return findings
      .filter(({ code }) => FINDINGS[code].standsOn === 'presence')
      .map((finding) => worded(finding, this.#texts))
      .filter((finding) => {
        const known = this.#told.size;
        return this.#told.add(keyOf(finding)).size > known;
      });
  }

  finish(doubts: readonly Doubt[], expectations?: Expectations): HeldJudgement {
    const facts = this.#survey.facts();
    const fold = new SessionFold(facts);
    const judged = judgeAll(this.#rows, this.size, facts, fold);
    const activity = new ActivitySum();
    activity.add(fold.take());
    const fileOf = (file: number) => (this.#logs[file] as HeldLog).file;
    const added = [
      ...facts.killDoubts(fileOf),
      ...logDoubts(facts, (log) => this.#logs.find((one) => one.log === log)?.file),
      ...sessionDoubts(judged.doubts, this.#texts),
    ];
    const all = [...doubts, ...added];
    return { ...this.#judgement(judged, activity.finish(), facts, all, expectations), added };
  }

  #judgement(
    { findings, excuses, sessions }: Judged,
    did: Activity,
    facts: Facts,
    doubts: Doubt[],
    expectations: Expectations | undefined,
  ): Judgement {
    return judge({
      facts,
      metrics: this.#survey.metrics(facts, sessions, did, expectations),
      observations: observe(did, sessions).map((one) => observed(one, this.#texts)),
      findings: findings.map((finding) => worded(finding, this.#texts)),
      doubts,
      excuses: new Map(excuses),
      expectations,
    });
  }

  /** Of the sessions with new rows. */
  *#families(facts: Facts): Generator<Int32Array[]> {
    const linked = new Set<number>();
    for (const session of this.#touched) {
      const family = facts.familyOf(this.#sessions.low(session), this.#sessions.high(session));
      if (family < 0) yield [this.#linesOf(session)];
      else linked.add(family);
    }
    for (const family of linked) yield [...this.#members(family, facts)];
  }

  *#members(family: number, facts: Facts): Generator<Int32Array> {
    for (let session = 0; session < this.#sessions.size; session++) {
      const own = facts.familyOf(this.#sessions.low(session), this.#sessions.high(session));
      if (own === family) yield this.#linesOf(session);
    }
  }

  #linesOf(session: number): Int32Array {
    return inOrder(this.#rows, Int32Array.from(this.#rowsOf[session] ?? []));
  }

  readonly #texts: Texts = {
    record: ({ offset }) => this.#records[offset],
    file: (index) => (this.#logs[index] as HeldLog).file,
  };

  #grow(): void {
    const rows = new Rows(2 * this.#rows.capacity);
    rows.ints.set(this.#rows.ints);
    this.#rows = rows;
  }
}

/** The same finding, told early and at the end, ends with the same line. */
export function keyOf({ code, session_id, connection_sequence, evidence }: Finding): string {
  return JSON.stringify([code, session_id, connection_sequence, evidence.at(-1)]);
}
