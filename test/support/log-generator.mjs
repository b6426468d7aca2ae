/**
 * Connection logs of any length in which nothing is wrong, the same for the same seed. JavaScript, so
 * that a benchmark runs it without a build.
 *
 * - `closes`: a server's `connection_closed` lines, about 300 bytes each
 * - `bare-closes`: the least that can be checked: two ids, a number, a code, a duration, a time
 * - `server`: `connection_opened` lines too; it breaks off with connections open
 * - `client`: what a client of wsdiag writes, from its start to its end
 */
import fs from 'node:fs';
import { createRandom, playReconnects } from './reconnects.mjs';

const STARTED_AT = Date.parse('2026-03-01T00:00:00.000Z');
/** The client's clock is ahead of the server's: nobody may compare them. */
const CLIENT_AHEAD_MS = 250;
const LINES_A_SESSION = 40;

/** @typedef {'closes' | 'bare-closes' | 'server' | 'client'} Shape */

/**
 * @typedef {object} LogOptions
 * @property {number} lines how many; a log that tells of its end has some more
 * @property {number} [sessions] one for 40 lines unless said
 * @property {number} [seed]
 */

/**
 * Writes one log.
 *
 * @param {string} file
 * @param {LogOptions & { shape: Shape }} options
 * @returns {{ lines: number, bytes: number }}
 */
export function writeLog(file, { shape, lines, ...rest }) {
  const log = createFile(file);
  const context = createContext({ lines, ...rest });
  const isFull = () => log.lines >= lines;
  const ending = shape === 'client';
  if (ending) clientStarted(log, context);
  const until = playReconnects({ ...context, ending }, { ...TELLERS[shape](log, context), isFull });
  if (ending) clientStopped(log, context, until);
  return log.close();
}

/**
 * Writes a server log and the client log of the same sessions, both from start to end. `lines`: of the
 * server log; `defectiveEvery`: in one of so many sessions, one connection's lines are wrong.
 *
 * @param {{ server: string, client: string }} files
 * @param {LogOptions & { defectiveEvery?: number }} options
 */
export function writeBothLogs(files, { lines, defectiveEvery = Infinity, ...rest }) {
  const context = createContext({ lines, ...rest });
  const server = createFile(files.server);
  const client = createFile(files.client);
  serverStarted(server, context);
  clientStarted(client, context);
  const tellServer = TELLERS.server(server, context);
  const tellClient = TELLERS.client(client, context);
  const sound = {
    ...tellClient,
    opened(at, connection) {
      tellServer.opened(at, connection);
      tellClient.opened(at, connection);
    },
    closed: tellServer.closed,
  };
  const listener = withDefects(sound, tellServer, tellClient, defectiveEvery);
  const until = playReconnects(
    { ...context, ending: true },
    { ...listener, isFull: () => server.lines >= lines },
  );
  serverStopped(server, context, until);
  clientStopped(client, context, until);
  return { server: server.close(), client: client.close() };
}

/** Defective sessions take turns with these: what is told of their first connection instead. */
const DEFECTS = [
  (_server, client) => ({ opened: client.opened }),
  (server) => ({ opened: server.opened }),
  () => ({ closed() {} }),
  () => ({ left() {} }),
  (server, client) => ({
    opened(at, connection) {
      server.opened(at, connection);
      server.opened(at, connection);
      client.opened(at, connection);
    },
  }),
  (server) => ({
    closed(at, connection, end) {
      const by = end.page ? 'peer' : 'server';
      server.closed(at, connection, { ...end, code: 4999, clean: true, by });
    },
  }),
];

function withDefects(sound, server, client, every) {
  if (every === Infinity) return sound;
  const defects = DEFECTS.map((make) => make(server, client));
  /** By session. */
  const firsts = new Map();
  const defectOf = ({ session, number }) => {
    if (session % every !== 0) return undefined;
    if (!firsts.has(session)) firsts.set(session, number);
    return firsts.get(session) === number ? defects[(session / every) % defects.length] : undefined;
  };
  const tell =
    (event) =>
    (at, connection, ...rest) =>
      (defectOf(connection)?.[event] ?? sound[event])(at, connection, ...rest);
  return { ...sound, opened: tell('opened'), left: tell('left'), closed: tell('closed') };
}

function createContext({ lines, sessions = Math.ceil(lines / LINES_A_SESSION), seed = 1 }) {
  // A generator of its own: ids do not depend on what is told.
  const random = createRandom(~seed);
  const ids = () => Array.from({ length: sessions }, () => uuid(random));
  return { sessions, seed, random, sessionIds: ids(), documentIds: ids(), timeAt: createClock() };
}

/** @type {Record<Shape, (log: object, context: object) => import('./reconnects.mjs').Listener>} */
const TELLERS = {
  closes: (log, context) => ({ closed: serverClosed(log, context) }),
  'bare-closes': (log, { sessionIds, timeAt }) => ({
    closed(at, { session, number, openedAt }, { code }) {
      log.line`{"time":"${timeAt(at)}","client_id":"${clientId(session, number)}","session_id":"${sessionIds[session]}","connection_sequence":${number},"close_code":${code},"duration_seconds":${seconds(at - openedAt)}}`;
    },
  }),
  server: (log, context) => ({
    opened: serverOpened(log, context),
    closed: serverClosed(log, context),
  }),
  client: clientLines,
};

const serverOpened =
  (log, { sessionIds, documentIds, timeAt }) =>
  (at, { session, number }) =>
    log.line`{"level":30,"time":"${timeAt(at)}","event":"connection_opened","client_id":"${clientId(session, number)}","session_id":"${sessionIds[session]}","connection_sequence":${number},"document_id":"${documentIds[session]}","session_verified":true,"remote_address":"127.0.0.1:40000","msg":"connection opened"}`;

const serverClosed =
  (log, { sessionIds, timeAt }) =>
  (at, { session, number, openedAt }, { code, reason, clean, by }) =>
    log.line`{"level":30,"time":"${timeAt(at)}","event":"connection_closed","client_id":"${clientId(session, number)}","session_id":"${sessionIds[session]}","connection_sequence":${number},"close_code":${code},"close_reason":"${reason}","was_clean":${clean},"duration_seconds":${seconds(at - openedAt)},"closed_by":"${by}","msg":"connection closed"}`;

function clientLines(log, context) {
  const { sessionIds, documentIds, timeAt, random } = context;
  const line = (at, event, session, fields, msg) =>
    log.line`{"level":30,"time":"${timeAt(at + CLIENT_AHEAD_MS)}","event":"${event}","session_id":"${sessionIds[session]}",${fields},"msg":"${msg}"}`;
  const ofDocument = (session, number) =>
    `"connection_sequence":${number},"document_id":"${documentIds[session]}"`;
  const loaded = (at, session, navigation) =>
    line(
      at,
      'document_loaded',
      session,
      `"document_id":"${documentIds[session]}","navigation":"${navigation}"`,
      'document loaded',
    );
  const unloaded = (at, session, number, clientId, reason) =>
    line(
      at,
      'document_unloaded',
      session,
      `"document_id":"${documentIds[session]}","connection_sequence":${number},"client_id":${clientId},"reason":"${reason}"`,
      'document unloaded',
    );
  return {
    arrived(at, session) {
      const fields = `"reason":"new","parent_session_id":null,"document_id":"${documentIds[session]}"`;
      line(at, 'session_started', session, fields, 'session started');
      loaded(at, session, 'navigate');
    },
    dialled(at, session, number, delay, failures) {
      const fields = `${ofDocument(session, number)},"delay_ms":${delay},"backoff_attempt":${failures}`;
      line(at, 'connection_attempt', session, fields, 'dialling');
    },
    failed(at, session, number) {
      const fields = `${ofDocument(session, number)},"error":"ECONNREFUSED","http_status":null`;
      line(at, 'connection_failed', session, fields, 'connection failed');
    },
    opened(at, { session, number }) {
      const fields = `${ofDocument(session, number)},"client_id":"${clientId(session, number)}"`;
      line(at, 'connection_opened', session, fields, 'connection opened');
    },
    left(at, { session, number, openedAt }, { code, reason, clean, page, atEnd }) {
      if (page) {
        unloaded(at, session, number, `"${clientId(session, number)}"`, atEnd ? 'end' : 'reload');
        if (atEnd) return;
        documentIds[session] = uuid(random);
        return loaded(at, session, 'reload');
      }
      const fields = `${ofDocument(session, number)},"client_id":"${clientId(session, number)}","close_code":${code},"close_reason":"${reason}","was_clean":${clean},"duration_seconds":${seconds(at - openedAt)}`;
      line(at, 'connection_closed', session, fields, 'connection closed');
    },
    gone: (at, session, dialling) => unloaded(at, session, dialling, null, 'close'),
  };
}

const SERVER_URL = '"url":"ws://127.0.0.1:8080"';
const VERSION = '"wsdiag_version":"0.1.0","log_schema":1';

const boundary = (log, { timeAt }, at, event, fields) =>
  log.line`{"level":30,"time":"${timeAt(at)}","event":"${event}",${fields},"msg":"${event}"}`;

const serverStarted = (log, context) =>
  boundary(log, context, 0, 'server_started', `${SERVER_URL},${VERSION}`);

const serverStopped = (log, context, at) =>
  boundary(
    log,
    context,
    at,
    'server_stopped',
    `${SERVER_URL},${VERSION},"event_loop_delay_p99_ms":20,"lines":${log.lines}`,
  );

const clientStarted = (log, context) =>
  boundary(log, context, CLIENT_AHEAD_MS, 'client_started', `${VERSION},${SERVER_URL}`);

const clientStopped = (log, context, at) =>
  boundary(
    log,
    context,
    at + CLIENT_AHEAD_MS,
    'client_stopped',
    `${VERSION},"event_loop_delay_p99_ms":20,"interrupted":false,"lines":${log.lines}`,
  );

const BUFFER_BYTES = 1 << 20;
const LONGEST_LINE_BYTES = 1024;
const LINE_FEED = 0x0a;

/** Lines are gathered and written in big pieces. */
function createFile(file) {
  const fd = fs.openSync(file, 'w');
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  let gathered = 0;
  let bytes = 0;
  const put = (text) => {
    for (let index = 0; index < text.length; index++) buffer[gathered++] = text.charCodeAt(index);
  };
  const flush = () => {
    bytes += fs.writeSync(fd, buffer, 0, gathered);
    gathered = 0;
  };
  return {
    lines: 0,
    /** A line as a tagged template, all ASCII: put together as one string, it takes thrice as long. */
    line(texts, ...values) {
      put(texts[0]);
      for (let index = 0; index < values.length; index++) {
        put(String(values[index]));
        put(texts[index + 1]);
      }
      buffer[gathered++] = LINE_FEED;
      this.lines += 1;
      if (gathered > BUFFER_BYTES - LONGEST_LINE_BYTES) flush();
    },
    close() {
      flush();
      fs.closeSync(fd);
      return { lines: this.lines, bytes };
    },
  };
}

const PAD3 = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, '0'));
const DECIMALS = PAD3.map((digits) => (digits === '000' ? '' : `.${digits.replace(/0+$/, '')}`));

const seconds = (ms) => `${Math.floor(ms / 1000)}${DECIMALS[ms % 1000]}`;

/** ISO times; what changes once a second is made once a second. */
function createClock() {
  let second = -1;
  let prefix = '';
  return (at) => {
    const now = Math.floor(at / 1000);
    if (now !== second) {
      second = now;
      prefix = new Date(STARTED_AT + now * 1000).toISOString().slice(0, 20);
    }
    return `${prefix}${PAD3[at % 1000]}Z`;
  };
}

const HEX4 = Array.from({ length: 65536 }, (_, value) => value.toString(16).padStart(4, '0'));
const hex8 = (value) => HEX4[value >>> 16] + HEX4[value & 0xffff];

function uuid({ integer }) {
  const text = Array.from({ length: 4 }, () => hex8(integer())).join('');
  return flat(
    `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-a${text.slice(17, 20)}-${text.slice(20)}`,
  );
}

/** The same wherever it is asked, so that nobody has to keep it. */
function clientId(session, number) {
  const one = mix(session + 1) ^ number;
  return hex8(mix(one)) + hex8(mix(one ^ 0x5bd1e995) ^ session);
}

function mix(value) {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Joined strings stay trees inside, whose characters are slow to get at. */
const flat = (text) => Buffer.from(text, 'latin1').toString('latin1');
