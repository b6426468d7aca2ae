import { type NatsConnection, RequestError } from '@nats-io/transport-node';
import type { WorkerLostReason } from '../core/records.ts';
import type { Share } from '../scenario/shares.ts';
import type { ClockOffset } from './clocks.ts';
import {
  accepted,
  encode,
  parseMessage,
  type Status,
  SUBJECTS,
  status,
  type ToWorker,
  type WorkerInfo,
} from './messages.ts';

/** Silence after which a worker counts as lost: it is told of within two seconds. */
const SILENT_MS = 1750;
const PING_WITHIN_MS = 1000;
const ANSWER_WITHIN_MS = 5000;

type Told<T> = T extends { storm: string } ? Omit<T, 'storm'> : never;
/** What a member is told; the storm is known. */
export type ToMember = Told<ToWorker>;

/** A worker of a storm, as the coordinator knows it. */
export class Member {
  readonly info: WorkerInfo;
  /** From 1. */
  readonly worker: number;
  readonly share: Share;
  status: Status | null = null;
  lost: WorkerLostReason | null = null;
  clock: ClockOffset | null = null;
  readonly #nats: NatsConnection;
  readonly #storm: string;
  #heardAt = Number.NaN;
  #isAsked = false;

  constructor(
    nats: NatsConnection,
    storm: string,
    { info, worker, share }: { info: WorkerInfo; worker: number; share: Share },
  ) {
    this.#nats = nats;
    this.#storm = storm;
    this.info = info;
    this.worker = worker;
    this.share = share;
  }

  get name(): string {
    return this.info.name;
  }

  /** Its part is over, in whatever way. */
  get isOver(): boolean {
    const { state } = this.status ?? {};
    return this.lost !== null || state === 'played' || state === 'sent' || state === 'failed';
  }

  /** @returns why it refuses, or null where it does as it is told */
  async tell(message: ToMember, withinMs = ANSWER_WITHIN_MS): Promise<string | null> {
    const answer = parseMessage(accepted, await this.#ask(message, withinMs));
    if ('refused' in answer) return answer.refused;
    if (message.type === 'join') this.#heardAt = performance.now();
    return null;
  }

  /**
   * Asks how it stands, unless it still owes an answer.
   *
   * @returns why it is lost, where it turns out to be
   */
  async ping(): Promise<WorkerLostReason | null> {
    if (Number.isNaN(this.#heardAt)) return null;
    if (performance.now() - this.#heardAt > SILENT_MS) return 'silent';
    if (this.#isAsked) return null;
    this.#isAsked = true;
    try {
      this.status = parseMessage(status, await this.#ask({ type: 'ping' }, PING_WITHIN_MS));
      this.#heardAt = performance.now();
      return this.status.state === 'failed' ? 'failed' : null;
    } catch (error) {
      return isGone(error) ? 'gone' : null;
    } finally {
      this.#isAsked = false;
    }
  }

  /** This process stood still, and heard nobody. */
  forgive(ms: number): void {
    this.#heardAt += ms;
  }

  async #ask(message: ToMember, timeout: number): Promise<Uint8Array> {
    const text = encode({ ...message, storm: this.#storm });
    return (await this.#nats.request(SUBJECTS.worker(this.info.id), text, { timeout })).data;
  }
}

/** Nobody listens where it did: its connection to NATS is closed. */
export const isGone = (error: unknown): boolean =>
  error instanceof RequestError && error.isNoResponders();
