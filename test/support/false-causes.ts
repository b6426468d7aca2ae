/** What causes say, held against the lines of the sessions that they name. */
import { type Cause, OF_NUMBERS } from '../../src/model/causes.ts';
import type { Finding } from '../../src/model/findings.ts';
import type { Judgement } from '../../src/model/result.ts';
import { causeMessage } from '../../src/report/causes.ts';
import type { Line } from '../judge/world.ts';
import type { Logs } from './defective-logs.ts';

/** A session that a cause names, with its lines in the order of their logs. */
interface Named {
  cause: Cause;
  /** Those of the cause. */
  findings: Finding[];
  server: Line[];
  client: Line[];
  faults: Line[];
  /** The lines that prove a finding. */
  proofOf(finding: Finding): (Line | undefined)[];
}

/**
 * What is false of a session that a cause names.
 *
 * @param logs by the names that evidence has for their files
 */
export function falseCauses(
  { causes, findings }: Pick<Judgement, 'causes' | 'findings'>,
  logs: Logs,
): string[] {
  const told = causes.reduce((sum, cause) => sum + cause.findings, 0);
  const of = findings.filter(({ session_id }) => session_id !== null).length;
  const wrong = causes.flatMap((cause) =>
    cause.examples.flatMap(({ session_id }) => {
      const isOwn = (one: Line | Finding) => one.session_id === session_id;
      const named: Named = {
        cause,
        findings: findings.filter((one) => isOwn(one) && cause.codes.includes(one.code)),
        server: logs.server.filter(isOwn),
        client: logs.client.filter(isOwn),
        faults: logs.faults?.filter(isOwn) ?? [],
        proofOf: ({ evidence }) =>
          evidence.map(({ file, line }) => logs[file as keyof Logs]?.[line - 1]),
      };
      const said = causeMessage(cause);
      return CLAIMS.filter(([words, isTrue]) => words.test(said) && !isTrue(named)).map(
        ([words]) => `of ${session_id} it is false that “${said}”: ${words.source}`,
      );
    }),
  );
  return told === of ? wrong : [...wrong, `causes have ${told} of ${of} findings`];
}

type Claim = [words: RegExp, isTrue: (session: Named) => boolean];

const CLAIMS: Claim[] = [
  [
    /./,
    ({ cause, findings }) =>
      cause.codes[cause.misnumbered ? 'some' : 'every']((code) =>
        findings.some((f) => f.code === code),
      ),
  ],
  [
    /began again at 1/,
    (session) => some(session, ([one, ...before]) => one === 1 && before.length > 0),
  ],
  [
    /used a number twice/,
    (session) =>
      some(session, ([number, ...before]) => number !== undefined && before.includes(number)),
  ],
  [
    /went back/,
    (session) => some(session, ([number = 0, ...before]) => before.some((n) => n > number)),
  ],
  [/did not begin at 1/, ({ client }) => isLateBegun(client)],
  [/skipped a number/, (session) => session.findings.some((one) => isSkipped(one, session))],
  [/without a usable number/, ({ server, client }) => [...server, ...client].some(isNumberless)],
  [
    /under another number/,
    ({ server, client }) => server.some((one) => isNumberedOtherwise(one, client)),
  ],
  [/never ended/, ({ server, client }) => [server, client].some(hasOpenEnd)],
  [
    /By the server’s log/,
    ({ findings, server, proofOf }) =>
      findings.every(
        (one) => !OF_NUMBERS.has(one.code) || server.includes(proofOf(one).at(-1) as Line),
      ),
  ],
  [/(?:after|and) a close with/, (session) => each(session, wasClosed)],
  [/(?:after|and) a failed attempt/, (session) => each(session, hadFailed)],
  [/(?:after|and) a (?:reload|page)/, (session) => each(session, wasLoaded)],
  [/after the fault/, (session) => each(session, wasHit)],
];

const isUsable = (value: unknown): value is number => Number.isInteger(value) && Number(value) > 0;

const isNumberless = ({ event, connection_sequence: number }: Line): boolean =>
  /^connection_|_unloaded$/.test(event) && !isUsable(number);

const isNumberedOtherwise = (
  { client_id, connection_sequence: number }: Line,
  client: Line[],
): boolean =>
  isUsable(number) &&
  client.some((one) => one.client_id === client_id && one.connection_sequence !== number);

const isBeginning = ({ event }: Line): boolean =>
  event === 'connection_attempt' || event === 'connection_opened';

const numbersOf = (lines: Line[]): number[] =>
  lines.map((line) => line.connection_sequence).filter(isUsable);

/** Whether that holds of the number of a line and the numbers before it, of lines that tell of another use. */
function some({ server, client }: Named, isSo: (numbers: number[]) => boolean): boolean {
  return [server, client].some((lines) =>
    lines.some((line, at) => {
      const before = lines
        .slice(0, at)
        .filter(({ event }) => event === line.event || line.event === 'connection_attempt');
      return isUsable(line.connection_sequence) && isSo(numbersOf([line, ...before]));
    }),
  );
}

/** Its first attempt behind the line that begins it, as docs/logs.md has it. */
const isLateBegun = (client: Line[]): boolean =>
  client.some(({ event }, at) => {
    if (event !== 'session_started') return false;
    const attempts = client.slice(at).filter((line) => line.event === 'connection_attempt');
    return (numbersOf(attempts)[0] ?? 1) > 1;
  });

/** The attempt before has another number than the one below, or there is no attempt of its own before it. */
function isSkipped(finding: Finding, { client, proofOf }: Named): boolean {
  if (finding.code !== 'attempt-skipped') return false;
  const proof = proofOf(finding).filter((line) => line !== undefined);
  const [last, line] = numbersOf(proof);
  if (last !== undefined && line !== undefined) return line !== last + 1;
  const before = client.slice(0, client.indexOf(proof[0] as Line));
  const attempts = before.filter(({ event }) => event === 'connection_attempt');
  return !numbersOf(attempts).includes(finding.details.expected);
}

const hasOpenEnd = (lines: Line[]): boolean =>
  lines.some(
    (line, at) =>
      isBeginning(line) &&
      !lines
        .slice(at)
        .some(
          ({ event, connection_sequence: number }) =>
            /_closed$|_failed$/.test(event) && number === line.connection_sequence,
        ),
  );

type Before = (before: Line[], begun: Line, session: Named) => boolean;

/** Whether that led to each finding: to one of the attempts of its number, where a log has several. */
function each(session: Named, isSo: Before): boolean {
  return session.findings.every((finding) => {
    const proof = session.proofOf(finding);
    return [session.server, session.client].some((lines) =>
      lines.some(
        (line, at) =>
          isBeginning(line) &&
          proof.some((one) => one && isOfOneAttempt(one, line)) &&
          isSo(sinceAttempt(lines, at), line, session),
      ),
    );
  });
}

const isOfOneAttempt = (one: Line, other: Line): boolean =>
  one.connection_sequence === other.connection_sequence || one.client_id === other.client_id;

/** What stands before a line, from the attempt before on. */
const sinceAttempt = (lines: Line[], at: number): Line[] =>
  lines.slice(Math.max(0, lines.slice(0, at).findLastIndex(isBeginning)), at);

const wasClosed: Before = (before, _begun, { cause }) =>
  before.some(
    ({ event, close_code: code }) =>
      event === 'connection_closed' && code === cause.after.close_code,
  );

const hadFailed: Before = (before) => before.some(({ event }) => event === 'connection_failed');

const wasLoaded: Before = (before, { document_id }, { cause }) =>
  before.some(
    (line) =>
      line.event === 'document_loaded' &&
      line.navigation === cause.after.event &&
      line.document_id === document_id,
  );

const wasHit: Before = ([previous], _begun, { cause, faults }) =>
  faults.some(
    ({ fault, connection_sequence: number }) =>
      fault === cause.after.fault && number === previous?.connection_sequence,
  );
