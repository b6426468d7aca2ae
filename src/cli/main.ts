import { Command, CommanderError } from 'commander';
import { WSDIAG_VERSION } from '../real/version.ts';
import { EXIT, isKnown } from './exit.ts';
import { onBrokenOutput, printError } from './terminal.ts';

/** In the order of the help. Each is loaded when it is called: together they take longer than some do. */
const COMMANDS: Record<string, () => Promise<(program: Command) => void>> = {
  simulate: async () => (await import('./simulate.ts')).addSimulate,
  check: async () => (await import('./check.ts')).addCheck,
  sessions: async () => (await import('./sessions.ts')).addSessions,
  timeline: async () => (await import('./timeline.ts')).addTimeline,
  query: async () => (await import('./query.ts')).addQuery,
  report: async () => (await import('./report.ts')).addReport,
  tail: async () => (await import('./tail.ts')).addTail,
  validate: async () => (await import('./validate.ts')).addValidate,
  init: async () => (await import('./init.ts')).addInit,
  schema: async () => (await import('./schema.ts')).addSchema,
  serve: async () => (await import('./serve.ts')).addServe,
  connect: async () => (await import('./connect.ts')).addConnect,
};

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
    await (await createProgram(argv[2])).parseAsync(argv);
  } catch (error) {
    process.exitCode = explain(error);
  }
}

/** With that command; with all of them where it is none, for the help and for suggestions. */
async function createProgram(name = ''): Promise<Command> {
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
  const called = Object.hasOwn(COMMANDS, name) ? [COMMANDS[name]] : Object.values(COMMANDS);
  for (const load of called) (await load?.())?.(program);
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
