/** What a client and a server are told. Durations are milliseconds. */

/** Names as AWS's architecture blog gives them ("Exponential Backoff And Jitter"), but for the last. */
export const BACKOFF_POLICIES = [
  'none',
  'fixed',
  'exponential',
  'full-jitter',
  'equal-jitter',
  'decorrelated-jitter',
  'uniform',
] as const;

/** What makes the next wait the first again: the socket opens, the welcome comes, or the connection has lasted. */
export const RESETS = ['open', 'welcome', 'min_uptime'] as const;

export interface BackoffSettings {
  policy: (typeof BACKOFF_POLICIES)[number];
  /** The first wait, or its bound; with `uniform`, no wait is shorter. */
  baseMs: number;
  maxMs: number;
}

/** Known bugs of real clients, to prove that the checks bite. */
export const DEFECTS = [
  'resets-on-refresh',
  'starts-at-two',
  'never-increments',
  'counts-only-success',
  'shares-session-with-duplicate',
  'omits-sequence',
  'ignores-last-seen',
  'forks-in-frames',
] as const;

export type Defect = (typeof DEFECTS)[number];

export interface ClientSettings {
  /** Whether the hello travels as the first frame or in the upgrade request's query string. */
  handshake: 'frame' | 'query';
  backoff: BackoffSettings;
  /** From the dial to the welcome. */
  connectTimeoutMs: number;
  /**
   * Where the client has heard nothing from the server for this long, it takes it for dead. A page hears messages
   * alone. null: twice the `ping_interval_ms` of the server's welcome; never, where it has none.
   */
  heartbeatTimeoutMs: number | null;
  /** What resets the backoff. */
  reset: (typeof RESETS)[number];
  /** With `min_uptime`: a connection that lived this long after its welcome does. */
  minUptimeMs: number;
  /** By close code: the next dial comes so long after it, or later. */
  waitOnMs: Readonly<Record<number, number>>;
  /** Close codes at which the client gives up for good. */
  stopOn: readonly number[];
}

/** Which of several servers a connection goes to: each in turn, or the one with the fewest. */
export const BALANCE_POLICIES = ['round-robin', 'least-connections'] as const;
export type BalancePolicy = (typeof BALANCE_POLICIES)[number];

export interface ServerSettings {
  /** Every client is pinged this often. */
  heartbeatIntervalMs: number;
  /** A client not heard of for this long is given up. */
  heartbeatTimeoutMs: number;
  /** Every client is sent a message this often, for pages, which can't hear pings; null: none. */
  pingMessageMs: number | null;
  /** From the accepted upgrade to the hello. */
  handshakeTimeoutMs: number;
  /** A tenth of it may come at once; further upgrades get 503. null: no limit. */
  maxHandshakesPerSecond: number | null;
  /** Who comes while `count` connections have no welcome yet gets this HTTP status; null: nobody. */
  maxPending: { count: number; status: number } | null;
  /** A connection that nothing passed for this long, no ping either, is ended without a close frame; null: never. */
  idleTimeoutMs: number | null;
  /** A connection is closed with 1001 at an age between the two; null: at none. */
  maxConnectionAgeMs: { min: number; max: number } | null;
}

/** Of a client that hears pings. */
export const DEFAULT_HEARTBEAT_TIMEOUT_MS = 30_000;

export const DEFAULT_CLIENT_SETTINGS: ClientSettings = {
  handshake: 'frame',
  backoff: { policy: 'full-jitter', baseMs: 250, maxMs: 10_000 },
  connectTimeoutMs: 5_000,
  heartbeatTimeoutMs: null,
  reset: 'min_uptime',
  minUptimeMs: 1_000,
  waitOnMs: {},
  stopOn: [],
};

export const DEFAULT_SERVER_SETTINGS: ServerSettings = {
  heartbeatIntervalMs: 10_000,
  heartbeatTimeoutMs: 20_000,
  pingMessageMs: null,
  handshakeTimeoutMs: 5_000,
  maxHandshakesPerSecond: null,
  maxPending: null,
  idleTimeoutMs: null,
  maxConnectionAgeMs: null,
};
