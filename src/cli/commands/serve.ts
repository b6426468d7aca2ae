import { randomBytes } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_SERVER_SETTINGS } from '../../core/settings.ts';
import { openLog } from '../../real/logs.ts';
import { ReferenceServer } from '../../real/server.ts';
import { EnvironmentError, environmentError, inEnvironment } from '../../simulate/errors.ts';
import { collected, duration, durationOption, nonEmpty, port } from '../options.ts';
import type { Shell } from '../shell.ts';
import { aborted, onInterrupt } from '../signals.ts';

interface Options {
  port: number;
  host: string;
  log?: string;
  heartbeat: number;
  pingMessage?: number;
  allowOrigin: string[];
}

const STDOUT = 1;

export function addServe(command: Command, shell: Shell): void {
  command
    .description(
      'Runs the reference server until Ctrl-C or SIGTERM, which close every connection with 1012.',
    )
    .option('--port <n>', 'port to listen on; 0 for any free one', port, 8080)
    .option('--host <h>', 'address to listen on', nonEmpty, '127.0.0.1')
    .option('--log <file>', 'append the log to this file (default: stdout)', nonEmpty)
    .addOption(
      durationOption(
        '--heartbeat <duration>',
        'ping this often, and give up after twice as long',
        DEFAULT_SERVER_SETTINGS.heartbeatIntervalMs,
      ).argParser(heartbeat),
    )
    .option(
      '--ping-message <duration>',
      'send each client a message this often, for pages can’t hear pings (default: none)',
      heartbeat,
    )
    .addOption(
      new Option('--allow-origin <origin>', 'let pages of this origin connect too; repeatable')
        .argParser(collected)
        .default([], 'none'),
    )
    .addHelpText(
      'after',
      `
The secret that reconnect tokens are signed with is taken from WSDIAG_SECRET; without it, tokens
lose their worth when the server stops.

Examples:
  $ wsdiag serve --port 8080 --log server.ndjson
  $ wsdiag serve | jq 'select(.event == "connection_closed")'`,
    )
    .action((options: Options) => serve(options, shell));
}

async function serve(options: Options, shell: Shell): Promise<void> {
  const interruption = onInterrupt(shell.surroundings);
  const failed = new AbortController();
  const log = inEnvironment(`can't open ${options.log}`, () =>
    openLog<'server'>(options.log ?? STDOUT, {
      // A log that nobody reads any more is no reason to fail; one that can't be written is.
      onError: (error) => failed.abort(error),
    }),
  );
  const server = new ReferenceServer(
    {
      host: options.host,
      port: options.port,
      settings: {
        ...DEFAULT_SERVER_SETTINGS,
        heartbeatIntervalMs: options.heartbeat,
        heartbeatTimeoutMs: options.heartbeat * 2,
        pingMessageMs: options.pingMessage ?? null,
      },
      secret: shell.env.WSDIAG_SECRET || randomBytes(32).toString('base64url'),
      allowedOrigins: options.allowOrigin,
    },
    log,
  );
  const { url } = await server.start().catch((error: NodeJS.ErrnoException) => {
    interruption.release();
    log.close();
    throw cannotListen(options, error);
  });
  shell.printError(`wsdiag server on ${url}; stop it with Ctrl-C`);
  await aborted(AbortSignal.any([interruption.signal, failed.signal]));
  await server.stop();
  interruption.release();
  const error = failed.signal.reason as NodeJS.ErrnoException | undefined;
  if (failed.signal.aborted && error?.code !== 'EPIPE') {
    throw environmentError(`can't write ${options.log ?? 'the log'}`, error);
  }
}

function cannotListen({ host, port }: Options, error: NodeJS.ErrnoException): EnvironmentError {
  return error.code === 'EADDRINUSE'
    ? new EnvironmentError(
        `${host}:${port} is taken; choose another with --port, or --port 0 for any free one`,
      )
    : environmentError(`can't listen on ${host}:${port}`, error);
}

function heartbeat(text: string): number {
  const ms = duration(text);
  if (ms < 10) throw new InvalidArgumentError('It must be at least 10ms.');
  return ms;
}
