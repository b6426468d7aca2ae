import {
  type Claim,
  claimsIn,
  Facts,
  type FactsData,
  type Judged,
  judgeRows,
  linkedRows,
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
  | { what: 'claims'; part: number; ids: Int32Array };

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

  share(value: unknown): void {
    const { facts, stored } = value as PartShare;
    this.#facts = new Facts(facts);
    this.#stored = stored;
  }

  work(value: unknown): PartJudged | Map<string, Claim[]> {
    const job = value as PartJob;
    return job.what === 'judge' ? this.#judge(job) : this.#claims(job);
  }

  #judge({ part, only, withoutLinked }: Extract<PartJob, { what: 'judge' }>): PartJudged {
    const facts = this.#facts as Facts;
    const result: PartJudged = { judged: [], linked: [], tooLong: [] };
    const options = { only: only && IdTable.of(only), withoutLinked };
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
