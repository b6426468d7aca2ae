import { randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/transport-node';
import { LOG_SCHEMA } from '../../src/core/records.ts';
import {
  encode,
  parseMessage,
  type Status,
  SUBJECTS,
  type ToWorker,
  toWorker,
} from '../../src/fleet/messages.ts';
import { WSDIAG_VERSION } from '../../src/real/version.ts';

/** What it answers instead of what a sound worker would; null: nothing. undefined: as a sound one. */
type Answer = (message: ToWorker) => object | null | undefined;

/** Says what a worker says that plays a storm, and plays nothing. */
export function fakeWorker(nats: NatsConnection, name: string, answer: Answer = () => undefined) {
  const id = randomUUID();
  const told: { message: ToWorker; at: number }[] = [];
  let state: Status['state'] = 'joined';
  const statusNow = (): Status => ({
    state,
    error: null,
    tabs: 0,
    connected: 0,
    attempts: 0,
    losses: 0,
    attempts_per_second: 0,
    sent_parts: 0,
  });
  const info = () => ({
    id,
    name,
    machine: 'a machine',
    wsdiag_version: WSDIAG_VERSION,
    log_schema: LOG_SCHEMA,
    busy: state !== 'joined',
    max_clients: 1000,
    open_files: null,
    ports: null,
    free_memory_bytes: 1e9,
    dials_per_second: null,
  });
  const sound = (message: ToWorker): object => {
    if (message.type === 'clock') return { monotonic_ms: performance.now(), wall_ms: Date.now() };
    if (message.type === 'ping') return statusNow();
    if (message.type === 'open') state = 'ready';
    if (message.type === 'start') state = 'playing';
    if (message.type === 'calm' || message.type === 'stop') state = 'played';
    return { ok: true };
  };
  nats.subscribe(SUBJECTS.who, { callback: (_, message) => void message.respond(encode(info())) });
  nats.subscribe(SUBJECTS.worker(id), {
    callback: (_, request) => {
      const message = parseMessage(toWorker, request.data);
      told.push({ message, at: performance.now() });
      const own = answer(message);
      const reply = own === undefined ? sound(message) : own;
      if (reply !== null) request.respond(encode(reply));
    },
  });
  return { told, statusNow };
}
