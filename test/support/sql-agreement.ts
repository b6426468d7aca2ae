/** What statements of `wsdiag sql` say of logs, held against what `check` says. */
import fs from 'node:fs';
import path from 'node:path';
import { findSources } from '../../src/logs/index.ts';
import type { Finding } from '../../src/model/findings.ts';
import type { RunResult } from '../../src/model/result.ts';
import { judgeLogs } from '../../src/simulate/judge.ts';
import { RULES } from '../../src/sql/index.ts';
import { judge } from '../judge/judging.ts';
import type { Lines } from '../judge/world.ts';
import type { BruteLine } from './brute-force.ts';
import type { Answer, SqlRow } from './sql-databases.ts';
import type { SqlLogs } from './sql-logs.ts';

const CODES: ReadonlySet<string> = new Set(RULES.map(({ code }) => code));

/** What SQL tells where `check` has the doubt too. */
const SAME_DOUBTS = [
  'log-incomplete',
  'lines-missing',
  'session-unverified',
  'session-start-missing',
  'no-connections',
  'log-schema-unknown',
];
/** What SQL tells wherever `check` does, and where that is not sure. */
const WIDER_DOUBTS = ['order-unknown', 'times-disagree'];

export type Checked = Pick<RunResult, 'findings' | 'doubts' | 'coverage'>;

/** As `wsdiag check` does: from files, in that directory. */
export function checked(logs: SqlLogs, directory: string): Promise<Checked> {
  const filesOf = (side: string) =>
    namedLogs(logs)
      .filter((log) => log.side === side)
      .map(({ name, lines }) => {
        const file = path.join(directory, `${name}.ndjson`);
        fs.writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
        return file;
      });
  return judgeLogs(findSources(filesOf('server'), { client: filesOf('client') }));
}

/** Names are such that they come in their order, and that nobody takes one for another's rotated file. */
function namedLogs({ server, others = [], client }: SqlLogs) {
  const servers = others.map((lines, index) => ({
    name: `server${'bc'[index]}`,
    side: 'server',
    lines,
  }));
  return [
    ...(server ? [{ name: 'server', side: 'server', lines: server }] : []),
    ...servers,
    ...(client ? [{ name: 'client', side: 'client', lines: client }] : []),
  ];
}

/** The same, in memory. */
export function judged({ server, client }: SqlLogs): Checked {
  const lines = { ...(server && { server }), ...(client && { client }) };
  return judge(lines as Partial<Lines>, undefined, { areOwn: false });
}

/** A number, an id or nothing, as the table has it. */
const numberIn = (value: unknown) => (Number.isSafeInteger(value) ? value : null);
const textIn = (value: unknown) => (typeof value === 'string' ? value : null);

export function rowsOf(logs: SqlLogs, id: string): SqlRow[] {
  return namedLogs(logs).flatMap(({ name, side, lines }) =>
    lines.map((line, index) => ({ ...rowOf(line, side, index + 1, id), log: name })),
  );
}

const rowOf = (line: BruteLine, side: string, at: number, id: string): SqlRow => ({
  log_id: id,
  side,
  line: at,
  time: line.time,
  event: line.event ?? (line.close_code === undefined ? '' : 'connection_closed'),
  session_id: textIn(line.session_id),
  connection_sequence: numberIn(line.connection_sequence),
  client_id: textIn(line.client_id),
  document_id: textIn(line.document_id),
  close_code: numberIn(line.close_code),
  duration_seconds: typeof line.duration_seconds === 'number' ? line.duration_seconds : null,
  session_verified: typeof line.session_verified === 'boolean' ? line.session_verified : null,
  reason: textIn(line.reason),
  wsdiag_version: textIn(line.wsdiag_version),
  log_schema: numberIn(line.log_schema),
  lines: numberIn(line.lines),
});

export interface Difference {
  /** Said by one and not by the other. */
  sqlAlone: string[];
  checkAlone: string[];
  /** Findings that both tell. */
  agreed: string[];
  /** Of check's findings, those of which SQL says that it does not know. */
  unknown: string[];
}

export function compare(answers: Answer[], result: Checked): Difference {
  const doubtful = answers.filter(({ answer, code }) => answer === 'unknown' && code === null);
  const isAllUnknown = doubtful.some(({ reason }) => OF_PARTS.has(reason as string));
  const unknownSessions = new Set(
    doubtful
      .filter(({ reason }) => OF_SESSIONS.has(reason as string))
      .map(({ session_id }) => session_id),
  );
  const hanging = new Set(
    answers.filter(({ answer, code }) => answer === 'unknown' && code !== null).map(nameOf),
  );
  const told = new Set(answers.filter(({ answer }) => answer === 'finding').map(nameOf));
  const found = result.findings.filter(({ code }) => CODES.has(code));
  const known = found.filter(
    (finding) =>
      !isAllUnknown &&
      !unknownSessions.has(finding.session_id) &&
      !hanging.has(nameOfFinding(finding)),
  );
  const names = new Set(known.map(nameOfFinding));
  return {
    sqlAlone: [...told].filter((one) => !names.has(one)).concat(doubtsAlone(answers, result)),
    checkAlone: [...names].filter((one) => !told.has(one)).concat(doubtsUntold(answers, result)),
    agreed: [...names],
    unknown: found.filter((one) => !known.includes(one)).map(nameOfFinding),
  };
}

/** Of these, SQL tells nothing else. */
const OF_PARTS = new Set([
  'no-sequence',
  'opens-and-closes-apart',
  'clients-differ',
  'row-unusable',
  'line-repeated',
]);
const OF_SESSIONS = new Set(['line-incomplete', 'client-id-missing', 'two-logs']);

const nameOf = ({
  code,
  session_id,
  connection_sequence: number,
  log,
  line,
  compared_with,
}: Answer): string =>
  [
    code,
    session_id,
    number,
    `${log}:${line}`,
    ...(code && EXPECTING.has(code) ? [compared_with] : []),
  ].join(' ');

const EXPECTING: ReadonlySet<string> = new Set(['sequence-not-increasing', 'attempt-skipped']);
/** These tell first of what lacks something, and then of what became of it. */
const LACKING: ReadonlySet<string> = new Set(['close-missing', 'gap-unexplained']);

function nameOfFinding({
  code,
  session_id,
  connection_sequence: number,
  details,
  evidence,
}: Finding): string {
  const { file = '', line } = evidence.at(LACKING.has(code) ? 0 : -1) ?? {};
  const expected =
    'previous' in details ? [details.previous] : 'expected' in details ? [details.expected] : [];
  return [code, session_id, number, `${path.basename(file, '.ndjson')}:${line}`, ...expected].join(
    ' ',
  );
}

const reasonsOf = (answers: Answer[]) =>
  new Set(
    answers
      .filter(({ answer, code }) => answer === 'unknown' && code === null)
      .map(({ reason }) => reason),
  );

function doubtsAlone(answers: Answer[], { doubts }: Checked): string[] {
  const codes = new Set<string>(doubts.map(({ code }) => code));
  return [...reasonsOf(answers)].flatMap((reason) =>
    SAME_DOUBTS.includes(reason as string) && !codes.has(reason as string)
      ? [`doubt ${reason}`]
      : [],
  );
}

function doubtsUntold(answers: Answer[], result: Checked): string[] {
  const reasons = reasonsOf(answers);
  const isVague = [...reasons].some(
    (reason) => OF_PARTS.has(`${reason}`) || OF_SESSIONS.has(`${reason}`),
  );
  const meant = isVague ? SAME_DOUBTS : [...SAME_DOUBTS, ...WIDER_DOUBTS];
  const doubts = result.doubts
    .filter(({ code }) => meant.includes(code) && !reasons.has(code))
    .map(({ code }) => `doubt ${code}`);
  return [...doubts, ...lacksUntold(answers, result)];
}

/** What check says was not checked, or not all of it. A rule that found something was. */
function lacksUntold(answers: Answer[], { coverage, findings }: Checked): string[] {
  if ([...reasonsOf(answers)].some((reason) => OF_PARTS.has(reason as string))) return [];
  const found = new Set(findings.map(({ code }) => code));
  const lacks = (all: { code: string; answer: string; reason: string | null }[]) =>
    all
      .filter(({ code }) => CODES.has(code) && !found.has(code as Finding['code']))
      .map((one) => `${one.code} ${one.answer} ${one.reason}`);
  const said = lacks(
    answers.flatMap(({ code, answer, reason }) =>
      answer.endsWith('checked') ? [{ code: code as string, answer, reason }] : [],
    ),
  );
  const meant = lacks(
    coverage.flatMap(({ code, ran, lacking }) =>
      lacking === null
        ? []
        : [{ code, answer: ran ? 'partly checked' : 'not checked', reason: lacking }],
    ),
  );
  return [
    ...meant.filter((one) => !said.includes(one)),
    ...said.filter((one) => !meant.includes(one)).map((one) => `sql: ${one}`),
  ];
}
