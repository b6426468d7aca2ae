import { Argument, Command } from 'commander';
import { COMMANDS } from '../command-table.ts';
import { type Completable, completableOf } from '../completion/completable.ts';
import { fishCompletion } from '../completion/fish.ts';
import { bashCompletion, zshCompletion } from '../completion/posix.ts';
import type { Shell } from '../shell.ts';

const SHELLS: Record<string, (commands: readonly Completable[]) => string> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export function addCompletion(command: Command, shell: Shell): void {
  command
    .description('Prints what a shell completes commands, options and their values by.')
    .addArgument(new Argument('<shell>', 'whose').choices(Object.keys(SHELLS)))
    .addHelpText(
      'after',
      `
Do it once, and again after an update; new shells have it then. zsh wants this
in ~/.zshrc, too:
  fpath+=~/.zfunc; autoload -Uz compinit; compinit

The directory has to be there:
  mkdir -p ~/.local/share/bash-completion/completions
  mkdir -p ~/.zfunc
  mkdir -p ~/.config/fish/completions

Examples:
  $ wsdiag completion bash > ~/.local/share/bash-completion/completions/wsdiag
  $ wsdiag completion zsh > ~/.zfunc/_wsdiag
  $ wsdiag completion fish > ~/.config/fish/completions/wsdiag.fish`,
    )
    .action(async (name: string) => {
      const commands = await Promise.all(
        Object.entries(COMMANDS).map(async ([name, { summary, load }]) => {
          const described = new Command(name).summary(summary);
          (await load())(described, shell);
          return completableOf(described);
        }),
      );
      shell.print(SHELLS[name]?.(commands) ?? '');
    });
}
