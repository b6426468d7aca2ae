import { flag, type TableExpression, upTo } from '../table-expression.ts';

/** Events that count; any other line is none of a log's, as for `check`. */
const EVENTS = [
  'connection_opened',
  'connection_closed',
  'connection_attempt',
  'connection_failed',
  'document_loaded',
  'document_unloaded',
  'handshake_rejected',
  'sequence_advanced',
  'session_started',
  'server_started',
  'server_stopped',
  'client_started',
  'client_stopped',
];

const MAX_NUMBER = Number.MAX_SAFE_INTEGER;

/** Names differ from those of the table: where they did not, ClickHouse would take one for the other. */
export const told: TableExpression = {
  name: 'told',
  about: 'The lines that count, under names of their own. A part is what is judged by itself.',
  needs: [],
  sql: ({ dialect, name, part }) => `
  SELECT
    ${part} AS part, log, side, line, time AS told_at, event AS what,
    ${dialect.milliseconds('time')} AS ms,
    NULLIF(session_id, '') AS session,
    CASE WHEN connection_sequence BETWEEN 1 AND ${MAX_NUMBER} THEN connection_sequence END AS number,
    NULLIF(client_id, '') AS client,
    NULLIF(document_id, '') AS document,
    close_code AS code,
    CASE WHEN duration_seconds >= 0 AND duration_seconds < 1e300 THEN duration_seconds * 1000 END AS lived_ms,
    CASE WHEN session_verified = TRUE THEN 1 WHEN session_verified = FALSE THEN 0 END AS verified,
    reason AS why, wsdiag_version AS version, log_schema AS schema_number, lines AS lines_before,
    ${flag("(side = 'server' AND event = 'server_started') OR (side = 'client' AND event = 'client_started')")} AS starts,
    ${flag("(side = 'server' AND event = 'server_stopped') OR (side = 'client' AND event = 'client_stopped')")} AS stops
  FROM ${name}
  WHERE side IN ('server', 'client') AND event IN (
    ${EVENTS.map((event) => `'${event}'`).join(', ')}
  )`,
};

const OF_LOG = 'part, side, log';

export const placed: TableExpression = {
  name: 'placed',
  about:
    'Each line with its place in its log, and the process that wrote it: how many had started by then.',
  needs: [told],
  sql: () => `
  SELECT told.*,
    ROW_NUMBER() OVER (PARTITION BY ${OF_LOG} ORDER BY line) AS nth,
    ${upTo('SUM(starts)', OF_LOG, 'line')} AS process
  FROM told`,
};
