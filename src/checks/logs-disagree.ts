import type { Evidence, Finding } from '../core/findings.ts';
import { type CheckContext, type CreateCheck, finding } from './check.ts';
import { judgeEnds } from './close-codes.ts';
import {
  type Connection,
  type Connections,
  type ServerSide,
  sameId,
  serverOpened,
  serverSides,
} from './connections.ts';

interface Subject {
  session_id: string;
  connection_sequence: number;
}

/** Where the server's log has a connection that the client's log has somewhere else. */
type Misplaced = Map<string, Subject & Evidence>;

/** Client and server tell one story of each connection: its number, its ids, how it ended. */
export const logsDisagree: CreateCheck = ({ logs, connections }: CheckContext) => ({
  finish(): Finding[] {
    if (!logs.has('server') || !logs.has('client')) return [];
    const misplaced = findMisplaced(connections);
    return [...connections].flatMap(({ connection, ...subject }) => [
      ...onPlace(subject, connection, misplaced),
      ...onAttempt(subject, connection, misplaced, connections),
      ...onIds(subject, connection, misplaced, connections),
      ...onEnds(subject, connection, connections),
    ]);
  },
});

/** Server connections whose `client_id` a client welcome has under another number or session. */
function findMisplaced(connections: Connections): Misplaced {
  const odd: Misplaced = new Map();
  for (const { connection, ...subject } of connections) {
    for (const { client_id, opened, closed } of serverSides(connection)) {
      const line = opened ?? closed;
      if (client_id === undefined || !line || connection.opened?.client_id === client_id) continue;
      odd.set(client_id, { ...subject, ...line });
    }
  }
  const welcomed = new Set<string>();
  for (const { connection } of connections) {
    const id = connection.opened?.client_id;
    if (id !== undefined && odd.has(id)) welcomed.add(id);
  }
  return new Map([...odd].filter(([id]) => welcomed.has(id)));
}

/** One client id, two numbers or two sessions. */
function onPlace(subject: Subject, { opened }: Connection, misplaced: Misplaced): Finding[] {
  const place = misplaced.get(opened?.client_id ?? '');
  if (!place) return [];
  const about =
    place.session_id === subject.session_id ? 'connection_sequence' : 'session_id';
  const details = { about, client: `${subject[about]}`, server: `${place[about]}` } as const;
  return [finding('logs-disagree', subject, details, [opened, place])];
}

/** The server has a number that the client never used, or refused one that the client says it took. */
function onAttempt(
  subject: Subject,
  connection: Connection,
  misplaced: Misplaced,
  connections: Connections,
): Finding[] {
  const { attempt, opened, end, rejected } = connection;
  if (opened && rejected && !connection.server) {
    const details = { about: 'outcome', client: 'opened', server: 'rejected' } as const;
    return [finding('logs-disagree', subject, details, [opened, rejected])];
  }
  if (attempt || opened || end) return [];
  return serverSides(connection)
    .filter(({ client_id }) => !misplaced.has(client_id ?? ''))
    .filter(({ client_id }) => !connections.isNumberless('client', client_id))
    .map(({ opened, closed }) => {
      const server = `${subject.connection_sequence}`;
      const details = { about: 'connection_sequence', client: 'none', server } as const;
      return finding('logs-disagree', subject, details, [opened, closed]);
    });
}

/** One number, two client ids or two documents. */
function onIds(
  subject: Subject,
  connection: Connection,
  misplaced: Misplaced,
  connections: Connections,
): Finding[] {
  const { attempt, opened } = connection;
  const other = serverOpened(connection);
  if (!other) return [];
  const side = sideOf(connection);
  if (!side) {
    const isElsewhere = misplaced.has(opened?.client_id ?? '') || connections.isNumberless('server', opened?.client_id);
    if (isElsewhere) return [];
    const server = serverSides(connection)[0]?.client_id;
    const details = { about: 'client_id', client: `${opened?.client_id}`, server: `${server}` } as const;
    return [finding('logs-disagree', subject, details, [opened, other])];
  }
  const { document_id: client } = attempt ?? {};
  const { document_id: server } = side.opened ?? {};
  if (sameId(client, server)) return [];
  const details = { about: 'document_id', client: `${client}`, server: `${server}` } as const;
  return [finding('logs-disagree', subject, details, [attempt, side.opened])];
}

/** The server's side of what the client was welcomed to, or, without a welcome, of its attempt. */
function sideOf(connection: Connection): ServerSide | undefined {
  const { opened } = connection;
  return serverSides(connection).find(
    ({ client_id }) => !opened || sameId(client_id, opened.client_id),
  );
}

/** Both were in the connection; each says how it ended. */
function onEnds(subject: Subject, connection: Connection, connections: Connections): Finding[] {
  const { opened, end, faults = [] } = connection;
  const side = sideOf(connection);
  if (!opened || !end || end.event === 'connection_failed' || !side) return [];
  const delayed = connections.faults.delayed.has(subject.session_id);
  const judged = judgeEnds(end.close_code, side.closed, faults, delayed);
  return judged === undefined
    ? []
    : [finding('logs-disagree', subject, judged, [opened, end, side.closed, ...faults])];
}
