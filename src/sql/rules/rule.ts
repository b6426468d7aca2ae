import type { FindingCode } from '../../model/findings.ts';
import type { TableExpression } from '../table-expression.ts';

/**
 * One of `check`'s rules in SQL. `found` gives what is wrong, in these columns: `part`, `hinge`, `side`, `log`, `line`,
 * `told_at`, `session`, `number`, `compared_with`, `other_log`, `other_line`.
 *
 * `hinge`: 0 of what is certain; 1 of what hangs on what a page could know, which SQL does not follow in every session;
 * 2 of what is found for that alone.
 */
export interface Rule {
  code: FindingCode;
  needs: readonly TableExpression[];
  found: string;
  /** What logs lack for it, as `part`, `answer` and `lacking`; null for a rule that can always run. */
  lacks: string | null;
}

/** For `lacks`: the first of these that holds is lacking, of the columns of `facts`. */
export function lacking(cases: [condition: string, answer: Answer, lacking: string][]): string {
  const first = (pick: (one: (typeof cases)[number]) => string) =>
    `CASE ${cases.map((one) => `WHEN ${one[0]} THEN '${pick(one)}'`).join(' ')} END`;
  return `
  SELECT part, ${first((one) => one[1])} AS answer, ${first((one) => one[2])} AS lacking
  FROM facts
  WHERE ${cases.map(([condition]) => `(${condition})`).join(' OR ')}`;
}

export type Answer = 'not checked' | 'partly checked';
