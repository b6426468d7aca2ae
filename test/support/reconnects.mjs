/**
 * Many sessions that lose their connections and come back, on virtual time: what a generated log tells
 * of. A pure function of its options, and quick: tens of millions of events a minute.
 */

/** Furthest ahead that anything is planned; the wheel of time has a place for each millisecond. */
const HORIZON_MS = 1 << 17;

/** A few sessions come and go all the time. */
const FLAPPING_SHARE = 0.02;
const FLAPPING_LIFETIME_MS = 2000;
const LIFETIME_MS = 40_000;

const RAMP_UP_MS = 30_000;
const FAILED_SHARE = 0.08;
const BACKOFF_BASE_MS = 1000;
const BACKOFF_MAX_MS = 30_000;

/**
 * How a connection ends. `page`: the page goes, and logs no close. `halfOpen`: the client is gone and
 * may be back long before the server notices.
 */
export const ENDS = {
  network: { code: 1006, reason: '', clean: false, by: 'network' },
  reload: { code: 1001, reason: '', clean: true, by: 'peer', page: true },
  restart: { code: 1012, reason: 'service restart', clean: true, by: 'server' },
  idle: { code: 4001, reason: 'idle', clean: true, by: 'peer' },
  heartbeat: { code: 1006, reason: '', clean: false, by: 'heartbeat', halfOpen: true },
  superseded: { code: 1006, reason: '', clean: false, by: 'superseded', halfOpen: true },
};
const SHARES = [
  [0.55, ENDS.network],
  [0.8, ENDS.reload],
  [0.9, ENDS.restart],
  [0.96, ENDS.idle],
  [0.98, ENDS.heartbeat],
  [1, ENDS.superseded],
];

const WAITING = 0;
const DIALLING = 1;
const CONNECTED = 2;

/**
 * @typedef {object} Connection
 * @property {number} session index, from 0
 * @property {number} number its `connection_sequence`
 * @property {number} openedAt
 */

/**
 * What is told, in the order of virtual time (milliseconds from 0).
 *
 * @typedef {object} Listener
 * @property {() => boolean} isFull asked before each moment; true ends the play
 * @property {(at: number, session: number) => void} [arrived] its tab opened
 * @property {(at: number, session: number, number: number, delay: number, failures: number) => void} [dialled]
 * @property {(at: number, session: number, number: number) => void} [failed]
 * @property {(at: number, connection: Connection) => void} [opened] on both sides
 * @property {(at: number, connection: Connection, end: object) => void} [left] its end, as the client sees it
 * @property {(at: number, connection: Connection, end: object) => void} [closed] as the server sees it
 * @property {(at: number, session: number, dialling: number | null) => void} [gone] a tab closed in
 *   wait of its next dial, or in mid-dial
 */

/** Uniform numbers below 1, and below 2^32: mulberry32. */
export function createRandom(seed) {
  let state = seed >>> 0;
  const integer = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return { integer, unit: () => integer() / 2 ** 32 };
}

/**
 * Plays until the listener is full. With `ending`, all tabs are closed then, and the server has
 * noticed; without, it breaks off with connections open.
 *
 * @param {{ sessions: number, seed: number, ending?: boolean }} options
 * @param {Listener} listener
 * @returns {number} the last moment
 */
export function playReconnects({ sessions, seed, ending = false }, listener) {
  const { unit } = createRandom(seed);
  const phases = new Uint8Array(sessions);
  const numbers = new Int32Array(sessions);
  const failures = new Int32Array(sessions);
  const delays = new Int32Array(sessions);
  const lifetimes = new Int32Array(sessions);
  /** By slot: a session's connection, and after those of all sessions its half-open one. */
  const connections = new Array(2 * sessions).fill(null);
  const ends = new Array(2 * sessions).fill(null);
  const wheel = createWheel(2 * sessions);
  let now = 0;

  for (let session = 0; session < sessions; session++) {
    lifetimes[session] = unit() < FLAPPING_SHARE ? FLAPPING_LIFETIME_MS : LIFETIME_MS;
    wheel.plan(session, Math.floor(unit() * RAMP_UP_MS));
  }

  function dial(session) {
    if (numbers[session] === 0) listener.arrived?.(now, session);
    numbers[session] += 1;
    phases[session] = DIALLING;
    listener.dialled?.(now, session, numbers[session], delays[session], failures[session]);
    wheel.plan(session, now + 5 + Math.floor(unit() * 75));
  }

  function answer(session) {
    if (unit() < FAILED_SHARE) {
      listener.failed?.(now, session, numbers[session]);
      failures[session] += 1;
      return wait(session);
    }
    failures[session] = 0;
    phases[session] = CONNECTED;
    const connection = { session, number: numbers[session], openedAt: now };
    connections[session] = connection;
    listener.opened?.(now, connection);
    if (ends[sessions + session] === ENDS.superseded) giveUp(sessions + session);
    const lifetime = -Math.log(1 - unit()) * lifetimes[session];
    wheel.plan(session, now + 1 + Math.min(Math.floor(lifetime), HORIZON_MS - 2));
  }

  function wait(session, delay = backoff(session)) {
    phases[session] = WAITING;
    delays[session] = delay;
    wheel.plan(session, now + delay);
  }

  function backoff(session) {
    const longest = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** failures[session]);
    return 1 + Math.floor(unit() * longest);
  }

  function lose(session) {
    const connection = connections[session];
    const end = drawEnd(session);
    listener.left?.(now, connection, end);
    if (!end.halfOpen) {
      listener.closed?.(now, connection, end);
    } else {
      connections[sessions + session] = connection;
      ends[sessions + session] = end;
      if (end === ENDS.heartbeat) {
        wheel.plan(sessions + session, now + 5000 + Math.floor(unit() * 20_000));
      }
    }
    if (end.page) wait(session, 0);
    else wait(session);
  }

  /** One half-open connection a session at a time. */
  function drawEnd(session) {
    const drawn = unit();
    const end = SHARES.find(([below]) => drawn < below)[1];
    return end.halfOpen && ends[sessions + session] ? ENDS.network : end;
  }

  /** The server notices that a half-open connection has long been dead. */
  function giveUp(slot) {
    listener.closed?.(now, connections[slot], ends[slot]);
    ends[slot] = null;
  }

  function happen(slot) {
    if (slot >= sessions) giveUp(slot);
    else if (phases[slot] === WAITING) dial(slot);
    else if (phases[slot] === DIALLING) answer(slot);
    else lose(slot);
  }

  for (; !listener.isFull(); now++) {
    for (let slot = wheel.take(now); slot !== -1; slot = wheel.take(now)) {
      happen(slot);
      if (listener.isFull()) break;
    }
  }
  if (ending) endAll();
  return now;

  function endAll() {
    for (let session = 0; session < sessions; session++) {
      if (ends[sessions + session]) {
        // No successor comes any more.
        ends[sessions + session] = ENDS.heartbeat;
        giveUp(sessions + session);
      }
      if (phases[session] === CONNECTED) {
        listener.left?.(now, connections[session], END_OF_RUN);
        listener.closed?.(now, connections[session], END_OF_RUN);
      } else if (numbers[session] > 0) {
        listener.gone?.(now, session, phases[session] === DIALLING ? numbers[session] : null);
      }
    }
  }
}

/** The run ends around an open tab. */
const END_OF_RUN = { ...ENDS.reload, atEnd: true };

/** Which slots come up at which millisecond: a chain of slots for each. */
function createWheel(slots) {
  const heads = new Int32Array(HORIZON_MS).fill(-1);
  const followers = new Int32Array(slots).fill(-1);
  return {
    plan(slot, at) {
      const place = at % HORIZON_MS;
      followers[slot] = heads[place];
      heads[place] = slot;
    },
    /** Takes one slot off that moment; -1 where there is none left. */
    take(at) {
      const place = at % HORIZON_MS;
      const slot = heads[place];
      if (slot !== -1) heads[place] = followers[slot];
      return slot;
    },
  };
}
