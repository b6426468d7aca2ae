import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type * as z from 'zod';
import { LOG_SCHEMA } from '../core/records.ts';
import { UserError } from '../model/user-error.ts';
import { runDirectoryAt } from '../real/run-directory.ts';
import { WSDIAG_VERSION } from '../real/version.ts';
import { type Capacity, localPorts } from './capacity.ts';
import { type Clocks, OWN_CLOCKS } from './clocks.ts';
import { keptDirectory, openBucket, sendLogs } from './logs.ts';
import {
  BadMessage,
  collect,
  encode,
  isSameVersion,
  type Join,
  parseMessage,
  SUBJECTS,
  type ToWorker,
  toWorker,
  type WorkerInfo,
} from './messages.ts';
import { PlayedStorm } from './played-storm.ts';

export interface WorkerOptions {
  name: string;
  /** Hosts beside this machine that may be stormed. */
  allowRemote: readonly string[];
  maxDialsPerSecond: number | null;
  capacity: Capacity;
  /** Where logs are kept until they have arrived. */
  directory: string;
  /** What its user is to know. */
  note(text: string): void;
  clocks?: Clocks;
}

/** A coordinator that is there speaks many times a second. */
const COORDINATOR_LOST_MS = 5000;
/** For so long it tries to send logs by itself before it takes part in another storm. */
const UNSENT_MS = 60_000;
/** A storm begins some seconds after it is told. */
const MAX_LEAD_MS = 60_000;
const LOOK_EVERY_MS = 500;
/** Notes of messages that can't be taken; a confused peer sends as many as it likes. */
const MAX_BAD_NOTES = 20;

/** Plays its share of one storm after another, as coordinators ask. */
export class Worker {
  readonly id = randomUUID();
  readonly #nats: NatsConnection;
  readonly #options: WorkerOptions;
  readonly #clocks: Clocks;
  readonly #timer: NodeJS.Timeout;
  #storm: PlayedStorm | null = null;
  /** A storm is being prepared. */
  #isJoining = false;
  #heardAt = performance.now();
  #isConnected = true;
  #isSending = false;
  #badNotes = 0;

  constructor(nats: NatsConnection, options: WorkerOptions) {
    this.#nats = nats;
    this.#options = options;
    this.#clocks = options.clocks ?? OWN_CLOCKS;
    fs.mkdirSync(options.directory, { recursive: true });
    this.#on(SUBJECTS.who, () => this.info);
    this.#on(SUBJECTS.worker(this.id), (data) => this.#handle(parseMessage(toWorker, data)));
    this.#on(SUBJECTS.collect, (data) => this.#collect(parseMessage(collect, data)));
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    void this.#follow();
  }

  get info(): WorkerInfo {
    const { name, capacity } = this.#options;
    return {
      id: this.id,
      name,
      machine: os.hostname(),
      wsdiag_version: WSDIAG_VERSION,
      log_schema: LOG_SCHEMA,
      busy: this.#storm !== null || this.#isJoining,
      ...capacity,
    };
  }

  /** Ends the storm that it plays, and hears of no other. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const storm = this.#storm;
    storm?.stop('stopped by its user');
    await storm?.over;
    if (storm) this.#options.note(`stopped; its logs are kept in ${storm.directory.path}`);
    await this.#nats.close();
  }

  async #handle(message: ToWorker): Promise<object> {
    if (message.type === 'clock') {
      return { monotonic_ms: this.#clocks.monotonic(), wall_ms: this.#clocks.wall() };
    }
    if (message.type === 'join') return this.#join(message);
    const storm = this.#storm;
    if (storm?.id !== message.storm) return { refused: 'another storm is played here, or none' };
    this.#heardAt = performance.now();
    switch (message.type) {
      case 'open':
        storm.open(message.epoch_ms);
        break;
      case 'start':
        if (message.at_ms > performance.now() + MAX_LEAD_MS) return { refused: 'too far ahead' };
        storm.start(message.at_ms);
        break;
      case 'ping':
        return storm.status;
      case 'calm':
        storm.calm();
        break;
      case 'stop':
        this.#stop(storm);
        break;
      case 'send':
        void this.#send(storm);
        break;
      case 'done':
        // Else it would play on, heard by nobody, beside the next.
        if (!storm.isOver) return { refused: 'still plays' };
        this.#drop(storm);
        break;
    }
    return { ok: true };
  }

  #stop(storm: PlayedStorm): void {
    const { hasBegun } = storm;
    storm.stop();
    // It has dialled nobody, so nobody wants its logs.
    if (!hasBegun) void storm.over.then(() => this.#drop(storm));
  }

  #drop(storm: PlayedStorm): void {
    storm.remove();
    this.#release(storm);
  }

  async #join(join: Join): Promise<object> {
    const { allowRemote, capacity, directory, maxDialsPerSecond, note } = this.#options;
    if (this.#storm !== null || this.#isJoining) return { refused: 'plays another storm' };
    if (!isSameVersion(join)) {
      return { refused: `is wsdiag ${WSDIAG_VERSION}, and not ${join.wsdiag_version}` };
    }
    this.#isJoining = true;
    try {
      const limits = {
        allowRemote,
        maxClients: capacity.max_clients,
        ports: localPorts(),
        maxDialsPerSecond,
        directory,
      };
      const storm = await PlayedStorm.prepare(join, limits, (session_ids, code, reason) =>
        this.#nats.publish(SUBJECTS.closes(join.storm), encode({ session_ids, code, reason })),
      );
      this.#storm = storm;
      this.#heardAt = performance.now();
      note(`plays ${storm.clients} clients of storm ${storm.id}`);
      return { ok: true };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      note(`refused storm ${join.storm}: ${error.message}`);
      return { refused: error.message };
    } finally {
      this.#isJoining = false;
    }
  }

  /** A coordinator that is gone can't stop a storm; NATS that is gone lets it go on, to its end. */
  #look(): void {
    const storm = this.#storm;
    if (storm === null || !this.#isConnected) return;
    const silentMs = performance.now() - this.#heardAt;
    if (silentMs < COORDINATOR_LOST_MS) return;
    if (!storm.isOver) {
      this.#options.note('the coordinator is lost: stopping');
      storm.stop('the coordinator was lost');
    } else if (storm.state === 'sent') {
      this.#options.note(`its logs are at NATS, and in ${storm.directory.path}`);
      this.#release(storm);
    } else if (silentMs > UNSENT_MS) {
      this.#options.note(`its logs are kept in ${storm.directory.path}, for collect`);
      this.#release(storm);
    } else {
      void this.#send(storm);
    }
  }

  async #send(storm: PlayedStorm): Promise<void> {
    if (this.#isSending || storm.state === 'sent') return;
    this.#isSending = true;
    try {
      await storm.over;
      storm.sentParts = 0;
      await this.#sendFrom(storm.id, storm.worker, storm.directory.path, () => {
        storm.sentParts += 1;
      });
      storm.state = 'sent';
      storm.unsent = null;
    } catch (error) {
      const { message } = error as Error;
      // Each try fails alike.
      if (storm.unsent !== message) {
        this.#options.note(
          `can't send its logs, which are kept in ${storm.directory.path}: ${message}`,
        );
      }
      storm.unsent = message;
    } finally {
      this.#isSending = false;
    }
  }

  async #sendFrom(
    storm: string,
    worker: number,
    directory: string,
    onPart?: () => void,
  ): Promise<void> {
    const { client, faults } = runDirectoryAt(directory);
    const bucket = await openBucket(this.#nats, storm);
    await sendLogs(bucket, worker, { client, faults }, { ...(onPart && { onPart }) });
  }

  #release(storm: PlayedStorm): void {
    if (this.#storm !== storm) return;
    this.#storm = null;
    this.#options.note(`storm ${storm.id} is over`);
  }

  /** Sends logs of a storm that nobody fetched; once they have arrived, they are kept no longer. */
  async #collect({ storm, done }: z.infer<typeof collect>): Promise<object | null> {
    if (this.#storm?.id === storm) return null;
    const { directory, name } = this.#options;
    // Several workers of one machine may keep theirs in one place.
    const kept = fs.readdirSync(directory).flatMap((entry) => {
      const [, id, worker] = /^(.+)-(\d+)$/.exec(entry) ?? [];
      return id === storm ? [Number(worker)] : [];
    });
    for (const worker of kept) {
      const logs = keptDirectory(directory, storm, worker);
      if (done) fs.rmSync(logs, { recursive: true, force: true });
      else await this.#sendFrom(storm, worker, logs);
    }
    return kept.length === 0 ? null : { workers: kept, name };
  }

  /** Answers a subject's requests; null answers nothing. */
  #on(subject: string, answer: (data: Uint8Array) => object | null | Promise<object | null>): void {
    const callback = async (error: Error | null, message: Msg): Promise<void> => {
      if (error) return;
      try {
        const reply = await answer(message.data);
        if (reply !== null) message.respond(encode(reply));
      } catch (error) {
        this.#bad(error as Error, subject);
      }
    };
    this.#nats.subscribe(subject, {
      callback: (error, message) => {
        void callback(error, message);
      },
    });
  }

  #bad(error: Error, subject: string): void {
    this.#badNotes += 1;
    if (this.#badNotes > MAX_BAD_NOTES) return;
    const what = error instanceof BadMessage ? 'a message that can’t be taken' : 'failed';
    this.#options.note(`${subject}: ${what}: ${error.message}`);
  }

  async #follow(): Promise<void> {
    for await (const { type } of this.#nats.status()) {
      if (type === 'disconnect') {
        this.#isConnected = false;
        this.#options.note('NATS is lost; what is played goes on');
      } else if (type === 'reconnect') {
        this.#isConnected = true;
        // Who had nobody to speak through was not silent.
        this.#heardAt = performance.now();
        this.#options.note('NATS is back');
      }
    }
  }
}
