/** What Linux tells of other processes: CPU and memory. */
import fs from 'node:fs';

/** Clock ticks a second, which Linux fixes at 100 for user space. */
const MICROSECONDS_PER_TICK = 10_000;

/** User and system time of a process so far, in microseconds. */
export function cpuMicroseconds(pid) {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MICROSECONDS_PER_TICK;
}

/** Largest resident set of a process so far, in MiB. */
export function peakMiB(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)[1]) / 1024;
}

export function childrenOf(pid) {
  const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.trim().split(/\s+/).filter(Boolean).map(Number);
}

/** A process and all that come from it, as far as they live. */
export function familyOf(pid) {
  return [pid, ...childrenOf(pid).flatMap(familyOf)];
}

/** User and system time of all children that have ended, and of theirs, in microseconds. */
export function endedChildrenCpuMicroseconds() {
  const stat = fs.readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * MICROSECONDS_PER_TICK;
}
