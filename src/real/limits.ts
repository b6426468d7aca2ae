import fs from 'node:fs';

/** Descriptors a process needs beside its sockets: logs, IPC, the event loop's own. */
const OTHER_DESCRIPTORS = 64;

/** Open files this process may have, or null where the system doesn't say. */
function descriptorLimit(): number | null {
  try {
    const limits = fs.readFileSync('/proc/self/limits', 'utf8');
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null;
  }
}

/** How many sockets fit, or null where the system doesn't say. */
export function socketLimit(): number | null {
  const limit = descriptorLimit();
  return limit === null ? null : limit - OTHER_DESCRIPTORS;
}
