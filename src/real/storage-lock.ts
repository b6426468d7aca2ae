import { closeSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export class StorageLockedError extends Error {
  override readonly name = 'StorageLockedError';
  readonly directory: string;
  /** Of the process that holds the directory; it may be this one. */
  readonly pid: number;

  constructor(directory: string, pid: number) {
    const holder = pid === process.pid ? `this process (${pid})` : `process ${pid}`;
    super(
      `${directory}: session storage is in use by ${holder}; ` +
        'wait until it ends, stop it, or use another directory',
    );
    this.directory = directory;
    this.pid = pid;
  }
}

/**
 * Claims `directory` for this process and returns the function that gives it up. The lock is
 * advisory and good for processes that see each other's PIDs: one machine, one PID namespace.
 *
 * Each process makes a file of its own name before it looks for others. So of two that come
 * together, at least one sees the other: both may be refused, but never both let in. And a dead
 * process's file can be removed by anyone at any time, for no live process has that name.
 *
 * @throws StorageLockedError
 */
export function lockDirectory(directory: string): () => void {
  const own = `lock-${process.pid}-${startTime(process.pid)}`;
  createLock(directory, own);
  const release = () => rmSync(join(directory, own), { force: true });
  try {
    refuseIfHeld(directory, own);
  } catch (error) {
    release();
    throw error;
  }
  return release;
}

function createLock(directory: string, name: string): void {
  try {
    closeSync(openSync(join(directory, name), 'wx'));
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    throw new StorageLockedError(directory, process.pid);
  }
}

function refuseIfHeld(directory: string, own: string): void {
  for (const name of readdirSync(directory)) {
    const [, pid, started] = /^lock-([1-9]\d*)-(\d+)$/.exec(name) ?? [];
    if (pid === undefined || started === undefined || name === own) continue;
    if (isAlive(Number(pid), started)) throw new StorageLockedError(directory, Number(pid));
    rmSync(join(directory, name), { force: true });
  }
}

/** When in doubt, alive: a lock too many is a nuisance, one too few loses numbers. */
function isAlive(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return !hasCode(error, 'ESRCH'); // EPERM: it is there, and another user's
  }
  const now = processStat(pid);
  if (now === undefined || started === UNKNOWN_START) return true;
  // A PID in use again has another start time. A zombie has closed its files, but keeps its PID
  // until its parent asks for it, which may be never.
  return now.started === started && now.state !== 'Z';
}

const UNKNOWN_START = '0';

function startTime(pid: number): string {
  return processStat(pid)?.started ?? UNKNOWN_START;
}

/**
 * State and start time (in clock ticks since boot), fields 3 and 22 of proc_pid_stat(5); undefined
 * where there is no such file, as outside Linux.
 */
function processStat(pid: number): { state: string; started: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Field 2, the command's name, may hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, started] = [fields[0], fields[19]];
    return state === undefined || started === undefined ? undefined : { state, started };
  } catch {
    return undefined;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
