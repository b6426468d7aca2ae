import type { Evidence } from '../model/findings.ts';
import type { Fault } from './faults.ts';

/**
 * One number of one session: an attempt, and what became of it by both logs. Where the client used the
 * number again, its last use.
 */
export interface Connection {
  /** The client's line of something that may have begun before its log, and that the log has no attempt of. */
  leftOver: ClientLeftOver | undefined;
  attempt: ClientAttempt | undefined;
  opened: ClientOpened | undefined;
  end: ClientEnd | undefined;
  server: ServerSide | undefined;
  /** Further handshakes that were accepted under the same number. */
  others: Map<string | undefined, ServerSide> | undefined;
  rejected: Evidence | undefined;
  faults: Fault[] | undefined;
  /** Attempted more than once, so what the other logs say of it can't be told apart by its number. */
  reused: boolean;
}

/** All fields from the start: millions of objects of one shape take half the memory. */
export function newConnection(): Connection {
  return {
    leftOver: undefined,
    attempt: undefined,
    opened: undefined,
    end: undefined,
    server: undefined,
    others: undefined,
    rejected: undefined,
    faults: undefined,
    reused: false,
  };
}

export interface ClientLeftOver extends Evidence {
  stream: number | undefined;
}

export interface ClientAttempt extends Evidence {
  document_id: string | undefined;
}

export interface ClientOpened extends Evidence {
  client_id: string | undefined;
}

/** `connection_closed`, `connection_failed` or `document_unloaded`. */
export interface ClientEnd extends Evidence {
  event: string;
  time: number;
  /** null where no close was seen: the attempt failed, or the page went. */
  close_code: number | null;
}

/** One accepted handshake. */
export interface ServerSide {
  client_id: string | undefined;
  opened: ServerOpened | undefined;
  closed: ServerClosed | undefined;
  /** Further opens under that `client_id`, or under none: as many closes belong to them. */
  reopened: number;
}

export interface ServerOpened extends Evidence {
  time: number;
  document_id: string | undefined;
  /** Its peer lacks the session's token, and may be a stranger; undefined where that is not told. */
  isUnverified: boolean | undefined;
  /** Index into the servers' epochs; -1 before the first `server_started`. */
  epoch: number;
  stream: number | undefined;
  /** Rises with the records: line numbers begin anew in each file of a log. */
  order: number;
}

export interface ServerClosed extends Evidence {
  close_code: number | null;
  closed_by: string;
  stream: number | undefined;
  /** It may have opened before the log begins. */
  isLeftOver: boolean;
}

/** The accepted handshakes of one number; more than one where the number was used again. */
export function serverSides({ server, others }: Connection): ServerSide[] {
  if (!server) return [];
  return others ? [server, ...others.values()] : [server];
}

/** What an earlier line of the same log tells of, that began before it. */
export function leftOverIn(
  { leftOver }: Connection,
  { stream }: { stream?: number },
): ClientLeftOver | undefined {
  return leftOver?.stream === stream ? leftOver : undefined;
}
