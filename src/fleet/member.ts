import { type NatsConnection, NoRespondersError, RequestError } from '@nats-io/transport-node';
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

/** Silence after which a worker that plays counts as lost: it is told of within two seconds. */
const SILENT_MS = 1750;
/** Before it plays, for it may have thousands of tabs to open. */
const SILENT_BEFORE_MS = 60_000;
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
  /** NaN before it has joined. */
  #heardAt = Number.NaN;
  #isAsked = false;
  #hasLeft = false;

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

  get isOver(): boolean {
    const { state } = this.status ?? {};
    return state === 'played' || state === 'sent' || state === 'failed';
  }

  get hasJoined(): boolean {
    return !this.#hasLeft && !Number.isNaN(this.#heardAt);
  }

  /** It was lost, and nothing is heard of it. */
  get isAway(): boolean {
    return this.lost !== null && this.#silence > SILENT_MS;
  }

  /** Whatever it is asked for may never come. */
  get isInTrouble(): boolean {
    return this.lost !== null || (this.status?.error ?? null) !== null;
  }

  get #silence(): number {
    return performance.now() - this.#heardAt;
  }

  get #isSilent(): 'silent' | null {
    const { state } = this.status ?? {};
    const isBefore = state === undefined || BEFORE.has(state);
    return this.#silence > (isBefore ? SILENT_BEFORE_MS : SILENT_MS) ? 'silent' : null;
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
   * @returns why it is to be given up, if it is
   */
  async ping(): Promise<WorkerLostReason | null> {
    if (this.#isAsked) return this.#isSilent;
    this.#isAsked = true;
    try {
      this.status = parseMessage(status, await this.#ask({ type: 'ping' }, PING_WITHIN_MS));
      this.#heardAt = performance.now();
      return this.status.state === 'failed' ? 'failed' : null;
    } catch (error) {
      return isGone(error) ? 'gone' : this.#isSilent;
    } finally {
      this.#isAsked = false;
    }
  }

  /** It is free again: its silence is none. */
  leave(): void {
    this.#heardAt = Number.NaN;
    this.#hasLeft = true;
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

const BEFORE: ReadonlySet<string> = new Set(['joined', 'opening', 'ready']);

/** Nobody listens where it did: its connection to NATS is closed. */
export const isGone = (error: unknown): boolean =>
  error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());
