import { WORKER_LOST_REASONS } from '../core/records.ts';
import type { WorkerNote } from '../model/workers.ts';

type Fields = Readonly<Record<string, unknown>>;

const MAX_TEXT = 60;

/** What a line says about a worker; undefined where it lacks a field, or has what can't be. */
export function workerNote(event: string, fields: Fields): WorkerNote | undefined {
  const worker = counted(fields.worker);
  if (worker === undefined) return undefined;
  if (event === 'worker_joined') return joined(worker, fields);
  if (event === 'worker_left') {
    const { clock_offset_ms: offset = null, clock_error_ms: error = null } = fields;
    const isRead = isNumber(offset) && isNumber(error);
    const clock_offset_ms = isRead ? offset : null;
    return { what: 'left', worker, clock_offset_ms, clock_error_ms: isRead ? error : null };
  }
  const reason = WORKER_LOST_REASONS.find((one) => one === fields.reason) ?? 'gone';
  return { what: 'lost', worker, reason, error: text(fields.error) };
}

function joined(worker: number, fields: Fields): WorkerNote | undefined {
  const { clock_offset_ms, clock_error_ms } = fields;
  const clients = counted(fields.clients, 0);
  const first_client = counted(fields.first_client);
  const every = counted(fields.every);
  if (clients === undefined || first_client === undefined || every === undefined) return undefined;
  if (!isNumber(clock_offset_ms) || !isNumber(clock_error_ms)) return undefined;
  const [name, machine] = [text(fields.name), text(fields.machine)];
  const who = { worker, name, machine, clients, first_client, every };
  return { what: 'joined', ...who, clock_offset_ms, clock_error_ms };
}

const isNumber = (value: unknown): value is number => Number.isFinite(value);

const counted = (value: unknown, least = 1): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= least ? (value as number) : undefined;

const text = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, MAX_TEXT) : '';
