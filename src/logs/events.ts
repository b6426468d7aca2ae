import type { LogEvents, LogName } from '../core/records.ts';

type EventsOf = { [L in LogName]: Record<keyof LogEvents[L], true> };

/** Every event there is, by its log; fails to compile where one is missing. */
const EVENTS: EventsOf = {
  server: {
    server_started: true,
    server_stopped: true,
    connection_opened: true,
    connection_closed: true,
    handshake_rejected: true,
  },
  client: {
    client_started: true,
    client_stopped: true,
    session_started: true,
    sequence_advanced: true,
    document_loaded: true,
    document_unloaded: true,
    connection_attempt: true,
    connection_opened: true,
    connection_failed: true,
    connection_closed: true,
  },
  faults: {
    faults_started: true,
    faults_stopped: true,
    fault_injected: true,
    fault_ended: true,
    target_started: true,
    target_killed: true,
    target_ended: true,
    worker_joined: true,
    worker_left: true,
    worker_lost: true,
  },
};

/** Others have workers too: a line is of one by wsdiag's own word for it alone, and does not tell whose log it is. */
const isOfWorkers = (event: string): boolean => event.startsWith('worker_');

const eventsOf = (log: LogName): string[] => Object.keys(EVENTS[log]);

/** Names of all events; the last is for lines that only say whose session a connection is. */
export const EVENT_NAMES: readonly string[] = [
  ...new Set([...eventsOf('server'), ...eventsOf('client'), ...eventsOf('faults')]),
  'connection_named',
];

/** The log that alone can have an event; undefined where two can, or none. */
export function logOfEvent(event: string): LogName | undefined {
  if (isOfWorkers(event)) return undefined;
  const logs = (Object.keys(EVENTS) as LogName[]).filter((log) =>
    Object.hasOwn(EVENTS[log], event),
  );
  return logs.length === 1 ? logs[0] : undefined;
}

/** Event by each of the spellings that loggers give it. */
const SPELLINGS: ReadonlyMap<string, string> = new Map(
  EVENT_NAMES.flatMap((event) => spellingsOf(event).map((spelling) => [spelling, event] as const)),
);

/** The event that a name, or a message, is exactly: `connection_closed`, `Connection closed`. */
export const eventNamed = (name: string): string | undefined => SPELLINGS.get(name);

function spellingsOf(event: string): string[] {
  if (isOfWorkers(event)) return [event];
  const words = event.split('_');
  const capitals = words.map(capitalised);
  return [
    event,
    event.toUpperCase(),
    words.join(' '),
    words.join('-'),
    capitalised(words.join(' ')),
    capitals.join(' '),
    capitals.join(''),
    [words[0], ...capitals.slice(1)].join(''),
  ];
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
