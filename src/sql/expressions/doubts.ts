import { LOG_SCHEMA } from '../../core/records.ts';
import { DAMAGED } from '../table.ts';
import { before, flag, type TableExpression, upTo } from '../table-expression.ts';
import { attempts } from './client.ts';
import { facts, logs, WITH_LOG } from './logs.ts';
import { handshakes } from './server.ts';
import { placed } from './told.ts';

const OF_LOG = 'part, side, log';

const bounded: TableExpression = {
  name: 'bounded',
  about: 'Lines with what stands before each, in logs that tell where they begin and end.',
  needs: [placed, logs],
  sql: () => `
  SELECT b.*, ${before('b.stops', 'b.part, b.side, b.log', 'b.line')} AS stops_before
  FROM (
    SELECT p.part, p.side, p.log, p.line, p.nth, p.starts, p.stops, p.lines_before, p.schema_number, l.lines_known,
      l.has_bounds,
      ${upTo('MAX(CASE WHEN p.starts = 1 THEN p.nth END)', 'p.part, p.side, p.log', 'p.line')} AS started_nth
    FROM placed AS p ${WITH_LOG}
  ) AS b`,
};

/** Whether lines of logs are missing, as far as these can tell. */
const ofLogs = (table: string): string => `
  SELECT ${OF_LOG}, NULLIF(log, log) AS session, 'log-incomplete' AS reason
  FROM ${table}
  WHERE (has_bounds = 1 AND ((nth = 1 AND starts = 0) OR (nth = lines_known AND stops = 0)))
    OR (stops_before = 1 AND starts = 0)
    OR (side = 'client' AND starts = 1 AND stops_before = 0)
  GROUP BY ${OF_LOG}
  UNION ALL
  SELECT ${OF_LOG}, NULLIF(log, log) AS session, 'lines-missing' AS reason
  FROM ${table}
  WHERE stops = 1 AND schema_number IS NOT NULL AND lines_before <> nth - COALESCE(started_nth, 1)
  GROUP BY ${OF_LOG}
  UNION ALL
  SELECT ${OF_LOG}, NULLIF(log, log) AS session, 'log-schema-unknown' AS reason
  FROM ${table}
  WHERE starts = 1 AND schema_number <> ${LOG_SCHEMA}
  GROUP BY ${OF_LOG}`;

/** By how much a lifetime may differ from what the times of its two lines say. */
const SLACK_MS = 5000;
const SLACK_SHARE = 0.01;

const lifetimes: TableExpression = {
  name: 'lifetimes',
  about:
    'What began and ended in one log, by both of its clocks: that of its times, and that of its durations.',
  needs: [handshakes, attempts, logs],
  sql: () => `
  SELECT t.part, t.side, t.log, t.session, t.lived_ms, t.told_ms, l.precision_ms,
    ${flag("t.side = 'client' AND l.is_own = 0")} AS may_sleep
  FROM (
    SELECT c.part, c.side, c.log, c.session, c.lived_ms, c.ms - o.ms AS told_ms
    FROM handshakes AS h
    JOIN accepted AS o ON o.part = h.part AND o.place = h.open_place
    JOIN accepted AS c ON c.part = h.part AND c.place = h.close_place
    WHERE o.log = c.log AND c.lived_ms IS NOT NULL
    UNION ALL
    SELECT part, 'client' AS side, end_log AS log, session, end_lived_ms AS lived_ms, end_ms - opened_ms AS told_ms
    FROM attempts
    WHERE end_what = 'connection_closed' AND end_lived_ms IS NOT NULL AND opened_log = end_log
  ) AS t JOIN logs AS l ON l.part = t.part AND l.side = t.side AND l.log = t.log`,
};

const closesAlone: TableExpression = {
  name: 'closes_alone',
  about:
    'Closes that tell of a session alone, so that their durations have to tell in which order it connected.',
  needs: [placed],
  sql: () => `
  SELECT part, session, MIN(side) AS first_side, MIN(log) AS first_log,
    SUM(${flag("what = 'connection_closed'")}) AS closes,
    SUM(${flag("what = 'connection_closed' AND lived_ms IS NULL")}) AS untimed,
    SUM(${flag("what <> 'connection_closed'")}) AS others,
    ${flag('MIN(log) <> MAX(log)')} AS is_on_several
  FROM placed
  WHERE session IS NOT NULL AND number IS NOT NULL
    AND what IN ('connection_attempt', 'connection_opened', 'connection_closed')
  GROUP BY part, session`,
};

const TOGETHER = 'CASE WHEN told_ms > lived_ms THEN told_ms ELSE lived_ms END';
const APART =
  'CASE WHEN told_ms > lived_ms AND may_sleep = 0 THEN told_ms - lived_ms ELSE lived_ms - told_ms END';

const ofSessions = `
  SELECT ${OF_LOG}, session, 'session-unverified' AS reason
  FROM placed
  WHERE side = 'server' AND what = 'connection_opened' AND verified = 0 AND session IS NOT NULL
  GROUP BY ${OF_LOG}, session
  UNION ALL
  SELECT ${OF_LOG}, session, 'times-disagree' AS reason
  FROM lifetimes
  WHERE ${APART} > ${SLACK_MS} + precision_ms + ${SLACK_SHARE} * ${TOGETHER}
  GROUP BY ${OF_LOG}, session
  UNION ALL
  SELECT part, first_side AS side, first_log AS log, session, 'order-unknown' AS reason
  FROM closes_alone
  WHERE untimed > 0 AND closes > 1 AND (others = 0 OR is_on_several = 1)
  UNION ALL
  SELECT ${OF_LOG}, session, 'session-start-missing' AS reason
  FROM session_beginnings
  WHERE nth_of_session = 1 AND what = 'connection_attempt' AND number = 1 AND is_own = 1`;

const sessionBeginnings: TableExpression = {
  name: 'session_beginnings',
  about: "The line that tells first of a session in clients' logs.",
  needs: [placed, logs],
  sql: () => `
  SELECT p.part, p.side, p.log, p.session, p.what, p.number, l.is_own,
    ROW_NUMBER() OVER (PARTITION BY p.part, p.session ORDER BY p.log, p.line) AS nth_of_session
  FROM placed AS p ${WITH_LOG}
  WHERE p.side = 'client' AND p.session IS NOT NULL AND p.what IN ('session_started', 'connection_attempt')`,
};

export const doubts: TableExpression = {
  name: 'doubts',
  about:
    'What keeps logs and sessions from passing, though nothing is known to be wrong with them: as check has it.',
  needs: [bounded, lifetimes, closesAlone, sessionBeginnings, facts],
  sql: ({ name, part }) => `${ofLogs('bounded')}
  UNION ALL
  SELECT DISTINCT ${part} AS part, side, log, NULLIF(log, log) AS session, 'line-damaged' AS reason
  FROM ${name}
  WHERE event = '${DAMAGED}'
  UNION ALL${ofSessions}
  UNION ALL
  SELECT part, NULLIF(part, part) AS side, NULLIF(part, part) AS log, NULLIF(part, part) AS session,
    'no-connections' AS reason
  FROM facts
  WHERE (has_server = 1 AND server_tells = 0) OR (has_server = 0 AND client_tells = 0)
  UNION ALL
  SELECT '' AS part, NULL AS side, NULL AS log, NULL AS session, 'no-connections' AS reason
  FROM (SELECT COUNT(*) AS systems FROM facts) AS counted
  WHERE systems = 0`,
};
