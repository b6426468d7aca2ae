import type { Command } from 'commander';
import { collectLogs, connectNats } from '../../fleet/index.ts';
import { EXIT } from '../exit.ts';
import { nonEmpty } from '../options.ts';
import type { Shell } from '../shell.ts';

interface Options {
  nats?: string;
}

export function addCollect(command: Command, shell: Shell): void {
  command
    .description(
      'Fetches the logs of a run’s workers that had not arrived when it ended, from NATS or from workers that ' +
        'are back. `check` judges the run then.',
    )
    .argument('<run>', 'directory of the run')
    .option('--nats <url>', 'where NATS is (default: the variable NATS_URL)', nonEmpty)
    .addHelpText(
      'after',
      `
Exit codes:
  0 all logs are there   2 wrong usage or environment   3 some still are not

Examples:
  $ wsdiag collect wsdiag-runs/latest --nats nats://10.0.0.5:4222
  $ wsdiag check wsdiag-runs/latest`,
    )
    .action(async (run: string, options: Options) => {
      shell.exitCode = await collect(run, options, shell);
    });
}

async function collect(run: string, { nats: url }: Options, shell: Shell): Promise<number> {
  const nats = await connectNats({ url, name: 'wsdiag collect', env: shell.env });
  try {
    const missing = await collectLogs(nats, run);
    if (missing.length === 0) {
      shell.print(`all logs are there; judge them with: ${shell.command} check ${run}`);
      return EXIT.pass;
    }
    shell.printError(
      `wsdiag: logs of ${missing.join(', ')} can't be had: is the worker started, with the same --dir?`,
    );
    return EXIT.unknown;
  } finally {
    await nats.close();
  }
}
