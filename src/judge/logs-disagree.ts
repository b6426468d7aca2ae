import type { Evidence, Finding, FindingDetails } from '../model/findings.ts';
import { sameId } from '../model/record.ts';
import { type CreateCheck, finding } from './check.ts';
import { judgeEnds } from './close-codes.ts';
import { type Connection, type ServerSide, serverSides } from './connection.ts';
import type { Connections, Entry } from './connections.ts';

/** A server connection whose `client_id` the client's log has under another number or session. */
interface Misplaced extends Evidence {
  session_id: string;
  connection_sequence: number;
}

/** Client and server tell one story of each connection: its number, its ids, how it ended. */
export const logsDisagree: CreateCheck = ({ facts: { logs }, connections }) => ({
  finish(): Finding[] {
    if (!logs.has('server') || !logs.has('client')) return [];
    const findings: Finding[] = [];
    const misplaced = findMisplaced(connections);
    const disagree: Disagree = (entry, details, ...evidence) =>
      findings.push(finding('logs-disagree', entry, details, evidence));

    for (const entry of connections) {
      compareNumbers(entry, misplaced, disagree);
      compareOutcomes(entry, misplaced, connections, disagree);
      if (entry.connection.reused) continue;
      compareIds(entry, misplaced, connections, disagree);
      compareEnds(entry, connections, disagree);
    }
    return findings;
  },
});

type Disagree = (
  entry: Entry,
  details: FindingDetails['logs-disagree'],
  ...evidence: (Evidence | undefined)[]
) => void;

function findMisplaced(connections: Connections): Map<string, Misplaced> {
  const odd = new Map<string, Misplaced>();
  for (const { connection, ...subject } of connections) {
    for (const { client_id, opened, closed } of serverSides(connection)) {
      const line = opened ?? closed;
      if (client_id === undefined || !line || connection.opened?.client_id === client_id) continue;
      odd.set(client_id, { ...line, ...subject });
    }
  }
  // Most of them are lost welcomes: no client has them anywhere.
  const misplaced = new Map<string, Misplaced>();
  if (odd.size === 0) return misplaced;
  for (const { connection } of connections) {
    const id = connection.opened?.client_id ?? '';
    const place = odd.get(id);
    if (place) misplaced.set(id, place);
  }
  return misplaced;
}

/** One client id, two numbers or two sessions. */
function compareNumbers(entry: Entry, misplaced: Map<string, Misplaced>, disagree: Disagree): void {
  const { opened } = entry.connection;
  const place = misplaced.get(opened?.client_id ?? '');
  if (!place) return;
  const about = place.session_id === entry.session_id ? 'connection_sequence' : 'session_id';
  disagree(entry, { about, client: `${entry[about]}`, server: `${place[about]}` }, opened, place);
}

/** The server has a number that no client used, or refused one that a client says was welcomed. */
function compareOutcomes(
  entry: Entry,
  misplaced: Map<string, Misplaced>,
  connections: Connections,
  disagree: Disagree,
): void {
  const { attempt, opened, end, server, rejected } = entry.connection;
  if (opened && rejected && !server) {
    const details = { about: 'outcome', client: 'opened', server: 'rejected' } as const;
    disagree(entry, details, opened, rejected);
  }
  // A client that logs no attempts can't deny one: its page may have gone, or the welcome.
  if (attempt || opened || end || !connections.facts.clientAttempts) return;
  for (const { client_id, opened, closed } of serverSides(entry.connection)) {
    if (misplaced.has(client_id ?? '') || connections.isNumberless('client', client_id)) continue;
    if (!connections.isWithin('client', entry)) continue;
    const number = `${entry.connection_sequence}`;
    const details = { about: 'connection_sequence', client: 'none', server: number } as const;
    disagree(entry, details, opened, closed);
  }
}

/** One number, two client ids or two documents. */
function compareIds(
  entry: Entry,
  misplaced: Map<string, Misplaced>,
  connections: Connections,
  disagree: Disagree,
): void {
  const { attempt, opened, server } = entry.connection;
  const beginning = server?.opened ?? server?.closed;
  if (!beginning || !(opened || attempt)) return;
  const side = sideOf(entry.connection);
  if (side) {
    const client = attempt?.document_id;
    const server = side.opened?.document_id;
    if (sameId(client, server)) return;
    const details = { about: 'document_id', client: `${client}`, server: `${server}` } as const;
    disagree(entry, details, attempt, side.opened);
  } else if (!isElsewhere(opened?.client_id, misplaced, connections)) {
    const ids = { client: `${opened?.client_id}`, server: `${server?.client_id}` };
    disagree(entry, { about: 'client_id', ...ids }, opened, beginning);
  }
}

/** The server has that connection, though not in its place, as another finding says. */
function isElsewhere(
  client_id: string | undefined,
  misplaced: Map<string, Misplaced>,
  connections: Connections,
): boolean {
  return misplaced.has(client_id ?? '') || connections.isNumberless('server', client_id);
}

/** Both were in the connection; each says how it ended. */
function compareEnds(entry: Entry, connections: Connections, disagree: Disagree): void {
  const { opened, end, faults = [] } = entry.connection;
  const side = sideOf(entry.connection);
  if (!opened || !end || end.event === 'connection_failed' || !side) return;
  const delayed = connections.isDelayed(entry.session_id);
  const client = end.event === 'document_unloaded' ? 'unloaded' : end.close_code;
  const details = judgeEnds({ client, server: side.closed }, faults, delayed);
  if (details) disagree(entry, details, end, side.closed, ...faults);
}

/** The server's side of what the client was welcomed to or, without a welcome, of its attempt. */
function sideOf(connection: Connection): ServerSide | undefined {
  const { opened, server } = connection;
  const isIt = (side: ServerSide) => !opened || sameId(side.client_id, opened.client_id);
  if (server && isIt(server)) return server;
  return serverSides(connection).find(isIt);
}
