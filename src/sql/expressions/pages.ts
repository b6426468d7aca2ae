import { before, flag, overBefore, type TableExpression } from '../table-expression.ts';
import { placed } from './told.ts';

const PAGE = 'part, session, document';
const ORDER = 'log, line';
const SAYS_VANISHED = "what = 'document_unloaded' AND why = 'vanished'";
const COMES = "what IN ('document_loaded', 'session_started')";

const pageLines: TableExpression = {
  name: 'page_lines',
  about: 'What clients tell of their pages.',
  needs: [placed],
  sql: () => `
  SELECT part, session, document, log, line, what, number, ${flag(SAYS_VANISHED)} AS is_vanished,
    ${before('document', 'part, session', ORDER)} AS document_before,
    ${before('what', 'part, session', ORDER)} AS what_before,
    COALESCE(${overBefore(`SUM(${flag(COMES)})`, PAGE, ORDER)}, 0) AS times_come,
    COALESCE(${overBefore(`SUM(${flag("what = 'document_unloaded'")})`, PAGE, ORDER)}, 0) AS times_gone
  FROM placed
  WHERE side = 'client' AND session IS NOT NULL AND document IS NOT NULL`,
};

const pageSessions: TableExpression = {
  name: 'page_sessions',
  about:
    'Whether the pages of each session came one after the other, each behind one that had gone, and how often one went without a word.',
  needs: [pageLines],
  sql: () => `
  SELECT part, session, vanishes, advances,
    ${flag('runs = documents AND breaks = 0 AND (vanishes = 0 OR advances = 0)')} AS is_orderly
  FROM (
    SELECT part, session,
      SUM(is_vanished) AS vanishes,
      SUM(${flag("what = 'sequence_advanced'")}) AS advances,
      COUNT(DISTINCT document) AS documents,
      SUM(${flag('document_before IS NULL OR document_before <> document')}) AS runs,
      SUM(${flag(`(document_before <> document AND what_before <> 'document_unloaded')
        OR (is_vanished = 1 AND (document_before IS NULL OR document_before <> document
          OR times_come = 0 OR times_gone > 0))`)}) AS breaks
    FROM page_lines
    GROUP BY part, session
  ) AS s`,
};

export const vanishedPages: TableExpression = {
  name: 'vanished_pages',
  about:
    'Sessions with pages that may have gone without a word, in a way that SQL does not follow.',
  needs: [pageSessions],
  sql: () => `
  SELECT part, session
  FROM page_sessions
  WHERE vanishes + advances > 0 AND is_orderly = 0`,
};

export const gonePages: TableExpression = {
  name: 'gone_pages',
  about:
    'Pages that went without a word, as the next one tells, and the number that each had used last: this ended with it.',
  needs: [pageLines, pageSessions],
  sql: () => `
  SELECT n.part, n.session, n.document, n.number AS last_number
  FROM (
    SELECT part, session, document, number,
      ROW_NUMBER() OVER (PARTITION BY ${PAGE} ORDER BY log DESC, line DESC) AS nth_last
    FROM page_lines
    WHERE what IN ('connection_attempt', 'connection_opened')
  ) AS n
  JOIN (SELECT DISTINCT part, session, document FROM page_lines WHERE is_vanished = 1) AS v
    ON v.part = n.part AND v.session = n.session AND v.document = n.document
  JOIN page_sessions AS s ON s.part = n.part AND s.session = n.session
  WHERE n.nth_last = 1 AND s.is_orderly = 1`,
};
