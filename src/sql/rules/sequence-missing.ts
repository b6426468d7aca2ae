import { incompleteClients, OF_CONNECTION } from '../expressions/doubtful.ts';
import type { Rule } from './rule.ts';

export const sequenceMissing: Rule = {
  code: 'sequence-missing',
  needs: [incompleteClients],
  // Of a log that wsdiag did not write, check looks up what such a line lacks where it names its connection.
  found: `
  SELECT p.part, 0 AS hinge, p.side, p.log, p.line, p.told_at, p.session, NULLIF(p.number, p.number) AS number,
    NULLIF(p.line, p.line) AS compared_with, p.log AS other_log, NULLIF(p.line, p.line) AS other_line
  FROM placed AS p
  LEFT JOIN incomplete_clients AS i ON i.part = p.part AND i.side = p.side AND i.log = p.log AND i.client = p.client
  WHERE ${OF_CONNECTION} AND (p.number IS NULL OR p.session IS NULL) AND i.client IS NULL`,
  lacks: null,
};
