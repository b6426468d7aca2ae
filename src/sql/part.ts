import type { Dialect } from './dialect.ts';

/** Whose lines a statement reads. */
export interface Source {
  dialect: Dialect;
  /** The table, quoted. */
  table: string;
  /** What tells systems apart, each judged by itself: SQL. */
  part: string;
}

/** A named step of a statement: one of its `WITH`. */
export interface Part {
  name: string;
  /** What its rows are, for those who read the statement. */
  about: string;
  /** What it reads. */
  needs: readonly Part[];
  sql(source: Source): string;
}

/** Those parts and all that they need, each behind what it needs. */
export function inOrder(parts: readonly Part[], known = new Set<Part>()): Set<Part> {
  for (const part of parts) {
    inOrder(part.needs, known);
    known.add(part);
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
