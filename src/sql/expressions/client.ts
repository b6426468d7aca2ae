import { flag, overBefore, type TableExpression, upTo } from '../table-expression.ts';
import { facts, MAY_BE_OLDER, WITH_LOG } from './logs.ts';
import { gonePages } from './pages.ts';
import { placed } from './told.ts';

const NUMBER = 'part, session, number';
const USE = `${NUMBER}, use_nr`;
const IS_END = "what IN ('connection_closed', 'connection_failed', 'document_unloaded')";

export const dials: TableExpression = {
  name: 'dials',
  about:
    'What clients tell of numbers, in the order of their logs. A number that is attempted again is used anew.',
  needs: [placed, facts],
  sql: () => `
  SELECT d.*,
    ${upTo(`SUM(${flag("what = 'connection_attempt'")})`, NUMBER, 'place')} AS use_nr
  FROM (
    SELECT p.*, ${flag(MAY_BE_OLDER)} AS may_be_older,
      ROW_NUMBER() OVER (PARTITION BY p.part ORDER BY p.log, p.line) AS place
    FROM placed AS p ${WITH_LOG}
    WHERE p.side = 'client' AND p.session IS NOT NULL AND p.number IS NOT NULL AND p.what IN (
      'connection_attempt', 'connection_opened', 'connection_closed', 'connection_failed', 'document_unloaded')
  ) AS d`,
};

export const uses: TableExpression = {
  name: 'uses',
  about: "Each line's part in its use: the attempt, the welcome, the end, or none of these.",
  needs: [dials],
  sql: () => `
  SELECT u.*,
    CASE WHEN what = 'connection_attempt' THEN 'attempt'
      WHEN ${IS_END} AND ends_before = 0 THEN 'end'
      WHEN what = 'connection_opened' AND ends_before = 0 AND welcomes_before = 0 THEN 'welcome' END AS role,
    ${flag('use_nr = 0 AND nth_of_use = 1 AND may_be_older = 1')} AS is_left_over
  FROM (
    SELECT dials.*,
      ROW_NUMBER() OVER (PARTITION BY ${USE} ORDER BY place) AS nth_of_use,
      COALESCE(${overBefore(`SUM(${flag(IS_END)})`, USE, 'place')}, 0) AS ends_before,
      COALESCE(${overBefore(`SUM(${flag("what = 'connection_opened'")})`, USE, 'place')}, 0) AS welcomes_before,
      MAX(use_nr) OVER (PARTITION BY ${NUMBER}) AS last_use
    FROM dials
  ) AS u`,
};

/** Where clients log no welcomes, a close tells that there was one. */
const IS_CLOSE_ALONE = "f.client_opens = 0 AND a.end_what = 'connection_closed'";
const welcome = (column: string): string =>
  `COALESCE(a.opened_${column}, CASE WHEN ${IS_CLOSE_ALONE} THEN a.end_${column} END) AS welcome_${column}`;

export const attempts: TableExpression = {
  name: 'attempts',
  about: "What became of each number's last use, as its client tells.",
  needs: [uses, gonePages, facts],
  sql: () => `
  SELECT a.*, f.client_ends,
    ${['log', 'line', 'at', 'client'].map(welcome).join(',\n    ')},
    ${flag('a.times_attempted > 1 OR (a.times_attempted = 1 AND a.left_over_lines > 0)')} AS is_reused,
    ${flag('a.end_line IS NOT NULL OR g.document IS NOT NULL')} AS has_ended
  FROM (
    SELECT part, session, number,
      MAX(last_use) AS times_attempted,
      SUM(is_left_over) AS left_over_lines,
      ${ofLast('attempt', 'attempt', ['log', 'line', 'at', 'document'])},
      ${ofLast('welcome', 'opened', ['log', 'line', 'at', 'document', 'client', 'ms'])},
      ${ofLast('end', 'end', ['log', 'line', 'at', 'client', 'ms', 'what', 'code', 'lived_ms'])}
    FROM uses
    GROUP BY part, session, number
  ) AS a
  JOIN facts AS f ON f.part = a.part
  LEFT JOIN gone_pages AS g ON g.part = a.part AND g.session = a.session AND g.last_number = a.number
    AND g.document = CASE WHEN a.opened_line IS NULL THEN a.attempt_document ELSE a.opened_document END`,
};

function ofLast(role: string, prefix: string, columns: string[]): string {
  const value = (column: string) => (column === 'at' ? 'told_at' : column);
  return columns
    .map(
      (column) =>
        `MAX(CASE WHEN use_nr = last_use AND role = '${role}' THEN ${value(column)} END) AS ${prefix}_${column}`,
    )
    .join(',\n      ');
}
