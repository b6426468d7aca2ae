import { isInForeground } from './foreground.ts';
import type { Shell } from './shell.ts';

/** By key: what it does, in a word or two, and doing it. */
export type Keys = Record<string, readonly [does: string, press: () => void]>;

const CTRL_C = '\u0003';
const CTRL_Z = '\u001a';

/**
 * Listens to the keys of a terminal as they are pressed, or of a pipe as they come. A terminal in whose background
 * the process runs is left alone: to touch it there stops a process.
 *
 * @returns a function that ends it
 */
export function onKeys(shell: Shell, keys: Keys): () => void {
  const { stdin, surroundings } = shell;
  if (stdin.isTTY && !isInForeground()) return () => {};
  const help = () => {
    const told = Object.entries(keys).map(([key, [does]]) => `${key} ${does}`);
    shell.printError(`keys: ${told.join(', ')}`);
  };
  // A terminal in raw mode makes no signals of these.
  const others: Record<string, (() => void) | undefined> = {
    '?': help,
    [CTRL_C]: () => surroundings.emit('SIGINT', 'SIGINT'),
    [CTRL_Z]: () => suspend(shell),
  };
  const listener = (chunk: Buffer) => {
    for (const key of chunk.toString('latin1')) (keys[key]?.[1] ?? others[key])?.();
  };
  stdin.on('data', listener);
  if (stdin.isTTY) {
    stdin.setRawMode?.(true);
    shell.printError('? for the keys');
  }
  return () => {
    stdin.off('data', listener);
    if (stdin.isTTY) stdin.setRawMode?.(false);
    // A pipe that stays open must not keep the process.
    stdin.pause();
    stdin.unref?.();
  };
}

/** As Ctrl-Z does, until `fg`; after `bg`, it goes on without keys. */
function suspend({ stdin }: Shell): void {
  if (!stdin.isTTY) return;
  stdin.setRawMode?.(false);
  stdin.pause();
  process.once('SIGCONT', () => {
    if (!isInForeground()) return;
    stdin.setRawMode?.(true);
    stdin.resume();
  });
  process.kill(process.pid, 'SIGTSTP');
}
