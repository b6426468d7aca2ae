import { uses } from '../expressions/client.ts';
import { facts } from '../expressions/logs.ts';
import { accepted } from '../expressions/server.ts';
import { flag, overBefore, type TableExpression } from '../table-expression.ts';
import { lacking, type Rule } from './rule.ts';

const NUMBER = 'part, session, number';
const HANDSHAKE = `${NUMBER}, client`;

const first = (condition: string): string => `MIN(CASE WHEN ${condition} THEN place END)`;
const count = (condition: string): string => `SUM(${flag(condition)})`;

const IS_OLDER = 'is_left_over = 1';
const IS_PLAIN = "what = 'connection_closed' AND nth_of_handshake = 1 AND log_opens = 0";

const serverRepeats: TableExpression = {
  name: 'server_repeats',
  about:
    "What servers told of the same number before, by the place of the first: of others' handshakes, and of this one.",
  needs: [accepted],
  sql: () => `
  SELECT accepted.*,
    ${overBefore(first("what = 'connection_opened'"), HANDSHAKE, 'place')} AS same_open,
    ${overBefore(first('is_first_open = 1 AND is_stranger = 0'), NUMBER, 'place')} AS own_open,
    ${overBefore(first('is_first_open = 1 AND verified IS NULL'), NUMBER, 'place')} AS untold_open,
    ${overBefore(first(IS_PLAIN), NUMBER, 'place')} AS plain_close,
    ${overBefore(first(IS_OLDER), NUMBER, 'place')} AS older_close,
    ${overBefore(count(IS_PLAIN), NUMBER, 'place')} - COALESCE(${overBefore(count(IS_PLAIN), HANDSHAKE, 'place')}, 0) AS plain_closes,
    ${overBefore(count(IS_OLDER), NUMBER, 'place')} - COALESCE(${overBefore(count(IS_OLDER), HANDSHAKE, 'place')}, 0) AS older_closes
  FROM accepted`,
};

const serverOther: TableExpression = {
  name: 'server_other',
  about: 'The place of the line that had the number before; null for none.',
  needs: [serverRepeats],
  sql: () => `
  SELECT part, log, line, told_at, session, number,
    CASE
      WHEN what = 'connection_opened' THEN COALESCE(
        same_open,
        CASE WHEN is_stranger = 0 THEN own_open END,
        CASE WHEN plain_closes > 0 THEN plain_close END,
        CASE WHEN older_closes > 0 AND verified IS NULL THEN older_close END)
      WHEN nth_of_handshake > 1 THEN NULL
      WHEN log_opens = 0 THEN COALESCE(own_open, plain_close, older_close)
      WHEN is_left_over = 1 THEN COALESCE(untold_open, plain_close)
    END AS other_place
  FROM server_repeats`,
};

const clientOther: TableExpression = {
  name: 'client_other',
  about: 'The same of clients.',
  needs: [uses],
  sql: () => `
  SELECT part, log, line, told_at, session, number,
    CASE
      WHEN what = 'connection_attempt' THEN COALESCE(attempted_before, left_over_before)
      WHEN what = 'connection_opened' THEN welcomed_before
    END AS other_place
  FROM (
    SELECT uses.*,
      ${overBefore("MAX(CASE WHEN what = 'connection_attempt' THEN place END)", NUMBER, 'place')} AS attempted_before,
      ${overBefore(first(IS_OLDER), `${NUMBER}, log`, 'place')} AS left_over_before,
      ${overBefore(first("role = 'welcome'"), `${NUMBER}, use_nr`, 'place')} AS welcomed_before
    FROM uses
  ) AS u`,
};

/** Which line each place is. */
const found = (side: string, others: string, all: string): string => `
  SELECT r.part, 1 AS hinge, '${side}' AS side, r.log, r.line, r.told_at, r.session, r.number,
    NULLIF(r.number, r.number) AS compared_with, o.log AS other_log, o.line AS other_line
  FROM ${others} AS r JOIN ${all} AS o ON o.part = r.part AND o.place = r.other_place`;

export const sequenceDuplicated: Rule = {
  code: 'sequence-duplicated',
  needs: [serverOther, clientOther, facts],
  found: `${found('server', 'server_other', 'accepted')}
  UNION ALL${found('client', 'client_other', 'uses')}`,
  lacks: lacking([
    [
      'server_opens = 0 AND client_attempts = 0 AND client_opens = 0 AND has_client_ids = 0',
      'not checked',
      'no-client-ids',
    ],
  ]),
};
