import {
  ABNORMAL_CLOSURE,
  GOING_AWAY,
  NO_STATUS_RECEIVED,
  NORMAL_CLOSURE,
  SERVICE_RESTART,
} from '../core/close-codes.ts';
import type { FindingDetails } from '../model/findings.ts';

/** The server ended it by itself, or may have, and may never have heard an answer. */
const BY_SERVER = new Set(['server', 'superseded', 'heartbeat', 'unknown']);
/** The client ended it, or may have: a log need not say who did. */
const BY_CLIENT = new Set(['peer', 'unknown']);

/** Its page went, went to the back/forward cache, or was gone without a word. */
export type PageEnd = 'unloaded' | 'cached' | 'vanished';

/**
 * What a server may see of a page that goes, when it is the first to hear. To the cache: a client of wsdiag's
 * closes; another's socket lives on, until the browser ends it. Killed: by its browser or by the system.
 */
const PAGE_ENDS: Record<PageEnd, readonly number[]> = {
  unloaded: [GOING_AWAY],
  cached: [NORMAL_CLOSURE, GOING_AWAY, NO_STATUS_RECEIVED, ABNORMAL_CLOSURE],
  vanished: [GOING_AWAY, ABNORMAL_CLOSURE],
};

/** How a connection ended, as each log tells it. */
export interface Ends {
  /** Close code, or how the page went, which never saw a close. */
  client: number | PageEnd | null;
  /** undefined where the server logged none: it was killed, or the line is missing. */
  server: { close_code: number | null; closed_by: string } | undefined;
}

/** What a fault lets each side expect of the connection it hit; null for no code. */
export interface FaultOnEnds {
  client_close_code: number | null;
  server_close_code: number | null;
  half_open: boolean;
}

/**
 * Holds the two ends of a connection against each other, and against the faults on it: each side sees
 * a code that some fault lets it expect. A side for which no fault names a code must agree with the
 * other side, as both must without a fault.
 *
 * @param delayed frames of the session were held back, so either side may have given up first
 * @returns undefined where the ends tell one story
 */
export function judgeEnds(
  ends: Ends,
  faults: FaultOnEnds[],
  delayed: boolean,
): FindingDetails['logs-disagree'] | undefined {
  const client = codes(faults.map((fault) => fault.client_close_code));
  const server = codes(faults.map((fault) => fault.server_close_code));
  const mayBeAlive = faults.some((fault) => fault.half_open);
  // A link that is back before anybody has heard that it went ends nothing.
  if ((mayBeAlive && isOneEnd(ends)) || wasGoing(ends)) return undefined;
  const silent = delayed || mayBeAlive;
  const clientFits = client.size > 0 ? fitsClient(ends, client, silent) : agree(ends, silent);
  const serverFits =
    server.size > 0 ? fitsServer(ends, server, silent, faults) : agree(ends, silent);
  if (clientFits && serverFits) return undefined;
  if (client.size + server.size === 0) return { about: 'close_code', ...shown(ends) };
  const expected = `client ${list(client)}, server ${list(server)}`;
  return { about: 'fault', ...shown(ends), expected };
}

/** The server said goodbye by itself before a fault could end it: to who was old, or when it was drained. */
function wasGoing({ client, server }: Ends): boolean {
  if (!server) return client === GOING_AWAY;
  const isGoodbye = client === GOING_AWAY || client === SERVICE_RESTART;
  return isGoodbye && server.close_code === client && server.closed_by === 'server';
}

/** Both sides saw the same. */
function isOneEnd({ client, server }: Ends): boolean {
  const code = server?.close_code ?? null;
  if (code === null) return false;
  return typeof client === 'string' ? PAGE_ENDS[client].includes(code) : client === code;
}

/** Without a code to expect: the same one, or 1006 on a side that ended it and heard no answer. */
function agree({ client, server }: Ends, silent: boolean): boolean {
  if (!server || server.close_code === null) return true;
  const { close_code, closed_by } = server;
  if (silent && (client === ABNORMAL_CLOSURE || close_code === ABNORMAL_CLOSURE)) return true;
  if (typeof client === 'string') {
    return PAGE_ENDS[client].includes(close_code) || BY_SERVER.has(closed_by);
  }
  if (client === close_code) return true;
  if (close_code === ABNORMAL_CLOSURE) return BY_SERVER.has(closed_by);
  return client === ABNORMAL_CLOSURE && BY_CLIENT.has(closed_by);
}

function fitsClient(
  { client, server }: Ends,
  expected: ReadonlySet<number>,
  silent: boolean,
): boolean {
  if (typeof client === 'string') return true;
  // Without the server's line it was killed, which no fault on the connection need tell of.
  const mayBeAbnormal = silent || server === undefined || server.closed_by === 'peer';
  if (client === ABNORMAL_CLOSURE && mayBeAbnormal) return true;
  return client !== null && expected.has(client);
}

function fitsServer(
  { client, server }: Ends,
  expected: ReadonlySet<number>,
  silent: boolean,
  faults: FaultOnEnds[],
): boolean {
  // A server that can't know the code contradicts nobody.
  if (!server || server.close_code === null) return true;
  const { close_code, closed_by } = server;
  if (close_code === ABNORMAL_CLOSURE && (silent || BY_SERVER.has(closed_by))) return true;
  // What was given up while the link was down is said once it is back.
  if (close_code === NO_STATUS_RECEIVED && silent && client === ABNORMAL_CLOSURE) return true;
  if (typeof client === 'string') {
    if (BY_SERVER.has(closed_by)) return true;
    if (PAGE_ENDS[client].includes(close_code) && mayGo(faults)) return true;
  }
  return expected.has(close_code);
}

/** A fault that takes the page away lets the client expect no code. */
function mayGo(faults: FaultOnEnds[]): boolean {
  return faults.some(({ client_close_code }) => client_close_code === null);
}

const NO_CODES: ReadonlySet<number> = new Set();

function codes(values: (number | null)[]): ReadonlySet<number> {
  return values.length === 0 ? NO_CODES : new Set(values.filter((value) => value !== null));
}

function list(expected: ReadonlySet<number>): string {
  return expected.size === 0 ? 'none' : [...expected].join(' or ');
}

function shown({ client, server }: Ends): { client: string; server: string } {
  return {
    client: `${client ?? 'no code'}`,
    server: server ? `${server.close_code ?? 'no code'} by ${server.closed_by}` : 'none',
  };
}
