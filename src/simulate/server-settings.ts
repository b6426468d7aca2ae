import { DEFAULT_SERVER_SETTINGS, type ServerSettings } from '../core/settings.ts';
import { UsageError } from '../model/user-error.ts';

export const MIN_HEARTBEAT_MS = 10;

interface Heartbeat {
  /** A client that was not heard of for twice as long is given up. */
  heartbeatMs?: number | undefined;
  pingMessageMs?: number | undefined;
}

/** @throws UsageError */
export function serverSettings(heartbeat: Heartbeat): ServerSettings {
  for (const [name, ms] of Object.entries(heartbeat)) {
    if (ms !== undefined && !(ms >= MIN_HEARTBEAT_MS)) {
      throw new UsageError(`${name} must be at least ${MIN_HEARTBEAT_MS} ms, not ${ms}`);
    }
  }
  const { heartbeatMs = DEFAULT_SERVER_SETTINGS.heartbeatIntervalMs, pingMessageMs = null } =
    heartbeat;
  return {
    ...DEFAULT_SERVER_SETTINGS,
    heartbeatIntervalMs: heartbeatMs,
    heartbeatTimeoutMs: heartbeatMs * 2,
    pingMessageMs,
  };
}
