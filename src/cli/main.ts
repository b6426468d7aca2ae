import { Command, CommanderError } from 'commander';
import { WSDIAG_VERSION } from '../real/version.ts';
import { addCheck } from './check.ts';
import { addConnect } from './connect.ts';
import { EXIT, isKnown } from './exit.ts';
import { addInit } from './init.ts';
import { addQuery } from './query.ts';
import { addReport } from './report.ts';
import { addSchema } from './schema.ts';
import { addServe } from './serve.ts';
import { addSessions } from './sessions.ts';
import { addSimulate } from './simulate.ts';
import { addTail } from './tail.ts';
import { onBrokenOutput, printError } from './terminal.ts';
import { addTimeline } from './timeline.ts';
import { addValidate } from './validate.ts';

/** Runs the command line. Sets `process.exitCode`, and never exits: output may still be in a pipe. */
export async function main(argv: string[]): Promise<void> {
  onBrokenOutput(() => {
    // Whatever the verdict is by then, nobody has seen it.
    process.once('exit', () => {
      process.exitCode = EXIT.usage;
    });
  });
  // Node's own exit code for these, 1, would read as findings.
  process.on('uncaughtException', (error) => process.exit(explain(error)));
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    process.exitCode = explain(error);
  }
}

function createProgram(): Command {
  const program = new Command('wsdiag')
    .description(
      'Reproduces WebSocket reconnect storms on real sockets, and proves from the logs that ' +
        'every session can be followed through them.',
    )
    .version(WSDIAG_VERSION)
    .exitOverride()
    .configureOutput({ writeErr: printError })
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for usage and examples)')
    .addHelpText(
      'after',
      `
Examples:
  $ wsdiag init && wsdiag simulate scenario.yaml
  $ wsdiag check wsdiag-runs/latest`,
    );
  for (const add of [
    addSimulate,
    addCheck,
    addQuery,
    addReport,
    addSessions,
    addTimeline,
    addTail,
    addValidate,
    addInit,
    addSchema,
    addServe,
    addConnect,
  ]) {
    add(program);
  }
  return program;
}

/** Says what went wrong, and gives the exit code for it. */
function explain(error: unknown): number {
  // Commander has printed its own message; help and --version come this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.pass : EXIT.usage;
  if (isKnown(error)) {
    printError(`wsdiag: ${error.message}`);
    return EXIT.usage;
  }
  const stack = error instanceof Error ? error.stack : String(error);
  printError(`wsdiag: this is a bug in wsdiag ${WSDIAG_VERSION}; please report it.\n${stack}`);
  return EXIT.bug;
}
