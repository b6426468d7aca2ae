import * as z from 'zod';
import type { CutHow, Latency } from '../../core/world.ts';

/** A WebSocket through the proxy, as faults see it. */
export interface FaultyConnection {
  /** Of its hello, once that is known. */
  readonly names: { session_id?: string; connection_sequence?: number };
  /** `asked`: the upgrade request is here. `accepted`: its 101 has passed. */
  readonly stage: ConnectionStage;
  /** A fault leaves it half-open. */
  readonly isSilent: boolean;
  cut(how: 'fin' | 'rst'): void;
  /** Close frames to both sides. */
  close(code: number, reason: string): void;
  /** What is imposed lasts until the same key is lifted. */
  impose(key: object, condition: LinkCondition): void;
  lift(key: object): void;
}

export type ConnectionStage = 'asked' | 'accepted';

/** What a connection may be put under for a while. */
export type LinkCondition = { isSilent: true } | { latency: Latency };

/** What is done to an upgrade request. */
export type UpgradeFault = { status: number; retryAfterSeconds: number | null } | 'stall';

/** What each side sees, as `fault_injected` has it. */
export interface ExpectedCodes {
  client_close_code?: number;
  server_close_code?: number;
  half_open?: boolean;
  delays_frames?: boolean;
}

interface AnyFault<Params extends Target> {
  /** As in scenarios and in fault logs. */
  logged: string;
  params: z.ZodType<Params>;
  expected(params: Params): ExpectedCodes;
}

export interface ConnectionFault<Params extends ConnectionTarget> extends AnyFault<Params> {
  kind: 'connection';
  /** Hits connections from there on. */
  from: ConnectionStage;
  /** Whether connections that come later are hit, where it is not said. */
  lasts: boolean;
  /** Whether it does anything to a connection that is silent. */
  hitsSilent(params: Params): boolean;
  /** `key`: what is imposed is lifted by it when the fault is healed. */
  inject(connection: FaultyConnection, params: Params, key: object): void;
}

export interface HandshakeFault<Params extends HandshakeTarget> extends AnyFault<Params> {
  kind: 'handshake';
  does(params: Params): UpgradeFault;
}

/** Whom a fault hits: all, or whom these fields leave. */
export interface Target {
  /** Connections of this `session_id` alone. */
  session?: string;
  /** Share of them, 0 to 1, drawn with the proxy's seed: above 0, of those that are there at least one. Default: 1. */
  share?: number;
  /** Healed by itself after so many milliseconds. Default: when `heal` is called. */
  forMs?: number;
}

export interface ConnectionTarget extends Target {
  /** So many connections, drawn with the proxy's seed, and no more. In place of `share`. */
  count?: number;
  /** Connections that come later are hit too, until it is healed; `later`: they alone. */
  lasting?: boolean | 'later';
}

export interface HandshakeTarget extends Target {
  /** So many handshakes, and no more. Default: all, until it is healed. */
  times?: number;
}

export interface DropOptions extends ConnectionTarget {
  /**
   * How the TCP connections end, on both sides: with a FIN, with an RST, or not at all, so that both are left
   * half-open. Default: `rst`.
   */
  how?: CutHow;
}

export interface CloseOptions extends ConnectionTarget {
  /** One that may stand in a close frame: 1000-1003, 1007-1014, 3000-4999. Default: 1012. */
  code?: number;
  /** At most 123 bytes of UTF-8. Default: none. */
  reason?: string;
}

export interface LatencyOptions extends ConnectionTarget {
  /** Added each way, milliseconds. */
  delayMs: number;
  /** Up to this much more for each chunk, milliseconds; order is kept. Default: 0. */
  jitterMs?: number;
}

export interface RefuseOptions extends HandshakeTarget {
  /** HTTP status, 400 to 599. Default: 503. */
  status?: number;
  /** Sent as Retry-After, whole seconds. Default: none is sent. */
  retryAfter?: number;
}

export interface StallOptions extends HandshakeTarget {}

const MAX_MS = 24 * 60 * 60 * 1000;
export const milliseconds = z.number().min(0).max(MAX_MS);

const target = {
  session: z.string().min(1).optional(),
  share: z.number().min(0).max(1).optional(),
  forMs: milliseconds.optional(),
};
const atLeastOne = z.int().min(1).optional();

const connectionTarget = z.strictObject({
  ...target,
  count: atLeastOne,
  lasting: z.union([z.boolean(), z.literal('later')]).optional(),
});
export const handshakeTarget = z.strictObject({ ...target, times: atLeastOne });

/** The fields of a fault's own, beside those that say whom it hits. */
export const connectionParams = <Own extends z.ZodRawShape>(own: Own) =>
  connectionTarget.extend(own).refine(isOneOfBoth, {
    path: ['count'],
    error: '"share" and "count" exclude each other; remove one of them',
  });

const isOneOfBoth = ({ share, count }: ConnectionTarget): boolean =>
  share === undefined || count === undefined;
