/**
 * What client and server tell of each other, a second time: straight from the definitions in docs/logs.md, at the
 * cost of time that grows with the square of the logs. For one server's log and one client's, both wsdiag's own and
 * whole, without faults, kills, refusals, strangers and pages that vanish, and with a `client_id` wherever there is one.
 *
 * What the definitions leave open is taken as the judge takes it:
 * - A number that a client uses again is that number's last use, and what the server says of it is not compared.
 * - A `client_id` of which the server tells under another number or session than the client does is told there, and
 *   the connections without a counterpart that it leaves behind are not told again.
 * - A `client_id` that the server opens again is that of another connection.
 */
import { BRUTE_CODES, type BruteFinding, type BruteLine, bruteForce } from './brute-force.ts';

export const BOTH_CODES = new Set([
  ...BRUTE_CODES,
  'close-missing',
  'gap-unexplained',
  'logs-disagree',
]);

interface Told {
  event: unknown;
  session: string;
  number: number;
  client: unknown;
  document: unknown;
  code: unknown;
  by: unknown;
  reason: unknown;
  place: string;
}

/** What the client says of the last use of a number. */
interface Use {
  session: string;
  number: number;
  attempt?: Told;
  welcome?: Told;
  end?: Told;
  isReused: boolean;
}

/** What the server says of one connection. */
interface Accepted {
  named: Told;
  opened?: Told;
  closed?: Told;
}

const ENDS = ['connection_closed', 'connection_failed', 'document_unloaded'];

export function bruteForceBoth(server: BruteLine[], client: BruteLine[]): BruteFinding[] {
  const told = [linesIn(server, 0), linesIn(client, 1)] as const;
  const uses = usesOf(told[1]);
  const accepted = acceptedBy(told[0]);
  const all = {
    told,
    uses,
    accepted,
    numberless: [server, client].map(numberlessIn),
  };
  return [
    ...bruteForce([
      { side: 'server', lines: server },
      { side: 'client', lines: client },
    ]).filter((finding) => !isLate(finding, uses)),
    ...uses.flatMap((use) => ofUse(use, all)),
    ...accepted.flatMap((connection) => ofConnection(connection, all)),
  ];
}

interface All {
  told: readonly [server: Told[], client: Told[]];
  uses: Use[];
  accepted: Accepted[];
  /** By log, `client_id`s on lines about connections without a number. */
  numberless: Set<unknown>[];
}

const isNumber = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) > 0;

/** Lines that name a session and a number. */
const linesIn = (lines: BruteLine[], log: number): Told[] =>
  lines.flatMap((line, index) =>
    typeof line.session_id === 'string' && isNumber(line.connection_sequence)
      ? {
          event: line.event,
          session: line.session_id,
          number: line.connection_sequence,
          client: line.client_id ?? undefined,
          document: line.document_id,
          code: line.close_code,
          by: line.closed_by,
          reason: line.reason,
          place: `${log}:${index + 1}`,
        }
      : [],
  );

/** Of lines about connections. */
const numberlessIn = (lines: BruteLine[]): Set<unknown> =>
  new Set(
    lines
      .filter(({ event }) => /^(?:connection_|document_unloaded)/.test(String(event)))
      .filter(({ client_id, connection_sequence }) => client_id && !isNumber(connection_sequence))
      .map(({ client_id }) => client_id),
  );

const isSame = (one: { session: string; number: number }, other: typeof one) =>
  one.session === other.session && one.number === other.number;

function usesOf(client: Told[]): Use[] {
  const firsts = client.filter(
    (line, index) => client.findIndex((other) => isSame(other, line)) === index,
  );
  return firsts.map(({ session, number }) => {
    const lines = client.filter((line) => isSame(line, { session, number }));
    const attempts = lines.filter(({ event }) => event === 'connection_attempt');
    const attempt = attempts.at(-1);
    const since = attempt ? lines.slice(lines.indexOf(attempt)) : lines;
    const end = since.find(({ event }) => ENDS.includes(String(event)));
    const alive = end ? since.slice(0, since.indexOf(end)) : since;
    const welcome = alive.find(({ event }) => event === 'connection_opened');
    return { session, number, attempt, welcome, end, isReused: attempts.length > 1 };
  });
}

function acceptedBy(server: Told[]): Accepted[] {
  const isOne = (one: Told, other: Told) => isSame(one, other) && one.client === other.client;
  const firsts = server.filter(
    (line, index) => server.findIndex((other) => isOne(other, line)) === index,
  );
  return firsts.map((named) => ({
    named,
    opened: server.find((line) => line.event === 'connection_opened' && isOne(line, named)),
    closed: server.find((line) => line.event === 'connection_closed' && isOne(line, named)),
  }));
}

/** A hello that came once its client had given the attempt up breaks no order of the server's. */
const isLate = ({ code, session, number, proof }: BruteFinding, uses: Use[]): boolean =>
  code === 'sequence-not-increasing' &&
  proof[0]?.startsWith('0:') === true &&
  uses.some(
    (use) =>
      use.session === session &&
      use.number === number &&
      use.attempt !== undefined &&
      use.welcome === undefined &&
      use.end !== undefined &&
      !use.isReused,
  );

const find = (
  code: string,
  { session, number }: { session: string; number: number },
  ...proof: (Told | undefined)[]
): BruteFinding => ({
  code,
  session,
  number,
  proof: proof.flatMap((line) => (line ? [line.place] : [])),
});

/**
 * The server's line about that connection which is under another number, or in another session: among the lines from
 * one open of its `client_id` to the next which tell of the connection there, or else which tell of none that is.
 */
function misplaced(of: Told, { told: [server, ofClient] }: All): Told | undefined {
  const { client } = of;
  const welcomes = ofClient.filter(
    (line) => line.client === client && line.event === 'connection_opened',
  );
  if (client === undefined || welcomes.length === 0) return undefined;
  const isWelcomed = (line: Told) => welcomes.some((welcome) => isSame(welcome, line));
  const lines = server.filter((line) => line.client === client);
  const opens = (upTo: Told) =>
    lines.slice(1, lines.indexOf(upTo) + 1).filter(({ event }) => event === 'connection_opened')
      .length;
  const withIt = (line: Told) => lines.filter((other) => opens(other) === opens(line));
  const here = lines.filter((line) => withIt(line).some((other) => isSame(other, of)));
  const meant = here.length > 0 ? here : lines.filter((line) => !withIt(line).some(isWelcomed));
  return meant.find((line) => !isWelcomed(line));
}

function ofUse(use: Use, all: All): BruteFinding[] {
  const { attempt, welcome, end } = use;
  const begun = welcome ?? attempt;
  if (!begun) return [];
  const [ofServer, ofClient] = all.numberless as [Set<unknown>, Set<unknown>];
  const findings: BruteFinding[] = [];
  if (!end && !(welcome && ofClient.has(welcome.client))) {
    findings.push(find('close-missing', use, begun));
  }
  const connections = all.accepted.filter(({ named }) => isSame(named, use));
  const isKnown = connections.length > 0 || (welcome && ofServer.has(welcome.client));
  const explains = !welcome && end && end.event !== 'connection_closed';
  if (!isKnown && !explains) findings.push(find('gap-unexplained', use, begun, end));
  const elsewhere = welcome && misplaced(welcome, all);
  if (elsewhere) findings.push(find('logs-disagree', use, welcome, elsewhere));
  if (use.isReused || connections.length === 0) return findings;
  const own = welcome
    ? connections.find(({ named }) => named.client === welcome.client)
    : connections[0];
  if (own) return [...findings, ...sameStory(use, own)];
  if (elsewhere || (welcome && ofServer.has(welcome.client))) return findings;
  const [first] = connections as [Accepted];
  return [...findings, find('logs-disagree', use, welcome, first.opened ?? first.closed)];
}

function sameStory(use: Use, { opened, closed }: Accepted): BruteFinding[] {
  const { attempt, welcome, end } = use;
  const findings: BruteFinding[] = [];
  if (attempt && opened && attempt.document !== opened.document) {
    findings.push(find('logs-disagree', use, attempt, opened));
  }
  if (welcome && end && closed && end.event !== 'connection_failed' && !endsFit(end, closed)) {
    findings.push(find('logs-disagree', use, end, closed));
  }
  return findings;
}

/** Both sides see the same code, but for 1006 where one ended it and may have heard no answer. */
function endsFit(end: Told, { code, by }: Told): boolean {
  const isByServer = ['server', 'superseded', 'heartbeat'].includes(String(by));
  if (end.event === 'document_unloaded') {
    // A socket that lives on in the cache ends in a way of its own.
    const codes = end.reason === 'bfcache' ? [1000, 1001, 1005, 1006] : [1001];
    return codes.includes(Number(code)) || isByServer;
  }
  if (end.code === code) return true;
  return code === 1006 ? isByServer : end.code === 1006 && by === 'peer';
}

function ofConnection({ named, opened, closed }: Accepted, all: All): BruteFinding[] {
  const [ofServer, ofClient] = all.numberless as [Set<unknown>, Set<unknown>];
  const use = all.uses.find((one) => isSame(one, named));
  const findings: BruteFinding[] = [];
  if (opened && !closed && !ofServer.has(named.client)) {
    findings.push(find('close-missing', named, opened, use?.end));
  }
  const isTold = use && (use.attempt || use.welcome || use.end);
  const isClients = all.told[1].some(({ session }) => session === named.session);
  const isElsewhere = misplaced(named, all) || ofClient.has(named.client);
  return isTold || isElsewhere || !isClients
    ? findings
    : [...findings, find('logs-disagree', named, opened, closed)];
}
