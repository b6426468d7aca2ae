import { DIALECTS, type DialectName } from './dialect.ts';
import { doubtfulParts, doubtfulSessions } from './expressions/doubtful.ts';
import { doubts } from './expressions/doubts.ts';
import { vanishedPages } from './expressions/pages.ts';
import type { Rule } from './rules/rule.ts';
import { tableName } from './table.ts';
import { inOrder, type LogTable, type TableExpression } from './table-expression.ts';

export interface StatementOptions {
  rules: readonly Rule[];
  dialect: DialectName;
  table: string;
  /** A column that tells systems apart, which have nothing to do with each other. */
  by?: string | undefined;
}

/** That statement, behind what its database has to be told before. */
export const scriptOf = (options: StatementOptions): string =>
  `${DIALECTS[options.dialect].preamble}${statementOf(options)}`;

/** One statement that gives all that those rules find, and what can't be known. */
export function statementOf({ rules, dialect: name, table, by }: StatementOptions): string {
  const dialect = DIALECTS[name];
  const text = dialect.nullable(dialect.types.text);
  const part = by === undefined ? "''" : `COALESCE(CAST(${dialect.quoted(by)} AS ${text}), '')`;
  const logTable: LogTable = { dialect, name: tableName(dialect, table), part };
  const steps = inOrder([
    ...rules.flatMap(({ needs }) => needs),
    doubts,
    doubtfulSessions,
    doubtfulParts,
    vanishedPages,
    foundBy(rules),
    lackedBy(rules),
    answers,
  ]);
  const texts = [...steps].map(
    (step) => `${comment(step.about)}${step.name} AS (${step.sql(logTable)}\n)`,
  );
  return `WITH\n${texts.join(',\n')}\n${resultOf(by, dialect.quoted)}${dialect.statementEnd};`;
}

const COMMENT_WIDTH = 97;

/** In lines that can be read. */
function comment(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    if (`${lines.at(-1)} ${word}`.length > COMMENT_WIDTH) lines.push('');
    lines.push(`${lines.pop()} ${word}`);
  }
  return lines.map((line) => `--${line}\n`).join('');
}

const foundBy = (rules: readonly Rule[]): TableExpression => ({
  name: 'found',
  about:
    'What each rule finds. It hangs on what a page knew where hinge is 1, and is found for that alone where it is 2.',
  needs: [],
  sql: () =>
    rules
      .map(
        ({ code, found }) => `
  SELECT '${code}' AS code, r.* FROM (${found}) AS r`,
      )
      .join('\n  UNION ALL'),
});

/** A rule that always runs lacks nothing: it has no row. */
const lackedBy = (rules: readonly Rule[]): TableExpression => ({
  name: 'lacked',
  about: 'What the logs lack for each rule.',
  needs: [],
  sql: () => {
    const lacks = rules.flatMap(({ code, lacks }) => (lacks === null ? [] : [{ code, lacks }]));
    const all = lacks.map(
      ({ code, lacks }) => `
  SELECT '${code}' AS code, r.* FROM (${lacks}) AS r`,
    );
    return all.length > 0
      ? all.join('\n  UNION ALL')
      : `
  SELECT part AS code, part, part AS answer, part AS lacking FROM facts WHERE part <> part`;
  },
});

const answers: TableExpression = {
  name: 'answers',
  about:
    'Findings that stand, and what is not known. Of a session or a part with something in it that SQL does not follow, that is told and nothing else.',
  needs: [],
  sql: () => `
  SELECT f.part, CASE WHEN f.hinge > 0 AND v.session IS NOT NULL THEN 'unknown' ELSE 'finding' END AS answer,
    f.code, CASE WHEN f.hinge > 0 AND v.session IS NOT NULL THEN 'page-vanished' END AS reason,
    f.side, f.log, f.line, f.told_at, f.session, f.number, f.compared_with,
    CASE WHEN f.other_line IS NOT NULL THEN f.other_log END AS other_log, f.other_line
  FROM found AS f
  LEFT JOIN vanished_pages AS v ON v.part = f.part AND v.session = f.session
  LEFT JOIN (SELECT DISTINCT part, session FROM doubtful_sessions) AS d
    ON d.part = f.part AND d.session = f.session
  WHERE d.session IS NULL AND (f.hinge < 2 OR v.session IS NOT NULL)
    AND f.part NOT IN (SELECT part FROM doubtful_parts)
  UNION ALL
  SELECT part, answer, code, lacking AS reason, ${nulls('side log line told_at session number compared_with other_log other_line')}
  FROM lacked
  UNION ALL
  SELECT part, 'unknown' AS answer, NULL AS code, reason, side, log, ${nulls('line told_at')}, session,
    ${nulls('number compared_with other_log other_line')}
  FROM doubts
  UNION ALL
  SELECT part, 'unknown' AS answer, NULL AS code, reason, ${nulls('side log line told_at')}, session,
    ${nulls('number compared_with other_log other_line')}
  FROM doubtful_sessions
  UNION ALL
  SELECT part, 'unknown' AS answer, NULL AS code, reason, ${nulls('side log line told_at session number compared_with other_log other_line')}
  FROM doubtful_parts`,
};

function nulls(columns: string): string {
  return columns
    .split(' ')
    .map((column) => `NULL AS ${column}`)
    .join(', ');
}

/** Of the answer, by where they come from. */
const RESULT = {
  answer: 'answer',
  code: 'code',
  reason: 'reason',
  side: 'side',
  log: 'log',
  line: 'line',
  time: 'told_at',
  session_id: 'session',
  connection_sequence: 'number',
  compared_with: 'compared_with',
  other_log: 'other_log',
  other_line: 'other_line',
};

export const RESULT_COLUMNS = Object.keys(RESULT);

function resultOf(by: string | undefined, quoted: (name: string) => string): string {
  const columns = Object.entries(RESULT).map(([name, from]) =>
    name === from ? name : `${from} AS ${name}`,
  );
  if (by !== undefined) columns.unshift(`part AS ${quoted(by)}`);
  return `SELECT\n  ${columns.join(', ')}\nFROM answers\nORDER BY part, answer, code, reason, side, log, line, session`;
}
