import { Command, CommanderError } from 'commander';
import { WSDIAG_VERSION } from '../real/version.ts';
import { COMMANDS } from './command-table.ts';
import { EXIT, isKnown } from './exit.ts';
import { mappedStack } from './mapped-stack.ts';
import { Shell, type Surroundings } from './shell.ts';

/**
 * Runs the command line, and never exits: output may still be in a pipe.
 *
 * @param args what comes after `wsdiag`
 * @returns the exit code
 */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const shell = new Shell(surroundings);
  try {
    const program = await createProgram(args, shell);
    await program.parseAsync(args, { from: 'user' });
    return shell.exitCode;
  } catch (error) {
    return explain(error, shell);
  }
}

/** Runs it as the process's own, whose exit code it sets. */
export async function runProcess(): Promise<void> {
  const shell = new Shell(process);
  onBrokenOutput(shell, () => {
    // Whatever the verdict is by then, nobody has seen it.
    process.once('exit', () => {
      process.exitCode = EXIT.usage;
    });
  });
  // Node's own exit code for these, 1, would read as findings.
  process.on('uncaughtException', (error) => process.exit(explain(error, shell)));
  process.exitCode = await main(process.argv.slice(2), process);
}

/** With all commands by name, for the help and for suggestions, and the one that is called as a whole. */
async function createProgram(args: readonly string[], shell: Shell): Promise<Command> {
  const { stdout, stderr } = shell;
  const program = new Command('wsdiag')
    .description(
      'Reproduces WebSocket reconnect storms on real sockets, and proves from the logs that ' +
        'every session can be followed through them.',
    )
    .version(WSDIAG_VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => shell.printError(text),
      getOutHelpWidth: () => stdout.columns || 80,
      getErrHelpWidth: () => stderr.columns || 80,
    })
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for usage and examples)')
    .addHelpText(
      'after',
      `
Examples:
  $ wsdiag init && wsdiag simulate scenario.yaml
  $ wsdiag check
  $ wsdiag check --help`,
    );
  // Behind `help` or `--`, too.
  const called = args.find((word) => Object.hasOwn(COMMANDS, word));
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).summary(summary);
    if (name === called) (await load())(command, shell);
  }
  return program;
}

/** Says what went wrong, and gives the exit code for it. */
function explain(error: unknown, shell: Shell): number {
  // Commander has printed its own message; help and --version come this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.pass : EXIT.usage;
  if (isKnown(error)) {
    shell.printError(`wsdiag: ${error.message}`);
    return EXIT.usage;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  shell.printError(
    `wsdiag: this is a bug in wsdiag ${WSDIAG_VERSION}; please report it.\n${mappedStack(stack)}`,
  );
  return EXIT.bug;
}

/**
 * A reader that went away (`| head`) is no error of ours, and no reason to lose the exit code. Output
 * that can't be written for another reason, as on a full disk, is told of once.
 */
function onBrokenOutput(shell: Shell, broken: () => void): void {
  let told = false;
  shell.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (told || error.code === 'EPIPE') return;
    told = true;
    shell.printError(`wsdiag: can't write the output: ${error.message}`);
    broken();
  });
  // There is nowhere left to say it.
  shell.stderr.on('error', () => {});
}
