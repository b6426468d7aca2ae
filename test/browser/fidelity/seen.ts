import type { PageLine } from './site.ts';

/** What was seen at one side, in words that all players share. */
export interface Seen {
  side: 'page' | 'server';
  /** Milliseconds since the epoch, by the clock of the side. */
  time: number;
  /** `close`, `error`, `pagehide`, …; the server's are the events of its log. */
  event: string;
  /** What the table says of it. */
  text: string;
  session?: string;
  sequence?: number;
  parent?: string | null;
  document?: string;
}

type Fields = Record<string, unknown>;

/** What the page's lines are called in the table. Those that are not here are no part of it. */
const PAGE_TEXTS: Record<string, (fields: Fields) => string> = {
  error: ({ opened }) => (opened ? 'error' : 'error of a dial'),
  close: ({ opened, code, clean, reason }) =>
    opened ? `${code}${clean ? '' : ' unclean'}${reason ? ` "${reason}"` : ''}` : 'dial failed',
  pagehide: ({ persisted }) => (persisted ? 'pagehide persisted' : 'pagehide'),
  pageshow: ({ persisted }) => (persisted ? 'pageshow persisted' : 'pageshow'),
  loaded: ({ navigation, discarded }) => `${navigation}${discarded ? ', was discarded' : ''}`,
  offline: () => 'offline',
  online: () => 'online',
  throws: ({ what, name }) => `${what} throws ${name}`,
  session_started: ({ reason }) => `new session: ${reason}`,
  sequence_advanced: () => 'sequence advanced',
  connection_attempt: () => 'dials',
  connection_opened: () => 'opened',
};

export function seenByPage(line: PageLine): Seen | null {
  const text = PAGE_TEXTS[line.event];
  if (text === undefined) return null;
  return { ...named(line), side: 'page', time: line.time, event: line.event, text: text(line) };
}

const SERVER_TEXTS: Record<string, (fields: Fields) => string> = {
  connection_opened: () => 'opened',
  connection_closed: ({ close_code, closed_by, close_reason }) =>
    `${close_code} ${closed_by}${close_reason ? ` "${close_reason}"` : ''}`,
  handshake_rejected: ({ reason }) => `rejected ${reason}`,
};

export function seenByServer(line: Fields & { event: string }): Seen | null {
  const text = SERVER_TEXTS[line.event];
  if (text === undefined) return null;
  return { ...named(line), side: 'server', time: Date.now(), event: line.event, text: text(line) };
}

function named(line: Fields) {
  return {
    session: line.session_id as string | undefined,
    sequence: line.connection_sequence as number | undefined,
    parent: line.parent_session_id as string | null | undefined,
    document: (line.document ?? line.document_id) as string | undefined,
  };
}
