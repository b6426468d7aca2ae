import {
  type ActivityData,
  type Claim,
  claimsIn,
  Facts,
  type FactsData,
  type Judged,
  judgeRows,
  linkedRows,
  SessionFold,
} from '../judge/index.ts';
import type { StoredRows, ThreadWorker } from '../logs/index.ts';
import { loadPart } from '../logs/row-store.ts';
import { IdTable } from '../model/id-table.ts';
import type { LinePlace } from '../model/record.ts';

/** What the parts of stored rows are judged by. */
export interface PartShare {
  facts: FactsData;
  stored: StoredRows;
}

/** What is to be done with one part. */
export type PartJob =
  | {
      what: 'judge';
      part: number;
      /** Only families with one of these sessions. */
      only?: Int32Array;
      /** Linked sessions are handed back, and not judged. */
      withoutLinked: boolean;
    }
  | { what: 'claims'; part: number; ids: Int32Array }
  /** What the sessions of all parts did that this thread judged, unless only some were. */
  | { what: 'activity' };

/** What came of some sessions of a part. */
export interface PartJudged {
  judged: Judged[];
  /** Rows of linked sessions: their memory, and how many. */
  linked: { memory: ArrayBufferLike; size: number }[];
  /** A line of each session that has too many to be looked at. */
  tooLong: LinePlace[];
}

/** Does what is to be done with parts, in whichever thread. */
export class PartJudge implements ThreadWorker {
  #facts: Facts | undefined;
  #stored: StoredRows | undefined;
  #activity: SessionFold | undefined;

  share(value: unknown): void {
    const { facts, stored } = value as PartShare;
    this.#facts = new Facts(facts);
    this.#activity = new SessionFold(this.#facts);
    this.#stored = stored;
  }

  work(value: unknown): PartJudged | Map<string, Claim[]> | ActivityData {
    const job = value as PartJob;
    if (job.what === 'activity') return (this.#activity as SessionFold).take();
    return job.what === 'judge' ? this.#judge(job) : this.#claims(job);
  }

  #judge({ part, only, withoutLinked }: Extract<PartJob, { what: 'judge' }>): PartJudged {
    const facts = this.#facts as Facts;
    const result: PartJudged = { judged: [], linked: [], tooLong: [] };
    const activity = only ? undefined : this.#activity;
    const options = { only: only && IdTable.of(only), withoutLinked, activity };
    for (const { rows, size, tooLong } of this.#load(part)) {
      result.judged.push(judgeRows(rows, size, facts, options));
      result.tooLong.push(...tooLong);
      const linked = withoutLinked ? linkedRows(rows, size, facts) : undefined;
      if (linked) result.linked.push({ memory: linked.ints.buffer, size: linked.capacity });
    }
    return result;
  }

  #claims({ part, ids }: Extract<PartJob, { what: 'claims' }>): Map<string, Claim[]> {
    const claims = new Map<string, Claim[]>();
    const asked = IdTable.of(ids);
    for (const { rows, size } of this.#load(part)) {
      for (const [key, found] of claimsIn(rows, size, asked, this.#facts as Facts)) {
        claims.set(key, [...(claims.get(key) ?? []), ...found]);
      }
    }
    return claims;
  }

  #load(part: number) {
    const facts = this.#facts as Facts;
    return loadPart(this.#stored as StoredRows, part, (low, high) => facts.groupOf(low, high));
  }
}
