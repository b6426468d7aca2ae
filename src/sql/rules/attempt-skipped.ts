import { attempts, uses } from '../expressions/client.ts';
import { facts } from '../expressions/logs.ts';
import { placed } from '../expressions/told.ts';
import { before, type TableExpression } from '../table-expression.ts';
import { lacking, type Rule } from './rule.ts';

const steps: TableExpression = {
  name: 'steps',
  about: 'What says which number is next: an attempt, or a server that had seen a higher one.',
  needs: [placed],
  sql: () => `
  SELECT part, side, log, line, told_at, session, number, what,
    ${before('number', 'part, session', 'log, line')} + 1 AS expected,
    ${before('what', 'part, session', 'log, line')} AS what_before,
    NULLIF(${before('line', 'part, session', 'log, line')}, 0) AS line_before
  FROM placed
  WHERE side = 'client' AND session IS NOT NULL AND number IS NOT NULL
    AND what IN ('connection_attempt', 'sequence_advanced')`,
};

export const attemptSkipped: Rule = {
  code: 'attempt-skipped',
  needs: [steps, uses, attempts, facts],
  // Nothing comes of no attempt, but of one that is older than the log.
  found: `
  SELECT s.part, CASE WHEN s.number > s.expected THEN 0 ELSE 1 END AS hinge, s.side, s.log, s.line, s.told_at,
    s.session, s.number, s.expected AS compared_with, s.log AS other_log, s.line_before AS other_line
  FROM steps AS s
  LEFT JOIN attempts AS a ON a.part = s.part AND a.session = s.session AND a.number = s.number
  WHERE s.what = 'connection_attempt' AND (s.number > s.expected
    OR (s.number < s.expected AND s.what_before = 'sequence_advanced' AND COALESCE(a.is_reused, 0) = 0))
  UNION ALL
  SELECT u.part, 0 AS hinge, u.side, u.log, u.line, u.told_at,
    u.session, u.number, u.number AS compared_with, u.log AS other_log, NULLIF(u.line, u.line) AS other_line
  FROM uses AS u JOIN facts AS f ON f.part = u.part
  WHERE u.use_nr = 0 AND u.nth_of_use = 1 AND u.is_left_over = 0 AND f.client_attempts = 1`,
  lacks: lacking([
    ['has_client = 0', 'not checked', 'no-client-log'],
    ['client_attempts = 0', 'not checked', 'no-attempts'],
  ]),
};
