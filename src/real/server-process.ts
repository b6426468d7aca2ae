/** Entry point of the server's own process; `server-handle.ts` forks it and speaks to it. */

import { setTimeout as sleep } from 'node:timers/promises';
import { openLog } from './logs.ts';
import { ReferenceServer } from './server.ts';
import type { FromServer, ToServer, Troubles } from './server-handle.ts';

let server: ReferenceServer | null = null;

const tell = (message: FromServer): void => {
  // The parent may be gone already.
  if (process.connected) process.send?.(message, () => {});
};

function trouble(server: ReferenceServer, { rejects, stalls, closes }: Troubles): void {
  server.rejectHandshakes(rejects);
  server.stallHandshakes(stalls);
  server.closeOnOpen(closes);
}

type Listen = Extract<ToServer, { type: 'listen' }>;

async function listen({ options, logFile, ports, troubles }: Listen) {
  const log = openLog<'server'>(logFile, {
    onError: ({ message }) => tell({ type: 'failed', message }),
  });
  for (const port of ports) {
    const candidate = new ReferenceServer({ ...options, port }, log);
    trouble(candidate, troubles);
    try {
      const { url } = await candidate.start();
      server = candidate;
      tell({ type: 'listening', url, port });
      return;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE' && port !== ports.at(-1)) continue;
      tell({ type: 'failed', message });
      process.disconnect();
      return;
    }
  }
}

/** Closing handshakes may take this long before a kill goes ahead all the same. */
const BARRIER_MS = 1000;

/** What reached this process before has been heard and logged, closing handshakes to their end; no more begin. */
async function barrier(): Promise<void> {
  const deadline = performance.now() + BARRIER_MS;
  server?.spareConnections();
  // Once around the event loop at least: sockets may have things to say.
  do await sleep(5);
  while (server?.isClosingAny() && performance.now() < deadline);
  tell({ type: 'barrier' });
}

let stopping = false;

async function stop(drainMs = 0): Promise<void> {
  // The parent may ask for it, and then die.
  if (stopping) return;
  stopping = true;
  await server?.stop(drainMs);
  if (process.connected) process.disconnect();
  // Half-open peers and pending timers must not keep a stopped server alive; its log is on disk.
  process.exit(0);
}

process.on('message', (message: ToServer) => {
  switch (message.type) {
    case 'listen':
      void listen(message).catch(({ message }: Error) => tell({ type: 'failed', message }));
      break;
    case 'trouble':
      if (server) trouble(server, message.troubles);
      break;
    case 'close':
      server?.closeSessions(message.sessionIds, message.code, message.reason);
      break;
    case 'barrier':
      void barrier();
      break;
    case 'stop':
      void stop(message.drainMs);
      break;
  }
});

// They reach the whole process group, as with Ctrl-C; the parent says when to stop.
process.on('SIGINT', () => {}).on('SIGTERM', () => {});
// The parent died without a word.
process.on('disconnect', () => stop());

tell({ type: 'ready' });
