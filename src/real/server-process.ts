/** Entry point of the server's own process; `server-handle.ts` forks it and speaks to it. */

import { openLog } from './logs.ts';
import { ReferenceServer } from './server.ts';
import type { FromServer, ToServer } from './server-handle.ts';

let server: ReferenceServer | null = null;

const tell = (message: FromServer): void => {
  // The parent may be gone already.
  if (process.connected) process.send?.(message, () => {});
};

async function listen({ options, logFile, ports }: Extract<ToServer, { type: 'listen' }>) {
  const log = openLog<'server'>(logFile, {
    onError: (error) => tell({ type: 'failed', code: error.code ?? '', message: error.message }),
  });
  for (const port of ports) {
    const candidate = new ReferenceServer({ ...options, port }, log);
    try {
      const { url } = await candidate.start();
      server = candidate;
      tell({ type: 'listening', url, port });
      return;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE' && port !== ports.at(-1)) continue;
      tell({ type: 'failed', code: code ?? '', message });
      process.disconnect();
      return;
    }
  }
}

async function stop(): Promise<void> {
  await server?.stop();
  if (process.connected) process.disconnect();
  // Half-open peers and pending timers must not keep a stopped server alive; its log is on disk.
  process.exit(0);
}

process.on('message', (message: ToServer) => {
  switch (message.type) {
    case 'listen':
      void listen(message).catch((error: NodeJS.ErrnoException) => {
        tell({ type: 'failed', code: error.code ?? '', message: error.message });
      });
      break;
    case 'reject':
      server?.rejectHandshakes(message.rule);
      break;
    case 'stall':
      server?.stallHandshakes(message.on);
      break;
    case 'close':
      server?.closeSessions(message.sessionIds, message.code, message.reason);
      break;
    case 'barrier':
      // Once around the event loop: what the sockets had to say has been heard and logged.
      setImmediate(() => setImmediate(() => tell({ type: 'barrier' })));
      break;
  }
});

process.on('SIGTERM', stop);
// Ctrl-C reaches the whole process group; the parent says when to stop.
process.on('SIGINT', () => {});
// The parent died without a word.
process.on('disconnect', stop);
