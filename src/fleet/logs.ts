import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { jetstreamManager } from '@nats-io/jetstream';
import { type ObjectStore, Objm } from '@nats-io/obj';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import { workerLog } from '../core/records.ts';
import { EnvironmentError, environmentError, inEnvironment } from '../simulate/errors.ts';
import { bucketOf, encode, type Manifest, manifest, parseMessage } from './messages.ts';

/** Bytes of a log that are sent as one object: what has to be sent again where a transfer broke. */
const PART_BYTES = 8 * 1024 * 1024;
const TRANSFER_WITHIN_MS = 30_000;
/** How long the logs of a storm wait to be collected. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

const gzip = promisify(zlib.gzip);
const gunzip = promisify(zlib.gunzip);

/** What each worker writes. */
export const LOGS = ['client', 'faults'] as const;
/** Where a log is to be written. */
export type PathOf = (log: (typeof LOGS)[number]) => string;
export type LogPaths = Readonly<Record<(typeof LOGS)[number], string>>;

const partName = (log: (typeof LOGS)[number], worker: number, part: number): string =>
  `${workerLog(log, worker)}.${part}.gz`;
const manifestName = (worker: number): string => `worker-${worker}.json`;

/** Where a run directory has a worker's logs. */
export const logsIn =
  (directory: string, worker: number): PathOf =>
  (log) =>
    path.join(directory, workerLog(log, worker));

/** Where a worker keeps what it logs of a storm, until that has arrived. */
export const keptDirectory = (directory: string, storm: string, worker: number): string =>
  path.join(directory, `${storm}-${worker}`);

/**
 * The object store of a storm's logs, made if it isn't there.
 *
 * @throws EnvironmentError where the NATS server has no JetStream
 */
export async function openBucket(nats: NatsConnection, storm: string): Promise<ObjectStore> {
  try {
    await jetstreamManager(nats);
    return await new Objm(nats).create(bucketOf(storm), { ttl: nanos(KEPT_MS) });
  } catch (error) {
    throw new EnvironmentError(
      `NATS keeps no logs: ${(error as Error).message}; start it with JetStream, as \`nats-server -js\` does`,
      { cause: error },
    );
  }
}

/** The same, where it is there. */
export async function findBucket(nats: NatsConnection, storm: string): Promise<ObjectStore | null> {
  try {
    return await new Objm(nats).open(bucketOf(storm));
  } catch {
    return null;
  }
}

/**
 * Puts a worker's logs into the store; parts that are there already are not sent again.
 *
 * @param options.partBytes at most `PART_BYTES`
 * @param options.onPart called with each part that is there
 */
export async function sendLogs(
  bucket: ObjectStore,
  worker: number,
  paths: LogPaths,
  { partBytes = PART_BYTES, onPart = () => {} }: { partBytes?: number; onPart?(): void } = {},
): Promise<void> {
  const logs: Manifest['logs'] = [];
  for (const log of LOGS) {
    if (!fs.existsSync(paths[log])) continue;
    logs.push(await sendLog(bucket, { worker, log, file: paths[log], partBytes, onPart }));
  }
  await put(bucket, manifestName(worker), Buffer.from(encode({ worker, logs })));
}

interface SentLog {
  worker: number;
  log: (typeof LOGS)[number];
  file: string;
  partBytes: number;
  onPart(): void;
}

async function sendLog(
  bucket: ObjectStore,
  { worker, log, file: name, partBytes, onPart }: SentLog,
): Promise<Manifest['logs'][number]> {
  const hash = createHash('sha256');
  const file = await fs.promises.open(name);
  try {
    let [parts, bytes] = [0, 0];
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(partBytes), 0, partBytes, bytes);
      if (bytesRead === 0) return { log, parts, bytes, sha256: hash.digest('hex') };
      const raw = buffer.subarray(0, bytesRead);
      hash.update(raw);
      await put(bucket, partName(log, worker, parts), await gzip(raw));
      onPart();
      bytes += bytesRead;
      parts += 1;
    }
  } finally {
    await file.close();
  }
}

/** One that NATS does not let through would be waited for without end. */
async function get(bucket: ObjectStore, name: string): Promise<Uint8Array | null> {
  const tooLate = new AbortController();
  try {
    return await Promise.race([
      bucket.getBlob(name),
      sleep(TRANSFER_WITHIN_MS, null, { signal: tooLate.signal }).then(() => {
        throw new EnvironmentError(
          `${name} did not come within ${TRANSFER_WITHIN_MS / 1000} s; may this user of NATS do all that ` +
            'docs/many-machines.md names?',
        );
      }),
    ]);
  } finally {
    tooLate.abort();
  }
}

async function put(bucket: ObjectStore, name: string, data: Buffer): Promise<void> {
  const digest = `SHA-256=${createHash('sha256').update(data).digest('base64url')}`;
  const sent = await bucket.info(name);
  if (sent && !sent.deleted && sent.digest.replace(/=+$/, '') === digest) return;
  await bucket.putBlob({ name }, data, { timeout: TRANSFER_WITHIN_MS });
}

/** Whether a worker's logs are all there already. */
export const isHere = (pathOf: PathOf): boolean => LOGS.every((log) => fs.existsSync(pathOf(log)));

/**
 * Writes a worker's logs from the store to where a run directory has them.
 *
 * @returns whether they are all there
 * @throws EnvironmentError where what is in the store is not what the worker sent, or can't be written
 */
export async function fetchLogs(
  bucket: ObjectStore,
  worker: number,
  pathOf: PathOf,
): Promise<boolean> {
  const data = await get(bucket, manifestName(worker));
  if (data === null) return false;
  const { logs } = inEnvironment(`${manifestName(worker)} can't be read`, () =>
    parseMessage(manifest, data),
  );
  for (const one of logs) await fetchLog(bucket, worker, one, pathOf(one.log));
  return logs.length === LOGS.length;
}

async function fetchLog(
  bucket: ObjectStore,
  worker: number,
  { log, parts, bytes, sha256 }: Manifest['logs'][number],
  place: string,
): Promise<void> {
  const hash = createHash('sha256');
  // Under its own name only once it is whole.
  const unfinished = `${place}.part`;
  const file = await fs.promises.open(unfinished, 'w').catch((error) => {
    throw environmentError(`can't write ${unfinished}`, error);
  });
  let written = 0;
  try {
    for (let part = 0; part < parts; part += 1) {
      const data = await get(bucket, partName(log, worker, part));
      if (data === null) throw new Error(`part ${part + 1} of ${parts} is missing`);
      const raw = await gunzip(data, { maxOutputLength: PART_BYTES });
      hash.update(raw);
      written += raw.length;
      await file.write(raw);
    }
    if (written !== bytes || hash.digest('hex') !== sha256) throw new Error('its digest differs');
  } catch (error) {
    fs.rmSync(unfinished, { force: true });
    throw new EnvironmentError(
      `${workerLog(log, worker)} did not arrive as it was sent: ${(error as Error).message}`,
      { cause: error },
    );
  } finally {
    await file.close();
  }
  inEnvironment(`can't write ${place}`, () => fs.renameSync(unfinished, place));
}
