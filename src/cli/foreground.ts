import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

/** Whether the process may read from its terminal and change it: one that was started with `&` may not. */
export function isInForeground(): boolean {
  const [group, foreground] = fromProc() ?? fromPs();
  return group !== undefined && group === foreground;
}

/** `proc(5)`: behind the name come the state, the parent, the group, the session, the terminal and its group. */
function fromProc(): string[] | undefined {
  try {
    const [, , group, , , foreground] =
      /\) (.*)/s.exec(fs.readFileSync('/proc/self/stat', 'latin1'))?.[1]?.split(' ') ?? [];
    return group !== undefined && foreground !== undefined ? [group, foreground] : undefined;
  } catch {
    return undefined;
  }
}

function fromPs(): string[] {
  const words = ['-o', 'pgid=,tpgid=', '-p', `${process.pid}`];
  return spawnSync('ps', words, { encoding: 'utf8' }).stdout?.trim().split(/\s+/) ?? [];
}
