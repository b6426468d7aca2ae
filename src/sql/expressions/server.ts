import { flag, overBefore, type TableExpression } from '../table-expression.ts';
import { attempts } from './client.ts';
import { logs, MAY_BE_OLDER, WITH_LOG } from './logs.ts';
import { placed } from './told.ts';

const connections: TableExpression = {
  name: 'connections',
  about: 'What servers tell of connections, in the order of their logs.',
  needs: [placed, logs],
  sql: () => `
  SELECT p.*, ${flag(MAY_BE_OLDER)} AS may_be_older, l.opens AS log_opens,
    ROW_NUMBER() OVER (PARTITION BY p.part ORDER BY p.log, p.line) AS place
  FROM placed AS p ${WITH_LOG}
  WHERE p.side = 'server' AND p.session IS NOT NULL AND p.number IS NOT NULL
    AND p.what IN ('connection_opened', 'connection_closed')`,
};

const ownDocuments: TableExpression = {
  name: 'own_documents',
  about: "Documents that a session's verified connections had: others with these are its own too.",
  needs: [placed],
  sql: () => `
  SELECT DISTINCT part, session, document
  FROM placed
  WHERE side = 'server' AND what = 'connection_opened' AND verified = 1
    AND session IS NOT NULL AND document IS NOT NULL`,
};

const HANDSHAKE = 'part, session, number, client';

export const accepted: TableExpression = {
  name: 'accepted',
  about:
    "Opens and closes by their handshakes: a session, a number and a client_id. A stranger has the session's id without its token, and nothing shows that it was the session's own.",
  needs: [connections, ownDocuments, attempts],
  sql: () => `
  SELECT n.*,
    ${flag("what = 'connection_opened' AND opens_before = 0")} AS is_first_open,
    ${flag(`what = 'connection_closed' AND nth_of_handshake = 1 AND may_be_older = 1
      AND (lowest_before IS NULL OR number < lowest_before)`)} AS is_left_over
  FROM (
    SELECT c.*,
      ROW_NUMBER() OVER (PARTITION BY ${of('c', HANDSHAKE)} ORDER BY c.place) AS nth_of_handshake,
      COALESCE(${overBefore(`SUM(${flag("c.what = 'connection_opened'")})`, of('c', HANDSHAKE), 'c.place')}, 0) AS opens_before,
      ${overBefore("MIN(CASE WHEN c.what = 'connection_opened' AND COALESCE(c.verified, 1) = 1 THEN c.number END)", 'c.part, c.session, c.log', 'c.place')} AS lowest_before,
      ${flag(`c.what = 'connection_opened' AND c.verified = 0
        AND ${flag('a.welcome_client = c.client')} = 0
        AND ${flag('a.attempt_document = c.document')} = 0
        AND o.document IS NULL`)} AS is_stranger
    FROM connections AS c
    LEFT JOIN attempts AS a ON a.part = c.part AND a.session = c.session AND a.number = c.number
    LEFT JOIN own_documents AS o ON o.part = c.part AND o.session = c.session AND o.document = c.document
  ) AS n`,
};

export const handshakes: TableExpression = {
  name: 'handshakes',
  about: 'Where each handshake opened, and where it closed.',
  needs: [accepted],
  sql: () => `
  SELECT ${HANDSHAKE},
    MIN(CASE WHEN what = 'connection_opened' THEN place END) AS open_place,
    MIN(CASE WHEN what = 'connection_closed' THEN place END) AS close_place,
    MIN(log) AS first_log, MAX(log) AS last_log
  FROM accepted
  GROUP BY ${HANDSHAKE}`,
};

export const processes: TableExpression = {
  name: 'processes',
  about: 'How each server process ended.',
  needs: [placed, logs],
  sql: () => `
  SELECT p.part, p.log, p.process,
    CASE WHEN MAX(p.stops) = 1 THEN 'stopped'
      WHEN p.process < MAX(l.processes) THEN 'killed' ELSE 'running' END AS fate
  FROM placed AS p ${WITH_LOG}
  WHERE p.side = 'server' AND p.process > 0
  GROUP BY p.part, p.log, p.process`,
};

export const numberless: TableExpression = {
  name: 'numberless',
  about:
    'client_ids on lines about connections without a number: what else is told of these is not held against them.',
  needs: [placed],
  sql: () => `
  SELECT DISTINCT part, side, client
  FROM placed
  WHERE number IS NULL AND client IS NOT NULL AND what IN (
    'connection_attempt', 'connection_opened', 'connection_closed', 'connection_failed', 'document_unloaded')`,
};

export const seen: TableExpression = {
  name: 'seen',
  about: 'Numbers of each session that a server tells of, refused ones too.',
  needs: [placed],
  sql: () => `
  SELECT part, session, number
  FROM placed
  WHERE side = 'server' AND session IS NOT NULL AND number IS NOT NULL
    AND what IN ('connection_opened', 'connection_closed', 'handshake_rejected')
  GROUP BY part, session, number`,
};

function of(alias: string, columns: string): string {
  return columns
    .split(', ')
    .map((column) => `${alias}.${column}`)
    .join(', ');
}
