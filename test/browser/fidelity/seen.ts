import type { PageLine } from './site.ts';

/** What was seen at one side, in words that all players share. */
export interface Seen {
  /** `page`: what a browser tells its page. `client` and `server`: a line of that log. */
  side: 'page' | 'client' | 'server';
  /** Milliseconds since the epoch, by the clock of the side. */
  time: number;
  /** `close`, `error`, `pagehide`, …; or the event of a log. */
  event: string;
  /** What the table says of it. */
  text: string;
  /** As it stands in the log. */
  line?: LogLine;
  session?: string;
  sequence?: number;
  parent?: string | null;
  document?: string;
}

export interface LogLine {
  time: string;
  event: string;
  [field: string]: unknown;
}

type Fields = Record<string, unknown>;
type Texts = Record<string, (fields: Fields) => string>;

const closed = (code: unknown, reason: unknown, isClean: unknown): string =>
  `${code}${isClean || code === 1006 ? '' : ' unclean'}${reason ? ` "${reason}"` : ''}`;

/** What is not here is no part of the table. */
const PAGE_TEXTS: Texts = {
  error: ({ opened }) => (opened ? 'error' : 'error of a dial'),
  close: ({ opened, code, clean, reason }) =>
    opened ? closed(code, reason, clean) : 'dial failed',
  discarded: () => 'was discarded',
  forbidden: ({ what, name }) => `${what} throws ${name}`,
  pagehide: ({ persisted }) => (persisted ? 'pagehide persisted' : 'pagehide'),
  pageshow: () => 'pageshow persisted',
  offline: () => 'offline',
  online: () => 'online',
};

const CLIENT_TEXTS: Texts = {
  connection_attempt: () => 'dials',
  connection_opened: () => 'opened',
  connection_closed: ({ close_code, close_reason, was_clean }) =>
    closed(close_code, close_reason, was_clean),
  connection_failed: () => 'dial failed',
  document_loaded: ({ navigation }) => `${navigation}`,
  // Only the headless client knows what a page goes for.
  document_unloaded: ({ reason }) =>
    reason === 'bfcache' ? 'goes to the cache' : reason === 'vanished' ? 'vanished' : 'goes',
  sequence_advanced: () => 'advanced',
  session_started: ({ reason }) => `new session: ${reason}`,
  throws: ({ what, name }) => `${what} throws ${name}`,
};

const SERVER_TEXTS: Texts = {
  connection_opened: () => 'opened',
  connection_closed: ({ close_code, closed_by, close_reason }) =>
    `${close_code} ${closed_by}${close_reason ? ` "${close_reason}"` : ''}`,
  handshake_rejected: ({ reason }) => `rejected ${reason}`,
};

export function seenByPage(line: PageLine): Seen | null {
  if (line.log) return seenInLog('client', line.log as LogLine);
  // What a call of the page's own comes to, the headless client tells too.
  if (line.event === 'throws') return seen('client', line.time, line, CLIENT_TEXTS);
  return seen('page', line.time, line, PAGE_TEXTS);
}

export function seenInLog(side: 'client' | 'server', line: LogLine): Seen | null {
  const texts = side === 'client' ? CLIENT_TEXTS : SERVER_TEXTS;
  const told = seen(side, Date.parse(line.time), line, texts);
  return told && { ...told, line };
}

function seen(
  side: Seen['side'],
  time: number,
  fields: Fields & { event: string },
  texts: Texts,
): Seen | null {
  const text = texts[fields.event]?.(fields);
  if (text === undefined) return null;
  return {
    side,
    time,
    event: fields.event,
    text,
    session: fields.session_id as string | undefined,
    sequence: fields.connection_sequence as number | undefined,
    parent: fields.parent_session_id as string | null | undefined,
    document: fields.document_id as string | undefined,
  };
}
