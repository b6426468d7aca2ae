import {
  type Activity,
  type ActivityData,
  ActivitySum,
  addDoubt,
  type Claim,
  type Facts,
  keepFirst,
  MAX_CLAIMS,
  MAX_FINDINGS,
  type RawFinding,
  replaced,
  type SessionDoubt,
  whoIsAsked,
} from '../judge/index.ts';
import { RowStore, type Scanners, type StoredRows } from '../logs/index.ts';
import type { ExcuseCode } from '../model/findings.ts';
import { IdTable } from '../model/id-table.ts';
import type { LinePlace } from '../model/record.ts';
import { Rows } from '../model/rows.ts';
import { type PartJob, PartJudge, type PartJudged, type PartShare } from './part-judge.ts';

/** What the checks make of all rows. */
export interface Found {
  findings: RawFinding[];
  /** There were more. */
  isCapped: boolean;
  doubts: SessionDoubt[];
  excuses: Map<ExcuseCode, number>;
  /** Sessions with connections, by log. */
  sessions: { server: number; client: number };
  /** A line of each session that has too many to be looked at. */
  tooLong: LinePlace[];
  /** What sessions did. */
  activity: Activity;
}

/**
 * Has every family judged, part by part. Where a line raises a question about an id that other sessions'
 * lines may name, they are looked up, and those who asked are judged again, with what they say.
 */
export async function judgeStored(
  stored: StoredRows,
  facts: Facts,
  scanners: Scanners,
): Promise<Found> {
  const first = new Look();
  const rest = await lookAt([stored], facts, scanners, first);
  try {
    const stores = rest ? [stored, rest.finish()] : [stored];
    if (rest) await lookAt(stores.slice(1), facts, scanners, first);
    const claims = await claimsOn(first.asked, stores, facts, scanners);
    if (claims.size > 0) {
      const again = new Look(whoIsAsked(first.askers, claims));
      await lookAt(stores, facts.with(claims), scanners, again);
      first.replace(again);
    }
    return first.finish();
  } finally {
    rest?.release();
  }
}

/** What one look at families finds. */
class Look {
  /** Sessions whose families are looked at; all where it is not given. */
  readonly only: IdTable | undefined;
  readonly asked = new IdTable();
  readonly askers = new IdTable();
  readonly #activity = new ActivitySum();
  readonly #found: Omit<Found, 'activity'> = {
    findings: [],
    isCapped: false,
    doubts: [],
    excuses: new Map(),
    sessions: { server: 0, client: 0 },
    tooLong: [],
  };
  /** Sessions that were looked at, where not all were. */
  readonly #judged = new IdTable();

  constructor(only?: IdTable) {
    this.only = only;
  }

  add({ judged, tooLong }: PartJudged): void {
    const found = this.#found;
    found.tooLong.push(...tooLong);
    for (const one of judged) {
      found.findings.push(...one.findings);
      found.isCapped ||= one.isCapped;
      for (const doubt of one.doubts) addDoubt(found.doubts, doubt);
      for (const [code, count] of one.excuses) {
        found.excuses.set(code, (found.excuses.get(code) ?? 0) + count);
      }
      found.sessions.server += one.sessions.server;
      found.sessions.client += one.sessions.client;
      addAll(this.asked, one.asked.ids);
      addAll(this.askers, one.asked.sessions);
      addAll(this.#judged, one.judged);
    }
    this.#keepFirst();
  }

  addActivity(activity: ActivityData): void {
    this.#activity.add(activity);
  }

  /** Findings alone depend on what other sessions' lines say. */
  replace(again: Look): void {
    const found = this.#found;
    const { findings, isCapped } = again.#found;
    found.findings = replaced(found.findings, { findings, judged: again.#judged.halves() });
    found.isCapped ||= isCapped;
    this.#keepFirst();
  }

  finish(): Found {
    return { ...this.#found, activity: this.#activity.finish() };
  }

  #keepFirst(): void {
    this.#found.isCapped ||= this.#found.findings.length > MAX_FINDINGS;
    keepFirst(this.#found.findings);
  }
}

/** @returns rows of linked sessions, which are to be looked at with their families */
async function lookAt(
  stores: readonly StoredRows[],
  facts: Facts,
  scanners: Scanners,
  look: Look,
): Promise<RowStore | undefined> {
  let rest: RowStore | undefined;
  const hasLinked = facts.data.linked.sessions.length > 0;
  for (const [index, stored] of stores.entries()) {
    const parts = stored.parts.length;
    // The first has sessions wherever their own hashes put them.
    const withoutLinked = hasLinked && parts > 1 && !stored.isByFamily;
    const jobs = stored.parts.map(
      (_, part): PartJob => ({ what: 'judge', part, only: look.only?.halves(), withoutLinked }),
    );
    const onPart = (result: PartJudged) => {
      look.add(result);
      if (index > 0 || look.only) return;
      for (const { memory, size } of result.linked) {
        rest ??= new RowStore(parts, true);
        addRows(rest, new Rows(size, memory), size, facts);
      }
    };
    await workOn(stored, facts, scanners, jobs, onPart, (activity) => look.addActivity(activity));
  }
  return rest;
}

function addRows(store: RowStore, rows: Rows, size: number, facts: Facts): void {
  for (let row = 0; row < size; row++) {
    store.add(rows, row, facts.groupOf(rows.sessionLow(row), rows.sessionHigh(row)));
  }
}

async function claimsOn(
  asked: IdTable,
  stores: readonly StoredRows[],
  facts: Facts,
  scanners: Scanners,
): Promise<Map<string, Claim[]>> {
  const claims = new Map<string, Claim[]>();
  if (asked.size === 0) return claims;
  const ids = asked.halves();
  for (const [index, stored] of stores.entries()) {
    const jobs = stored.parts.map((_, part): PartJob => ({ what: 'claims', part, ids }));
    await workOn<Map<string, Claim[]>>(stored, facts, scanners, jobs, (found) => {
      for (const [key, some] of found) {
        // Linked sessions are in both.
        const own = stores.length > 1 && index === 0 ? some.filter(isByItself(facts)) : some;
        if (own.length > 0) claims.set(key, [...(claims.get(key) ?? []), ...own]);
      }
    });
  }
  const position = ({ place: { file, line } }: Claim) => file * 2 ** 32 + line;
  for (const [key, all] of claims) {
    const inOrder = all.sort((one, other) => position(one) - position(other));
    claims.set(key, inOrder.slice(0, MAX_CLAIMS));
  }
  return claims;
}

const isByItself =
  (facts: Facts) =>
  ({ sessionLow, sessionHigh }: Claim): boolean =>
    facts.familyOf(sessionLow, sessionHigh) < 0;

/** Rows that are held can't be handed to threads, and are few. */
async function workOn<R>(
  stored: StoredRows,
  facts: Facts,
  scanners: Scanners,
  jobs: readonly PartJob[],
  onDone: (result: R) => void,
  onActivity: (activity: ActivityData) => void = () => {},
): Promise<void> {
  const share: PartShare = { facts: facts.data, stored };
  if (stored.fd === undefined) {
    const judge = new PartJudge();
    judge.share(share);
    for (const job of jobs) onDone(judge.work(job) as R);
    onActivity(judge.work(ACTIVITY) as ActivityData);
    return;
  }
  scanners.share(share);
  await scanners.work(jobs, onDone);
  await scanners.workEach(ACTIVITY, onActivity);
}

const ACTIVITY: PartJob = { what: 'activity' };

function addAll(table: IdTable, halves: Int32Array): void {
  for (let at = 0; at < halves.length; at += 2) {
    table.add(halves[at] as number, halves[at + 1] as number);
  }
}
