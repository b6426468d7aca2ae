import { facts } from '../expressions/logs.ts';
import { placed } from '../expressions/told.ts';
import { before, type TableExpression } from '../table-expression.ts';
import { lacking, type Rule } from './rule.ts';

const births: TableExpression = {
  name: 'births',
  about: 'Where sessions start, and what they attempt.',
  needs: [placed],
  sql: () => `
  SELECT part, side, log, line, told_at, session, number, what,
    ${before('what', 'part, session', 'log, line')} AS what_before
  FROM placed
  WHERE side = 'client' AND session IS NOT NULL AND what IN ('session_started', 'connection_attempt')`,
};

export const sequenceNotFromOne: Rule = {
  code: 'sequence-not-from-one',
  needs: [births, facts],
  found: `
  SELECT part, 0 AS hinge, side, log, line, told_at, session, number,
    number - number + 1 AS compared_with, log AS other_log, NULLIF(line, line) AS other_line
  FROM births
  WHERE what = 'connection_attempt' AND what_before = 'session_started' AND number > 1`,
  lacks: lacking([
    ['has_client = 0', 'not checked', 'no-client-log'],
    ['client_attempts = 0', 'not checked', 'no-attempts'],
    ['has_session_starts = 0', 'not checked', 'no-session-starts'],
  ]),
};
