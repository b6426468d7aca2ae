import path from 'node:path';
import { type Command, Option } from 'commander';
import { CLIENTS_AS, type ClientAs } from '../../core/habits.ts';
import { LOG_SCHEMA, type WriteLog } from '../../core/records.ts';
import {
  BACKOFF_POLICIES,
  type BackoffSettings,
  type ClientSettings,
  DEFAULT_CLIENT_SETTINGS,
  DEFAULT_HEARTBEAT_TIMEOUT_MS,
} from '../../core/settings.ts';
import { NO_WS_URL, wsUrl } from '../../core/ws-url.ts';
import { RealBrowser } from '../../real/browser.ts';
import { type Log, openLog } from '../../real/logs.ts';
import { openSessionStorageStore } from '../../real/session-storage.ts';
import { WSDIAG_VERSION } from '../../real/version.ts';
import { sanitize } from '../../report/index.ts';
import { environmentError, inEnvironment } from '../../simulate/errors.ts';
import { EXIT, UsageError } from '../exit.ts';
import { onKeys } from '../keys.ts';
import { liveView } from '../live-view.ts';
import { duration, durationOption, nonEmpty } from '../options.ts';
import { scratchDirectory } from '../scratch.ts';
import type { Shell } from '../shell.ts';
import { aborted, onInterrupt } from '../signals.ts';
import { tellOfDamage } from '../storage-damage.ts';

interface Options {
  session?: string;
  log?: string;
  handshake: ClientSettings['handshake'];
  backoff: BackoffSettings['policy'];
  base: number;
  max: number;
  as: ClientAs;
  heartbeatTimeout?: number;
  for?: number;
}

const { backoff: DEFAULT_BACKOFF, ...DEFAULTS } = DEFAULT_CLIENT_SETTINGS;
const GOODBYE_MS = 1000;

export function addConnect(command: Command, shell: Shell): void {
  command
    .description(
      'Keeps one session connected, as a page would, and says what happens. ' +
        'Keys: d drops the connection, r refreshes the page, t duplicates the tab, q quits.',
    )
    .argument('<ws-url>', 'ws:// or wss:// URL of the server')
    .option(
      '--session <dir>',
      'session storage that outlives the client (default: a new session)',
      nonEmpty,
    )
    .option('--log <file>', 'append the client log to this file', nonEmpty)
    .addOption(
      new Option('--handshake <way>', 'how the hello travels')
        .choices(['frame', 'query'])
        .default(DEFAULTS.handshake),
    )
    .addOption(
      new Option('--backoff <policy>', 'waits between dials')
        .choices(BACKOFF_POLICIES)
        .default(DEFAULT_BACKOFF.policy),
    )
    .addOption(durationOption('--base <duration>', 'base of the backoff', DEFAULT_BACKOFF.baseMs))
    .addOption(
      durationOption('--max <duration>', 'longest wait of the backoff', DEFAULT_BACKOFF.maxMs),
    )
    .addOption(
      new Option('--as <browser>', 'whose habits it has')
        .choices(CLIENTS_AS)
        .default('chromium' satisfies ClientAs),
    )
    .option(
      '--heartbeat-timeout <duration>',
      'take the server for dead after this long without a message (as node: or a ping); 0s: never ' +
        '(default: twice the interval that the welcome promises; as node: 30s)',
      duration,
    )
    .option('--for <duration>', 'quit after this long', duration)
    .addHelpText(
      'after',
      `
Examples:
  $ wsdiag connect ws://127.0.0.1:8080
  $ wsdiag connect wss://example.com/socket --session s --log client.ndjson`,
    )
    .action((address: string, options: Options) => connect(address, options, shell));
}

async function connect(address: string, options: Options, shell: Shell): Promise<void> {
  const url = parseAddress(address);
  if (options.base > options.max) {
    throw new UsageError('--base is above --max; the backoff waits from the one to the other');
  }
  const interruption = onInterrupt(shell.surroundings);
  const quit = new AbortController();
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure ??= error;
    quit.abort();
  };
  // Before there is a directory to leave behind.
  const log = options.log === undefined ? null : openClientLog(options.log, fail);
  const scratch = options.session === undefined ? scratchDirectory() : null;
  const directory = scratch?.path ?? path.resolve(options.session as string);
  const store = inEnvironment("can't open the session storage", () =>
    openSessionStorageStore(directory),
  );
  tellOfDamage(store.damage, shell);
  const live = liveView(shell);
  const browser = new RealBrowser({
    url,
    settings: settingsOf(options),
    log: live ? live.telling('client', log).write : narrating(log, shell),
    store,
    seed: Date.now(),
    as: options.as,
  });
  const latest = () => browser.tabs.at(-1);
  const about = { wsdiag_version: WSDIAG_VERSION, log_schema: LOG_SCHEMA };
  log?.write('client_started', { ...about, url: url.href });
  browser.open('tab').load();
  // Nobody reads on.
  shell.stdout.once('error', () => quit.abort());
  const stopKeys = onKeys(shell, {
    d: ['drop', () => latest()?.cut('rst')],
    r: ['refresh', stored(() => latest()?.reload(), fail)],
    t: ['duplicate tab', stored(() => latest()?.duplicate(), fail)],
    q: ['quit', () => quit.abort()],
  });
  const timer = options.for === undefined ? undefined : setTimeout(() => quit.abort(), options.for);
  try {
    await aborted(AbortSignal.any([interruption.signal, quit.signal]));
  } finally {
    clearTimeout(timer);
    stopKeys();
    await leave(browser);
    log?.write('client_stopped', { ...about, event_loop_delay_p99_ms: null, interrupted: false });
    log?.close();
    store.close();
    scratch?.remove();
    interruption.release();
    live?.finish({ '--log': options.log });
  }
  if (failure) throw failure;
  shell.exitCode = interruption.exitCode ?? EXIT.pass;
}

function parseAddress(address: string): URL {
  const url = wsUrl(() => new URL(address));
  if (url === null) throw new UsageError(`"${address}" ${NO_WS_URL}`);
  return url;
}

const settingsOf = (options: Options): ClientSettings => ({
  ...DEFAULT_CLIENT_SETTINGS,
  handshake: options.handshake,
  backoff: { policy: options.backoff, baseMs: options.base, maxMs: options.max },
  heartbeatTimeoutMs:
    (options.heartbeatTimeout ?? (options.as === 'node' ? DEFAULT_HEARTBEAT_TIMEOUT_MS : 0)) ||
    null,
});

function openClientLog(file: string, fail: (error: Error) => void): Log<'client'> {
  return inEnvironment(`can't open ${file}`, () =>
    openLog<'client'>(file, {
      onError: (error) => fail(environmentError(`can't write ${file}`, error)),
    }),
  );
}

/** Says each event on the screen, and logs it where there is a log. */
function narrating(log: Log<'client'> | null, shell: Shell): WriteLog<'client'> {
  return (event, fields) => {
    log?.write(event, fields);
    const told = Object.entries(fields)
      .filter(([name, value]) => value !== null && name !== 'document_id')
      .map(([name, value]) => `${name}=${sanitize(String(value))}`);
    shell.print(`${new Date().toISOString()} ${event} ${told.join(' ')}`);
  };
}

/** What needs the session storage, which can be full. */
const stored = (act: () => void, fail: (error: Error) => void) => () => {
  try {
    act();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    fail(environmentError("can't write the session storage", error));
  }
};

/** Every tab says 1001, and waits a moment for it to be heard. */
async function leave(browser: RealBrowser): Promise<void> {
  for (const tab of browser.tabs) tab.unload('end');
  const deadline = performance.now() + GOODBYE_MS;
  while (browser.openSockets > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  browser.dispose();
}
