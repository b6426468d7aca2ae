import { ABNORMAL_CLOSURE } from '../../core/close-codes.ts';
import { attempts } from '../expressions/client.ts';
import { facts } from '../expressions/logs.ts';
import { numberless, seen } from '../expressions/server.ts';
import type { TableExpression } from '../table-expression.ts';
import { lacking, type Rule } from './rule.ts';

const spans: TableExpression = {
  name: 'spans',
  about: 'The numbers between which servers tell of a session.',
  needs: [seen],
  sql: () => `
  SELECT part, session, MIN(number) AS lowest, MAX(number) AS highest
  FROM seen
  GROUP BY part, session`,
};

export const gapUnexplained: Rule = {
  code: 'gap-unexplained',
  needs: [attempts, spans, numberless, facts],
  // To a server that logs closes alone, what was dropped in silence may still be open.
  found: `
  SELECT a.part, CASE WHEN a.welcome_line IS NULL AND a.has_ended = 0 THEN 1 ELSE 0 END AS hinge,
    'client' AS side, COALESCE(a.welcome_log, a.attempt_log) AS log, COALESCE(a.welcome_line, a.attempt_line) AS line,
    COALESCE(a.welcome_at, a.attempt_at) AS told_at, a.session, a.number,
    NULLIF(a.number, a.number) AS compared_with, a.end_log AS other_log, a.end_line AS other_line
  FROM attempts AS a
  JOIN facts AS f ON f.part = a.part
  LEFT JOIN seen AS k ON k.part = a.part AND k.session = a.session AND k.number = a.number
  LEFT JOIN spans AS s ON s.part = a.part AND s.session = a.session
  LEFT JOIN numberless AS u ON u.part = a.part AND u.side = 'server' AND u.client = a.welcome_client
  WHERE f.has_server = 1 AND (a.welcome_line IS NOT NULL OR a.attempt_line IS NOT NULL)
    AND k.number IS NULL AND u.client IS NULL
    AND CASE
      WHEN a.welcome_line IS NOT NULL AND a.end_code = ${ABNORMAL_CLOSURE} AND f.closes_only = 1 THEN 0
      WHEN a.welcome_line IS NOT NULL THEN 1
      WHEN a.has_ended = 0 THEN f.client_ends
      WHEN a.end_what = 'connection_closed' THEN 1
      ELSE 0 END = 1
    AND (f.server_is_whole = 1 OR (s.lowest < a.number AND a.number < s.highest))`,
  lacks: lacking([
    ['has_client = 0', 'not checked', 'no-client-log'],
    ['has_server = 0', 'not checked', 'no-server-log'],
    ['client_attempts = 0 AND client_opens = 0', 'not checked', 'no-attempts'],
  ]),
};
