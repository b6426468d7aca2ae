import { spawn } from 'node:child_process';
import path from 'node:path';
import { EnvironmentError } from '../simulate/errors.ts';

type Command = readonly [program: string, ...args: string[]];

/** What opens a file with what its kind is opened with. On Windows `start` would be a shell's; this is what it calls. */
const OPENERS: Partial<Record<NodeJS.Platform, Command>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};
const OTHERWISE: Command = ['xdg-open'];

/** One that still runs then has become the browser. */
const OPEN_AFTER_MS = 3000;

/**
 * Opens a file as a click on it would, without a shell.
 *
 * @throws EnvironmentError where that fails
 */
export async function openFile(
  file: string,
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): Promise<void> {
  const [program, ...args] = OPENERS[platform] ?? OTHERWISE;
  const child = spawn(program, [...args, path.resolve(file)], {
    env,
    detached: true,
    stdio: 'ignore',
  });
  const problem = await new Promise<string | null>((resolve) => {
    const timer = setTimeout(() => resolve(null), OPEN_AFTER_MS);
    child.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve(code === 'ENOENT' ? `there is no ${program}` : message);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(code === 0 ? null : `${program} ended with ${signal ?? `exit ${code}`}`);
    });
  });
  child.unref();
  if (problem !== null) {
    throw new EnvironmentError(`can't open ${file}: ${problem}; open it in a browser yourself`);
  }
}
