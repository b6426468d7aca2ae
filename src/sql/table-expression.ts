import type { Dialect } from './dialect.ts';

/** The table whose lines a statement reads. */
export interface LogTable {
  dialect: Dialect;
  /** Its name, quoted. */
  name: string;
  /** What tells systems apart, each judged by itself: SQL. */
  part: string;
}

/** A common table expression: a step of a statement, behind its `WITH`. */
export interface TableExpression {
  name: string;
  /** What its rows are, for those who read the statement. */
  about: string;
  /** What it reads. */
  needs: readonly TableExpression[];
  sql(table: LogTable): string;
}

/** Those and all that they need, each behind what it needs. */
export function inOrder(
  expressions: readonly TableExpression[],
  known = new Set<TableExpression>(),
): Set<TableExpression> {
  for (const one of expressions) {
    inOrder(one.needs, known);
    known.add(one);
  }
  return known;
}

/** The row before, in that window. `lag` is not in every ClickHouse. */
export const before = (column: string, partition: string, order: string): string =>
  `MAX(${column}) OVER (PARTITION BY ${partition} ORDER BY ${order} ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING)`;

/** An aggregate over all rows before, in that window. */
export const overBefore = (aggregate: string, partition: string, order: string): string =>
  `${aggregate} OVER (PARTITION BY ${partition} ORDER BY ${order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`;

/** The same with the row itself. */
export const upTo = (aggregate: string, partition: string, order: string): string =>
  `${aggregate} OVER (PARTITION BY ${partition} ORDER BY ${order} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;

/** 1 where that holds, and 0 where it does not or is not known. */
export const flag = (condition: string): string => `CASE WHEN ${condition} THEN 1 ELSE 0 END`;
