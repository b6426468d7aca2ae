import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/**
 * Begins the command as the leader of a process group, beside a watcher that ends the group once nobody holds the
 * other end of descriptor 3: when this process is killed, the system closes that. A shell that SIGTERM ended at once
 * would not say how the command ended.
 */
const WATCHED = `
(trap '' TERM INT HUP; read -r _ <&3; kill -TERM 0; sleep 3; kill -KILL 0) >/dev/null 2>&1 &
exec 3<&-
trap 'exit $?' TERM
eval "$0"`;

/**
 * Starts a command that ends with this process, however that ends. Its fourth descriptor is closed once the watcher
 * is gone.
 *
 * @param command as a shell takes it
 */
export function spawnWatched(
  command: string,
  { cwd, env }: { cwd?: string | undefined; env: NodeJS.ProcessEnv },
): ChildProcess {
  const child = spawn('/bin/sh', ['-c', WATCHED, command], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  (child.stdio[3] as Readable).on('error', () => {}).resume();
  return child;
}

/** Signals all processes of the group that it leads, of which none may be left. */
export function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
