import { attempts, uses } from '../expressions/client.ts';
import { facts } from '../expressions/logs.ts';
import { accepted, handshakes, numberless, processes } from '../expressions/server.ts';
import { flag, type TableExpression } from '../table-expression.ts';
import { lacking, type Rule } from './rule.ts';

const newest: TableExpression = {
  name: 'newest',
  about:
    "Each process's last connection of a session, but for unverified ones: it had closed those before.",
  needs: [accepted],
  sql: () => `
  SELECT part, session, log, process, MAX(place) AS newest_place
  FROM accepted
  WHERE what = 'connection_opened' AND COALESCE(verified, 1) = 1
  GROUP BY part, session, log, process`,
};

const unendedUses: TableExpression = {
  name: 'unended_uses',
  about: 'Uses of a number that had no end when the number was used again.',
  needs: [uses],
  sql: () => `
  SELECT part, session, number, use_nr, MAX(log) AS use_log, MAX(line) AS begun_line, MAX(told_at) AS begun_at
  FROM uses
  WHERE use_nr > 0 AND use_nr < last_use AND role IS NOT NULL
  GROUP BY part, session, number, use_nr
  HAVING MAX(${flag("role = 'end'")}) = 0`,
};

export const closeMissing: Rule = {
  code: 'close-missing',
  needs: [attempts, handshakes, processes, newest, unendedUses, numberless, facts],
  // A process that was killed need not have logged the end but where a newer connection had come, which closes it.
  found: `
  SELECT a.part, 1 AS hinge, 'client' AS side,
    COALESCE(a.welcome_log, a.attempt_log) AS log, COALESCE(a.welcome_line, a.attempt_line) AS line,
    COALESCE(a.welcome_at, a.attempt_at) AS told_at, a.session, a.number,
    NULLIF(a.number, a.number) AS compared_with, a.end_log AS other_log, a.end_line AS other_line
  FROM attempts AS a
  LEFT JOIN numberless AS u ON u.part = a.part AND u.side = 'client' AND u.client = a.welcome_client
  WHERE a.client_ends = 1 AND a.has_ended = 0 AND u.client IS NULL
    AND (a.welcome_line IS NOT NULL OR a.attempt_line IS NOT NULL)
  UNION ALL
  SELECT e.part, 2 AS hinge, 'client' AS side, e.use_log AS log, e.begun_line AS line, e.begun_at AS told_at,
    e.session, e.number, NULLIF(e.number, e.number) AS compared_with, e.use_log AS other_log, NULLIF(e.begun_line, e.begun_line) AS other_line
  FROM unended_uses AS e JOIN facts AS f ON f.part = e.part
  WHERE f.client_ends = 1
  UNION ALL
  SELECT o.part, 0 AS hinge, 'server' AS side, o.log, o.line, o.told_at,
    o.session, o.number, NULLIF(o.number, o.number) AS compared_with, a.end_log AS other_log, a.end_line AS other_line
  FROM handshakes AS h
  JOIN accepted AS o ON o.part = h.part AND o.place = h.open_place
  JOIN processes AS p ON p.part = o.part AND p.log = o.log AND p.process = o.process
  LEFT JOIN newest AS n ON n.part = o.part AND n.session = o.session AND n.log = o.log AND n.process = o.process
  LEFT JOIN numberless AS u ON u.part = o.part AND u.side = 'server' AND u.client = o.client
  LEFT JOIN attempts AS a ON a.part = o.part AND a.session = o.session AND a.number = o.number
  WHERE h.close_place IS NULL AND u.client IS NULL
    AND (p.fate = 'stopped' OR (p.fate = 'killed' AND n.newest_place > o.place))`,
  lacks: lacking([
    ['server_ends = 0 AND client_ends = 0', 'not checked', 'no-bounds'],
    [
      '(has_server = 1 AND server_ends = 0) OR (has_client = 1 AND client_ends = 0)',
      'partly checked',
      'no-bounds',
    ],
  ]),
};
