/** Entry point of a worker on the coordinator's own machine; `local-fleet.ts` forks it. */

import { measureCapacity } from './capacity.ts';
import { connectNats } from './connect.ts';
import { Worker } from './worker.ts';

/** What a local worker is told first. */
export interface LocalWorker {
  name: string;
  nats: string;
  directory: string;
  allowRemote: readonly string[];
}

const MAX_CLIENTS = 1_000_000;

async function work({ name, nats: url, directory, allowRemote }: LocalWorker): Promise<void> {
  const nats = await connectNats({ url, name, env: process.env });
  const capacity = await measureCapacity(MAX_CLIENTS, false);
  const worker = new Worker(nats, {
    name,
    allowRemote,
    maxDialsPerSecond: null,
    capacity,
    directory,
    // The coordinator tells what there is to tell, as long as it is there.
    note: (text) => {
      if (!process.connected) process.stderr.write(`wsdiag: ${name}: ${text}\n`);
    },
  });
  end = () => worker.close();
}

/** What is to be done first, should the coordinator end. */
let end = async (): Promise<void> => {};
// However it ends, and as early as that may be.
process.once('disconnect', () => void end().finally(() => process.exit()));

process.once('message', (message: LocalWorker) => {
  work(message).catch((error: Error) => {
    process.stderr.write(`wsdiag: ${message.name}: ${error.message}\n`);
    process.exit(1);
  });
});
