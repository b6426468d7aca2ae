import { flag, type TableExpression } from '../table-expression.ts';
import { placed } from './told.ts';

/** Starts this close together may be out of order by rounding alone. */
const START_PRECISION_MS = 10;
const ROUNDING = 1e-6;

/** The largest of these units that all values are whole in, milliseconds. */
const unitOf = (value: string): string => {
  const isOff = (unit: number) =>
    `MAX(${flag(`ABS(${value} / ${unit} - ROUND(${value} / ${unit})) > ${ROUNDING}`)})`;
  const cases = [1000, 100, 10].map((unit) => `WHEN ${isOff(unit)} = 0 THEN ${unit}`);
  return `CASE ${cases.join(' ')} ELSE 1 END`;
};

const has = (condition: string): string => `MAX(${flag(condition)})`;

export const logs: TableExpression = {
  name: 'logs',
  about: 'What is known of each log as a whole.',
  needs: [placed],
  sql: () => `
  SELECT *,
    ${flag('has_opened = 1 OR first_start IS NOT NULL')} AS opens,
    ${flag('has_attempts = 1 OR first_start IS NOT NULL')} AS attempts,
    ${flag('last_stop > COALESCE(last_start, 0)')} AS has_stopped,
    ${flag('last_start > first_start OR last_stop > first_start')} AS has_ended,
    ${flag('has_opened = 1 OR closes > 0 OR has_attempts = 1')} AS tells,
    CASE WHEN time_unit + duration_unit > ${START_PRECISION_MS}
      THEN time_unit + duration_unit ELSE ${START_PRECISION_MS} END AS precision_ms
  FROM (
    SELECT part, side, log,
      ${has('nth = 1 AND starts = 1')} AS is_whole,
      ${has('nth = 1 AND starts = 1 AND schema_number IS NOT NULL AND version IS NOT NULL')} AS is_own,
      MIN(CASE WHEN nth = 1 AND starts = 0 THEN ms END) AS begun_ms,
      MIN(CASE WHEN starts = 1 THEN nth END) AS first_start,
      MAX(CASE WHEN starts = 1 THEN nth END) AS last_start,
      MAX(CASE WHEN stops = 1 THEN nth END) AS last_stop,
      ${has('(starts = 1 OR stops = 1) AND schema_number IS NOT NULL')} AS has_bounds,
      MAX(nth) AS lines_known, MAX(process) AS processes,
      ${has("what = 'connection_opened'")} AS has_opened,
      ${has("what = 'connection_attempt'")} AS has_attempts,
      SUM(${flag("what = 'connection_closed'")}) AS closes,
      SUM(${flag("what = 'connection_closed' AND lived_ms IS NULL")}) AS untimed,
      ${has('number IS NOT NULL')} AS is_numbered,
      ${has('client IS NOT NULL')} AS has_client_ids,
      ${has("what = 'session_started'")} AS has_session_starts,
      ${unitOf('ms')} AS time_unit,
      ${unitOf("CASE WHEN what = 'connection_closed' THEN lived_ms END")} AS duration_unit
    FROM placed
    GROUP BY part, side, log
  ) AS each_log`,
};

const OF_SERVER = "side = 'server'";
const OF_CLIENT = "side = 'client'";
/** A log that tells of nothing else. Of clients' this counts only where none tells of attempts or welcomes. */
const ENDS_ALONE = 'closes > 0 AND opens = 0';

export const facts: TableExpression = {
  name: 'facts',
  about: 'What is known of all logs of a part together.',
  needs: [logs],
  sql: () => `
  SELECT part,
    ${has(OF_SERVER)} AS has_server,
    ${has(OF_CLIENT)} AS has_client,
    ${has(`${OF_CLIENT} AND attempts = 1`)} AS client_attempts,
    ${has(`${OF_CLIENT} AND opens = 1`)} AS client_opens,
    COALESCE(MIN(CASE WHEN ${OF_CLIENT} THEN has_stopped END), 0) AS client_ends,
    ${has(`${OF_SERVER} AND has_ended = 1`)} AS server_ends,
    ${has(`${OF_SERVER} AND opens = 1`)} AS server_opens,
    ${has(`${OF_SERVER} AND closes > 0 AND opens = 0`)} AS closes_only,
    COALESCE(MIN(CASE WHEN ${OF_SERVER} THEN is_whole END), 0) AS server_is_whole,
    SUM(${flag(`${OF_SERVER} AND tells = 1`)}) AS servers,
    ${has(`${OF_SERVER} AND tells = 1`)} AS server_tells,
    ${has(`${OF_CLIENT} AND tells = 1`)} AS client_tells,
    SUM(CASE WHEN ${ENDS_ALONE} THEN closes ELSE 0 END) AS closes_alone,
    SUM(CASE WHEN ${ENDS_ALONE} THEN untimed ELSE 0 END) AS untimed_alone,
    ${has('has_client_ids = 1')} AS has_client_ids,
    ${has(`${OF_CLIENT} AND has_session_starts = 1`)} AS has_session_starts,
    ${has('tells = 1 AND is_own = 0 AND is_numbered = 0')} AS has_numberless_log,
    ${has(`${OF_SERVER} AND has_opened = 1 AND closes = 0 AND is_own = 0`)} AS may_be_split,
    CASE WHEN MIN(CASE WHEN ${OF_CLIENT} THEN 2 * attempts + opens END)
      < MAX(CASE WHEN ${OF_CLIENT} THEN 2 * attempts + opens END) THEN 1 ELSE 0 END AS clients_differ
  FROM logs
  GROUP BY part`,
};

/** What began before its log did may have ended in it: by its duration, to the second. */
const DURATION_PRECISION_MS = 1000;
export const MAY_BE_OLDER = `l.begun_ms IS NOT NULL
        AND (p.lived_ms IS NULL OR p.ms - p.lived_ms <= l.begun_ms + ${DURATION_PRECISION_MS})`;
export const WITH_LOG = 'JOIN logs AS l ON l.part = p.part AND l.side = p.side AND l.log = p.log';
