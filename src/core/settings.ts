/** What a client and a server are told. Durations are milliseconds. */

/** Names as AWS's architecture blog gives them ("Exponential Backoff And Jitter"). */
export const BACKOFF_POLICIES = [
  'none',
  'fixed',
  'exponential',
  'full-jitter',
  'equal-jitter',
  'decorrelated-jitter',
] as const;

export interface BackoffSettings {
  policy: (typeof BACKOFF_POLICIES)[number];
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
] as const;

export type Defect = (typeof DEFECTS)[number];

export interface ClientSettings {
  /** Whether the hello travels as the first frame or in the upgrade request's query string. */
  handshake: 'frame' | 'query';
  backoff: BackoffSettings;
  /** From the dial to the welcome. */
  connectTimeoutMs: number;
  /** Without a frame from the server for this long, it is taken for dead; null: never. */
  heartbeatTimeoutMs: number | null;
  /** A connection that lived this long after its welcome resets the backoff. */
  minUptimeMs: number;
}

export interface ServerSettings {
  /** Every client is pinged this often. */
  heartbeatIntervalMs: number;
  /** A client not heard of for this long is given up. */
  heartbeatTimeoutMs: number;
  /** From the accepted upgrade to the hello. */
  handshakeTimeoutMs: number;
  /** A tenth of it may come at once; further upgrades get 503. null: no limit. */
  maxHandshakesPerSecond: number | null;
}

export const DEFAULT_CLIENT_SETTINGS: ClientSettings = {
  handshake: 'frame',
  backoff: { policy: 'full-jitter', baseMs: 250, maxMs: 10_000 },
  connectTimeoutMs: 5_000,
  heartbeatTimeoutMs: 30_000,
  minUptimeMs: 1_000,
};

export const DEFAULT_SERVER_SETTINGS: ServerSettings = {
  heartbeatIntervalMs: 10_000,
  heartbeatTimeoutMs: 20_000,
  handshakeTimeoutMs: 5_000,
  maxHandshakesPerSecond: null,
};
