import { DAMAGED } from '../table.ts';
import { flag, type TableExpression } from '../table-expression.ts';
import { facts, logs, WITH_LOG } from './logs.ts';
import { accepted, handshakes } from './server.ts';
import { placed } from './told.ts';

/** A line `p` is about a connection; a page that goes may leave one, or none. */
export const OF_CONNECTION = `(p.what IN (
      'connection_attempt', 'connection_opened', 'connection_failed', 'connection_closed')
    OR (p.what = 'document_unloaded' AND p.client IS NOT NULL))`;

export const incompleteClients: TableExpression = {
  name: 'incomplete_clients',
  about:
    'Connections of which a line lacks what another line may have. check looks it up, in logs that wsdiag did not write; SQL does not.',
  needs: [placed, logs],
  sql: () => `
  SELECT part, side, log, client
  FROM (
    SELECT p.part, p.side, p.log, p.client,
      MAX(${flag('p.session IS NULL')}) AS lacks_session,
      MAX(${flag('p.number IS NULL')}) AS lacks_number,
      MAX(${flag('p.number IS NOT NULL')}) AS has_number
    FROM placed AS p ${WITH_LOG}
    WHERE l.is_own = 0 AND p.client IS NOT NULL AND ${OF_CONNECTION}
    GROUP BY p.part, p.side, p.log, p.client
  ) AS c
  WHERE lacks_session = 1 OR (lacks_number = 1 AND has_number = 1)`,
};

export const doubtfulSessions: TableExpression = {
  name: 'doubtful_sessions',
  about: 'Sessions of which SQL tells nothing, and why.',
  needs: [incompleteClients, accepted, handshakes],
  sql: () => `
  SELECT DISTINCT p.part, p.session, 'line-incomplete' AS reason
  FROM placed AS p JOIN incomplete_clients AS i
    ON i.part = p.part AND i.side = p.side AND i.log = p.log AND i.client = p.client
  UNION ALL
  SELECT DISTINCT part, session, 'client-id-missing' AS reason
  FROM (
    SELECT part, session, number
    FROM accepted
    GROUP BY part, session, number
    HAVING MAX(${flag('client IS NULL')}) = 1 AND MAX(${flag('client IS NULL')}) <> MIN(${flag('client IS NULL')})
  ) AS mixed
  UNION ALL
  SELECT DISTINCT part, session, 'two-logs' AS reason
  FROM handshakes
  WHERE client IS NOT NULL AND first_log <> last_log
  UNION ALL
  SELECT part, session, 'two-logs' AS reason
  FROM placed
  WHERE side = 'client' AND session IS NOT NULL
  GROUP BY part, session
  HAVING MIN(log) <> MAX(log)`,
};

export const doubtfulParts: TableExpression = {
  name: 'doubtful_parts',
  about: 'Parts of which SQL tells nothing, and why.',
  needs: [facts, logs],
  sql: ({ name, part }) => `
  SELECT part, 'no-sequence' AS reason FROM facts WHERE has_numberless_log = 1
  UNION ALL
  SELECT part, 'opens-and-closes-apart' AS reason FROM facts WHERE servers > 1 AND may_be_split = 1
  UNION ALL
  SELECT part, 'clients-differ' AS reason FROM facts WHERE clients_differ = 1
  UNION ALL
  SELECT part, 'row-unusable' AS reason
  FROM (
    SELECT ${part} AS part
    FROM ${name}
    WHERE side IS NULL OR side NOT IN ('server', 'client') OR log IS NULL OR line IS NULL
      OR event IS NULL OR (time IS NULL AND event <> '${DAMAGED}')
  ) AS unusable
  GROUP BY part
  UNION ALL
  SELECT part, 'line-repeated' AS reason
  FROM (SELECT part, side, log, line FROM placed GROUP BY part, side, log, line HAVING COUNT(*) > 1) AS repeated
  GROUP BY part`,
};
