import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_SERVER_SETTINGS } from '../../core/settings.ts';
import { isLoopback } from '../../real/host-name.ts';
import type { Log } from '../../real/logs.ts';
import { type PageAction, PageServer } from '../../real/page-server.ts';
import { ReferenceServer } from '../../real/server.ts';
import { environmentError, inEnvironment } from '../../simulate/errors.ts';
import { cannotListen } from '../../simulate/listening.ts';
import { MIN_HEARTBEAT_MS, serverSettings } from '../../simulate/server-settings.ts';
import { UsageError } from '../exit.ts';
import { onKeys } from '../keys.ts';
import { liveView, openShown } from '../live-view.ts';
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
  page?: boolean;
  pagePort: number;
  pageLog?: string;
}

/** How long the page’s buttons trouble handshakes. */
const TROUBLE_MS = 5000;

export function addServe(command: Command, shell: Shell): void {
  command
    .description(
      'Runs the reference server until Ctrl-C or SIGTERM, which close every connection with 1012.',
    )
    .option('--port <n>', 'port to listen on; 0 for any free one', port, 8080)
    .option('--host <h>', 'address to listen on', nonEmpty, '127.0.0.1')
    .option(
      '--log <file>',
      'append the log to this file (default: stdout, or, at a terminal, told as a timeline)',
      nonEmpty,
    )
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
    .option('--page', 'serve a page to try as well, with both logs beside each other')
    .option('--page-port <n>', 'port of the page; 0 for any free one', port, 8081)
    .option('--page-log <file>', 'append what pages log to this file (default: nowhere)', nonEmpty)
    .addHelpText(
      'after',
      `
The secret that reconnect tokens are signed with is taken from WSDIAG_SECRET;
without it, tokens lose their worth when the server stops.

Examples:
  $ wsdiag serve --port 8080 --log server.ndjson
  $ wsdiag serve --page --log server.ndjson --page-log client.ndjson
  $ wsdiag serve | jq 'select(.event == "connection_closed")'`,
    )
    .action((options: Options) => serve(options, shell));
}

async function serve(options: Options, shell: Shell): Promise<void> {
  if (options.page && !isLoopback(options.host)) {
    throw new UsageError(
      '--page is for loopback addresses alone: what it serves can drop connections',
    );
  }
  const { pageLog } = options;
  if (pageLog !== undefined) {
    inEnvironment(`can't open ${pageLog}`, () => fs.appendFileSync(pageLog, ''));
  }
  const interruption = onInterrupt(shell.surroundings);
  const failed = new AbortController();
  const live = liveView(shell);
  // A log that nobody reads any more is no reason to fail; one that can't be written is.
  const onError = (error: Error) => failed.abort(error);
  const log = inEnvironment(`can't open ${options.log}`, () =>
    openShown('server', options.log, { onError }, live),
  );
  const server = new ReferenceServer(
    {
      host: options.host,
      port: options.port,
      settings: serverSettings({
        heartbeatMs: options.heartbeat,
        pingMessageMs: options.pingMessage,
      }),
      secret: shell.env.WSDIAG_SECRET || randomBytes(32).toString('base64url'),
      allowedOrigins: options.allowOrigin,
    },
    shown(log, () => page),
  );
  let page: PageServer | undefined;
  const { url } = await server.start().catch((error: NodeJS.ErrnoException) => {
    interruption.release();
    log.close();
    throw cannotListen({ host: options.host, port: options.port }, error);
  });
  if (options.page) {
    page = new PageServer({ ...pageOptions(options, url), act: actsOn(server) });
    const { url: address } = await page.start().catch(async (error: NodeJS.ErrnoException) => {
      await server.stop();
      interruption.release();
      throw cannotListen(
        { host: options.host, port: options.pagePort, option: '--page-port' },
        error,
      );
    });
    shell.printError(`a page to try on ${address}`);
  }
  shell.printError(`wsdiag server on ${url}; stop it with Ctrl-C`);
  const quit = new AbortController();
  const stopKeys = live ? onKeys(shell, { q: ['quit', () => quit.abort()] }) : () => {};
  await aborted(AbortSignal.any([interruption.signal, failed.signal, quit.signal]));
  stopKeys();
  page?.stop();
  await server.stop();
  interruption.release();
  live?.finish({ '--log': options.log, ...(options.page && { '--page-log': options.pageLog }) });
  const error = failed.signal.reason as NodeJS.ErrnoException | undefined;
  if (failed.signal.aborted && error?.code !== 'EPIPE') {
    throw environmentError(`can't write ${options.log ?? 'the log'}`, error);
  }
}

/** A log that the page shows too. */
function shown(log: Log<'server'>, page: () => PageServer | undefined): Log<'server'> {
  return {
    ...log,
    write: (event, fields) => {
      log.write(event, fields);
      page()?.tell('server', { time: new Date().toISOString(), event, ...fields });
    },
  };
}

function pageOptions({ host, pagePort, pageLog }: Options, webSocketUrl: string) {
  return {
    host,
    port: pagePort,
    webSocketUrl,
    logged: (line: object) => {
      if (pageLog !== undefined) fs.appendFileSync(pageLog, `${JSON.stringify(line)}\n`);
    },
  };
}

/** What the buttons of the page do. */
function actsOn(server: ReferenceServer): (action: PageAction, sessionId: string) => void {
  const forAWhile = (end: () => void) => setTimeout(end, TROUBLE_MS).unref();
  return (action, sessionId) => {
    switch (action) {
      case 'drop':
        return server.dropSessions([sessionId]);
      case 'close':
        return server.closeSessions([sessionId], 1012, 'restart');
      case 'refuse':
        server.rejectHandshakes({ status: 503, retryAfterSeconds: null, share: 1 });
        forAWhile(() => server.rejectHandshakes(null));
        return;
      case 'stall':
        server.stallHandshakes(true);
        forAWhile(() => server.stallHandshakes(false));
    }
  };
}

function heartbeat(text: string): number {
  const ms = duration(text);
  if (ms < MIN_HEARTBEAT_MS) {
    throw new InvalidArgumentError(`It must be at least ${MIN_HEARTBEAT_MS}ms.`);
  }
  return ms;
}
