import fs from 'node:fs';

/** Processes that live, beside this one, and have that in their command line. Linux only. */
export function processesWith(mark: string): number[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => commandLineOf(pid).includes(mark))
    .map(Number);
}

/** Empty for one that is gone, or whose end nobody has heard of yet. */
function commandLineOf(pid: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
