import { randomBytes } from 'node:crypto';
import { type Log, openLog } from '../real/logs.ts';
import { ReferenceServer } from '../real/server.ts';
import { environmentError, inEnvironment } from '../simulate/errors.ts';
import { cannotListen } from '../simulate/listening.ts';
import { serverSettings } from '../simulate/server-settings.ts';

/** As the flags of `wsdiag serve`. */
export interface StartServerOptions {
  /** Port to listen on. Default: 0, any free one. */
  port?: number;
  /** Address to listen on. Default: `127.0.0.1`. */
  host?: string;
  /** Every client is pinged this often, and given up after twice as long, in milliseconds. Default: 10,000. */
  heartbeatMs?: number;
  /** Every client is sent a message this often, for pages can't hear pings, in milliseconds. Default: none is sent. */
  pingMessageMs?: number;
  /** Origins beside its own that pages may connect from. */
  allowOrigin?: readonly string[];
  /** File that the log is appended to, as NDJSON. Default: none is written. */
  log?: string;
  /** What reconnect tokens are signed with; the same after a restart, or they lose their worth. Default: a new one. */
  secret?: string;
}

/** A reference server that listens. */
export interface RunningServer {
  /** `ws://host:port` for clients. */
  readonly url: string;
  readonly port: number;
  /**
   * Closes every connection with 1012, and resolves once sockets are closed and the log is whole.
   *
   * @throws EnvironmentError where the log could not be written
   */
  stop(): Promise<void>;
}

/**
 * Starts the reference server in this process: the handshake, the heartbeat, and the log that `check` reads.
 *
 * @throws UsageError for a time shorter than 10 ms
 * @throws EnvironmentError where the port is taken, or the log can't be opened
 */
export async function startServer(options: StartServerOptions = {}): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 0, heartbeatMs, pingMessageMs, allowOrigin = [] } = options;
  const { secret = randomBytes(32).toString('base64url'), log: file } = options;
  const settings = serverSettings({ heartbeatMs, pingMessageMs });
  let logError: Error | undefined;
  const log = openServerLog(file, (error) => {
    logError ??= error;
  });
  const server = new ReferenceServer(
    { host, port, settings, secret, allowedOrigins: [...allowOrigin] },
    log,
  );
  const listening = await server.start().catch((error: NodeJS.ErrnoException) => {
    log.close();
    throw cannotListen({ host, port, option: 'port' }, error);
  });
  return {
    ...listening,
    async stop() {
      await server.stop();
      if (logError) throw environmentError(`can't write ${file}`, logError);
    },
  };
}

const NO_LOG: Log<'server'> = { write: () => {}, flush: () => {}, close: () => {} };

const openServerLog = (file: string | undefined, onError: (error: Error) => void): Log<'server'> =>
  file === undefined
    ? NO_LOG
    : inEnvironment(`can't open ${file}`, () => openLog<'server'>(file, { onError }));
