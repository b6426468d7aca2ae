import type { NatsConnection } from '@nats-io/transport-node';
import { UserError } from '../model/user-error.ts';
import { readFleet } from './fleet-file.ts';
import { fetchLogs, findBucket, isHere, logsIn } from './logs.ts';
import { encode, SUBJECTS } from './messages.ts';

/** Logs are sent again where they were not, so it may take a while. */
const ANSWERS_WITHIN_MS = 5000;
const DONE_WITHIN_MS = 500;

/**
 * Fetches the logs of a run that did not arrive with its end.
 *
 * @returns names of the workers whose logs still can't be had
 * @throws UserError for a run that no workers played
 * @throws EnvironmentError where what arrives is not what was sent
 */
export async function collectLogs(nats: NatsConnection, directory: string): Promise<string[]> {
  const fleet = readFleet(directory);
  if (fleet === null) {
    throw new UserError(`${directory} is no run that workers played: it has no fleet.json`);
  }
  // They have their names only once they are whole, and NATS may have them no more.
  const wanted = fleet.workers.filter(({ worker }) => !isHere(logsIn(directory, worker)));
  if (wanted.length === 0) return [];
  await askWorkers(nats, { storm: fleet.storm, done: false });
  const bucket = await findBucket(nats, fleet.storm);
  const missing: string[] = [];
  for (const { worker, name } of wanted) {
    if (!bucket || !(await fetchLogs(bucket, worker, logsIn(directory, worker))))
      missing.push(name);
  }
  if (missing.length === 0) {
    await bucket?.destroy();
    await askWorkers(nats, { storm: fleet.storm, done: true });
  }
  return missing;
}

async function askWorkers(
  nats: NatsConnection,
  message: { storm: string; done: boolean },
): Promise<void> {
  try {
    const answers = await nats.requestMany(SUBJECTS.collect, encode(message), {
      strategy: 'timer',
      maxWait: message.done ? DONE_WITHIN_MS : ANSWERS_WITHIN_MS,
    });
    for await (const _ of answers);
  } catch {
    // Nobody is there: what was sent before may be.
  }
}
