import type { Command } from 'commander';
import { type ClockOffset, connectNats, listWorkers, measureClock } from '../../fleet/index.ts';
import { columns } from '../../report/index.ts';
import { EXIT } from '../exit.ts';
import { nonEmpty } from '../options.ts';
import type { Shell } from '../shell.ts';

interface Options {
  nats?: string;
  json?: boolean;
}

const WIDTH = 80;

export function addWorkers(command: Command, shell: Shell): void {
  command
    .description(
      'Lists the workers that are there, what each can carry, and how its clock stands to this one.',
    )
    .option('--nats <url>', 'where NATS is (default: the variable NATS_URL)', nonEmpty)
    .option('--json', 'print JSON, with every field')
    .addHelpText(
      'after',
      `
Exit codes: 0 workers are there  1 none are there  2 wrong usage or environment

Examples:
  $ wsdiag workers --nats nats://10.0.0.5:4222
  $ wsdiag workers --json | jq '[.[] | select(.busy | not).max_clients] | add'`,
    )
    .action(async (options: Options) => {
      shell.exitCode = await list(options, shell);
    });
}

async function list({ nats: url, json }: Options, shell: Shell): Promise<number> {
  const nats = await connectNats({ url, name: 'wsdiag workers', env: shell.env });
  try {
    const workers = await listWorkers(nats);
    const clocks: (ClockOffset | null)[] = [];
    // One after the other: side by side, they would wait for each other.
    for (const { id } of workers) clocks.push(await measureClock(nats, id).catch(() => null));
    if (json) {
      const told = workers.map((worker, index) => ({
        ...worker,
        clock_offset_ms: clocks[index]?.wallMs ?? null,
        clock_error_ms: clocks[index]?.errorMs ?? null,
      }));
      shell.print(JSON.stringify(told, null, 2));
    } else if (workers.length === 0) {
      shell.printError('wsdiag: no workers are there; start some with `wsdiag worker --nats …`');
    } else {
      const rows = workers.map((worker, index) => [
        worker.name,
        worker.machine,
        worker.wsdiag_version,
        worker.busy ? 'busy' : 'free',
        `${worker.max_clients}`,
        `${worker.dials_per_second ?? '?'}`,
        clockText(clocks[index] ?? null),
      ]);
      for (const line of columns(HEAD, rows, shell.width ?? WIDTH)) shell.print(line);
    }
    return workers.length === 0 ? EXIT.fail : EXIT.pass;
  } finally {
    await nats.close();
  }
}

const HEAD = ['worker', 'machine', 'version', 'state', 'clients', 'dials/s', 'clock'];

function clockText(clock: ClockOffset | null): string {
  if (clock === null) return 'not known';
  const sign = clock.wallMs < 0 ? '-' : '+';
  return `${sign}${Math.abs(clock.wallMs).toFixed(1)} ms ± ${clock.errorMs.toFixed(2)}`;
}
