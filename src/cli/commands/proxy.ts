import fs from 'node:fs';
import { type Command, Option } from 'commander';
import { BALANCE_POLICIES, type BalancePolicy } from '../../core/settings.ts';
import { UserError } from '../../model/user-error.ts';
import { CONTROL_HOST, ProxyControl } from '../../proxy/control.ts';
import { HOST_HEADERS, type HostHeader } from '../../proxy/host-header.ts';
import { WebSocketProxy } from '../../proxy/proxy.ts';
import type { ProxyLogs } from '../../proxy/proxy-log.ts';
import { parseUpstreams, type Upstream } from '../../proxy/upstream.ts';
import { environmentError, inEnvironment } from '../../simulate/errors.ts';
import { cannotListen, type ListenAddress } from '../../simulate/listening.ts';
import { EXIT, UsageError } from '../exit.ts';
import { onKeys } from '../keys.ts';
import { type LiveView, liveView, openShown } from '../live-view.ts';
import { collected, nonEmpty, port, seed } from '../options.ts';
import type { Shell } from '../shell.ts';
import { aborted, onInterrupt } from '../signals.ts';

interface Options {
  upstream: string[];
  balance: BalancePolicy;
  listen: number;
  host: string;
  control?: number;
  log?: string;
  faultsLog?: string;
  seed?: number;
  scenario?: string;
  ca?: string;
  hostHeader?: HostHeader;
}

const DEFAULT_SEED = 1;

export function addProxy(command: Command, shell: Shell): void {
  command
    .description(
      'Stands between any WebSocket client and any server until Ctrl-C or SIGTERM: passes all bytes ' +
        'unchanged (but for --host-header), puts faults of the network between them when it is told to, and logs each ' +
        'connection as a server would, for check.',
    )
    .requiredOption(
      '--upstream <ws-url>',
      'ws:// or wss:// URL of the server; may be repeated: each connection goes to one of them',
      collected,
    )
    .addOption(
      new Option('--balance <policy>', 'which of several upstreams a connection goes to')
        .choices(BALANCE_POLICIES)
        .default('round-robin'),
    )
    .option('--listen <n>', 'port to listen on; 0 for any free one', port, 9000)
    .option('--host <h>', 'address to listen on', nonEmpty, '127.0.0.1')
    .option('--control <n>', 'port on 127.0.0.1 to take faults on over HTTP (default: none)', port)
    .option(
      '--log <file>',
      'append the log to this file (default: stdout, or, at a terminal, told as a timeline)',
      nonEmpty,
    )
    .option('--faults-log <file>', 'append each fault to this file (default: none)', nonEmpty)
    .option(
      '--scenario <file>',
      'play the timeline of this scenario, from the first WebSocket on; - for stdin',
      nonEmpty,
    )
    .option(
      '--seed <n>',
      'seed of what is drawn: shares and jitter (default: the scenario’s, else 1)',
      seed,
    )
    .option('--ca <file>', 'certificates (PEM) that the upstream’s is trusted by', nonEmpty)
    .addOption(
      new Option(
        '--host-header <whose>',
        'whose Host the upstream is asked with (default: upstream for wss://, else client)',
      ).choices(HOST_HEADERS),
    )
    .addHelpText(
      'after',
      `
Of a scenario it plays the faults of the network and of the server's answers:
drop, close by the server, latency, reject_handshakes, stall_handshakes and
close_on_open; any other is refused before it listens. Time zero is the first
WebSocket. At the end of duration all is healed, and it passes on until Ctrl-C.

Give check both logs: that of faults says what each side could see.

Examples:
  $ wsdiag proxy --upstream ws://127.0.0.1:8000 --control 9001 \\
      --log proxy.ndjson --faults-log faults.ndjson
  $ curl -X POST 127.0.0.1:9001/drop -d '{"how": "rst", "share": 0.5}'
  $ curl -X POST 127.0.0.1:9001/refuse -d '{"status": 503, "forMs": 10000}'
  $ curl -X POST 127.0.0.1:9001/heal
  $ wsdiag proxy --upstream ws://127.0.0.1:8000 --scenario bad-network.yaml
  $ wsdiag check proxy.ndjson faults.ndjson client.ndjson`,
    )
    .action((options: Options) => runProxy(options, shell));
}

async function runProxy(options: Options, shell: Shell): Promise<void> {
  const { host, listen, balance } = options;
  const upstreams = upstreamsOf(options);
  const shown = upstreams.map(({ url }) => url).join(', ');
  const timeline = await timelineOf(options, shell);
  if (timeline === null) return;
  const seed = options.seed ?? timeline?.seed ?? DEFAULT_SEED;
  const interruption = onInterrupt(shell.surroundings);
  const failed = new AbortController();
  const quit = new AbortController();
  const live = liveView(shell);
  const logs = openLogs(options, live, (name, error) => {
    // A log that nobody reads any more is no reason to fail; one that can't be written is.
    const isRead = error.code !== 'EPIPE';
    failed.abort(isRead ? environmentError(`can't write ${name}`, error) : undefined);
  });
  const onUnreachable = ({ code, message }: NodeJS.ErrnoException) =>
    shell.printError(`can't reach ${shown} (${code ?? message}): clients are answered 502`);
  const tell = (text: string, when: string) =>
    live ? live.note(text) : shell.printError(when === '' ? text : `${when}  ${text}`);
  const onAsked = () => timeline?.begin(proxy, tell);
  const settings = { upstreams, balance, host, port: listen, seed, onAsked, onUnreachable };
  const proxy = new WebSocketProxy(settings, logs);
  const control = new ProxyControl(proxy);
  let stopKeys = () => {};
  try {
    await listening({ host, port: listen, option: '--listen' }, () => proxy.start());
    if (options.control !== undefined) {
      const address = { host: CONTROL_HOST, port: options.control, option: '--control' };
      await listening(address, () => control.start(address.port));
      shell.printError(`faults on ${control.url}`);
    }
    shell.printError(`wsdiag proxy on ${proxy.url}, to ${shown}; stop it with Ctrl-C`);
    if (timeline) shell.printError(`${timeline.announcement}; seed ${seed}`);
    if (live) stopKeys = onKeys(shell, { q: ['quit', () => quit.abort()] });
    await aborted(AbortSignal.any([interruption.signal, failed.signal, quit.signal]));
  } finally {
    stopKeys();
    await control.stop();
    await proxy.stop();
    timeline?.stop();
    interruption.release();
  }
  live?.finish({ '--log': options.log, '--faults-log': options.faultsLog });
  if (failed.signal.reason instanceof UserError) throw failed.signal.reason;
}

/** undefined where none is asked for; null where its scenario has mistakes, which are told. */
async function timelineOf({ scenario: file }: Options, shell: Shell) {
  if (file === undefined) return undefined;
  // The language of scenarios is large.
  const { loadTimeline } = await import('../proxy-timeline.ts');
  const timeline = await loadTimeline(file, shell);
  if (timeline === null) shell.exitCode = EXIT.usage;
  return timeline;
}

function upstreamsOf({ upstream, ca, hostHeader }: Options): Upstream[] {
  const pem =
    ca === undefined ? undefined : inEnvironment(`can't read ${ca}`, () => fs.readFileSync(ca));
  try {
    return parseUpstreams(upstream, pem, hostHeader);
  } catch (error) {
    throw new UsageError(`--${(error as Error).message}`);
  }
}

async function listening(address: ListenAddress, listen: () => Promise<void>): Promise<void> {
  await listen().catch((error: NodeJS.ErrnoException) => {
    throw cannotListen(address, error);
  });
}

function openLogs(
  { log, faultsLog }: Options,
  live: LiveView | null,
  failed: (name: string, error: NodeJS.ErrnoException) => void,
): ProxyLogs {
  const open = <L extends 'server' | 'faults'>(of: L, file: string | undefined) => {
    const name = file ?? 'the log';
    return inEnvironment(`can't open ${name}`, () =>
      openShown(of, file, { onError: (error) => failed(name, error) }, live),
    );
  };
  const server = open('server', log);
  try {
    const faults = faultsLog === undefined && !live ? null : open('faults', faultsLog);
    return { server, faults };
  } catch (error) {
    server.close();
    throw error;
  }
}
