import { uses } from '../expressions/client.ts';
import { facts, logs, WITH_LOG } from '../expressions/logs.ts';
import { accepted } from '../expressions/server.ts';
import { before, flag, overBefore, type TableExpression, upTo } from '../table-expression.ts';
import { lacking, type Rule } from './rule.ts';

const LINE = 'part, side, log, line, told_at, session, number';
const OF_SESSION = 'part, side, log, session';

const beginnings: TableExpression = {
  name: 'beginnings',
  about: 'What begins in each log, and what is older than the log, in which it ended.',
  needs: [accepted, uses, facts],
  sql: () => `
  SELECT ${LINE}, 1 AS is_beginning, ${flag('verified IS NULL')} AS is_after_older
  FROM accepted WHERE what = 'connection_opened' AND is_stranger = 0
  UNION ALL
  SELECT ${LINE}, 0 AS is_beginning, 0 AS is_after_older
  FROM accepted WHERE is_left_over = 1
  UNION ALL
  SELECT ${LINE}, ${flag('what = beginning')} AS is_beginning, 1 AS is_after_older
  FROM (
    SELECT u.*, CASE WHEN f.client_attempts = 1 THEN 'connection_attempt' ELSE 'connection_opened' END AS beginning
    FROM uses AS u JOIN facts AS f ON f.part = u.part
  ) AS w
  WHERE what = beginning OR is_left_over = 1`,
};

const successions: TableExpression = {
  name: 'successions',
  about:
    'Each beginning behind the one before it or, of the first, behind the highest number that is older.',
  needs: [beginnings],
  sql: () => `
  SELECT s.*,
    ${before('number', OF_SESSION, 'line')} AS number_before,
    NULLIF(${before('line', OF_SESSION, 'line')}, 0) AS line_before
  FROM (
    SELECT beginnings.*,
      ${overBefore('MAX(CASE WHEN is_beginning = 0 THEN number END)', OF_SESSION, 'line')} AS highest_older
    FROM beginnings
  ) AS s
  WHERE is_beginning = 1`,
};

const reckoned: TableExpression = {
  name: 'reckoned',
  about: 'When what closed had begun, in logs that tell of ends alone, milliseconds.',
  needs: [logs, facts],
  sql: () => `
  SELECT p.part, p.side, p.log, p.line, p.told_at, p.session, p.number, l.precision_ms,
    p.ms - p.lived_ms AS begun_ms
  FROM placed AS p ${WITH_LOG} JOIN facts AS f ON f.part = p.part
  WHERE p.what = 'connection_closed' AND p.lived_ms IS NOT NULL
    AND p.session IS NOT NULL AND p.number IS NOT NULL
    AND ((p.side = 'server' AND l.opens = 0)
      OR (p.side = 'client' AND f.client_attempts = 0 AND f.client_opens = 0))`,
};

const reckonedOrder: TableExpression = {
  name: 'reckoned_order',
  about:
    'The highest number that surely began before each: those further back than rounding reaches.',
  needs: [reckoned],
  sql: () => `
  SELECT m.*,
    ${upTo('MAX(CASE WHEN is_past = 1 THEN number END)', OF_SESSION, 'moment, is_past')} AS highest_before
  FROM (
    SELECT ${LINE}, begun_ms AS moment, 0 AS is_past FROM reckoned
    UNION ALL
    SELECT ${LINE}, begun_ms + precision_ms AS moment, 1 AS is_past FROM reckoned
  ) AS m`,
};

export const sequenceNotIncreasing: Rule = {
  code: 'sequence-not-increasing',
  needs: [successions, reckonedOrder],
  // A hello that came once its client had given the attempt up breaks no order of the server's.
  found: `
  SELECT s.part, 1 AS hinge, s.side, s.log, s.line, s.told_at, s.session, s.number,
    COALESCE(s.number_before, s.highest_older) AS compared_with, s.log AS other_log, s.line_before AS other_line
  FROM successions AS s
  LEFT JOIN attempts AS a ON a.part = s.part AND a.session = s.session AND a.number = s.number
  WHERE (s.number < s.number_before
      OR (s.number_before IS NULL AND s.is_after_older = 1 AND s.number < s.highest_older))
    AND NOT (s.side = 'server' AND COALESCE(a.is_reused, 1) = 0
      AND a.attempt_line IS NOT NULL AND a.welcome_line IS NULL AND a.has_ended = 1)
  UNION ALL
  SELECT part, 1 AS hinge, side, log, line, told_at, session, number,
    highest_before AS compared_with, log AS other_log, NULLIF(line, line) AS other_line
  FROM reckoned_order
  WHERE is_past = 0 AND number < highest_before`,
  lacks: lacking([
    [
      'client_attempts = 0 AND client_opens = 0 AND untimed_alone > 0 AND server_opens = 0 AND closes_alone = untimed_alone',
      'not checked',
      'no-durations',
    ],
    [
      'client_attempts = 0 AND client_opens = 0 AND untimed_alone > 0',
      'partly checked',
      'no-durations',
    ],
    [
      'client_attempts = 0 AND client_opens = 0 AND servers > 1',
      'partly checked',
      'no-common-clock',
    ],
  ]),
};
