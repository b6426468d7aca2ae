import os from 'node:os';
import type { Command } from 'commander';
import { connectNats, measureCapacity, Worker } from '../../fleet/index.ts';
import { EXIT } from '../exit.ts';
import { collected, integer, nonEmpty } from '../options.ts';
import type { Shell } from '../shell.ts';
import { aborted, onInterrupt } from '../signals.ts';

interface Options {
  nats?: string;
  name: string;
  allowRemote: string[];
  maxClients: number;
  maxDials?: number;
  dir: string;
}

const MAX_CLIENTS = 1_000_000;

export function addWorker(command: Command, shell: Shell): void {
  command
    .description(
      'Plays its share of storms, one after the other, as `simulate --nats` asks, until Ctrl-C or SIGTERM. ' +
        'It dials only this machine and hosts that --allow-remote names, starts nothing, and reads no files and ' +
        'variables that a scenario names.',
    )
    .option('--nats <url>', 'where NATS is (default: the variable NATS_URL)', nonEmpty)
    .option(
      '--name <name>',
      'what the report calls it',
      nonEmpty,
      `${os.hostname()}-${process.pid}`,
    )
    .option(
      '--allow-remote <host>',
      'a host beside this machine that may be stormed (repeatable)',
      collected,
      [],
    )
    .option(
      '--max-clients <n>',
      'clients that it plays at most (default: what the machine carries)',
      integer(1, MAX_CLIENTS),
      MAX_CLIENTS,
    )
    .option('--max-dials <n>', 'dials a second that it makes at most', integer(1, MAX_CLIENTS))
    .option('--dir <dir>', 'where logs are kept until they have arrived', nonEmpty, 'wsdiag-worker')
    .addHelpText(
      'after',
      `
Who it is to NATS comes from NATS_USER and NATS_PASSWORD, NATS_CREDS, NATS_NKEY
or NATS_TOKEN, TLS from NATS_CA, NATS_CERT and NATS_KEY, as in NATS’s own tools.

Examples:
  $ wsdiag worker --nats nats://10.0.0.5:4222 --allow-remote staging.example.com
  $ NATS_URL=tls://nats.example.com:4222 NATS_CREDS=./worker.creds wsdiag worker`,
    )
    .action((options: Options) => work(options, shell));
}

async function work(options: Options, shell: Shell): Promise<void> {
  const { name, allowRemote, maxClients, maxDials, dir } = options;
  const interruption = onInterrupt(shell.surroundings);
  const nats = await connectNats({ url: options.nats, name, env: shell.env });
  const capacity = await measureCapacity(maxClients, true);
  const worker = new Worker(nats, {
    name,
    allowRemote,
    maxDialsPerSecond: maxDials ?? null,
    capacity,
    directory: dir,
    note: (text) => shell.printError(`${name}: ${text}`),
  });
  const { max_clients, dials_per_second } = capacity;
  shell.printError(
    `${name}: ready for up to ${max_clients} clients, ${dials_per_second} dials a second; stop it with Ctrl-C`,
  );
  await aborted(interruption.signal);
  await worker.close();
  shell.exitCode = interruption.exitCode ?? EXIT.pass;
  interruption.release();
}
