import type * as z from 'zod';
import type { ServerControl, ServerNode, Tab } from '../core/world.ts';

/** What each side of a connection sees of a fault; the defaults are "nothing". */
export interface Expected {
  /** Close code at the client; null for none. */
  clientCloseCode: number | null;
  /** Close code at the server; null for none. */
  serverCloseCode: number | null;
  /** The server learns of the end only by its heartbeat or by the session's next connection. */
  halfOpen?: boolean;
  killsServer?: boolean;
  delaysFrames?: boolean;
  /** The page may go without a word. */
  takesPage?: boolean;
  /** The next page finds older storage. */
  restoresStorage?: boolean;
}

export const NOTHING: Expected = { clientCloseCode: null, serverCloseCode: null };

/** One occurrence of a fault, on the tabs it hits. */
export interface Hit<Params> {
  params: Params;
  tabs: readonly Tab[];
  server: ServerControl;
}

/** One of the times that a fault happens. */
export interface Step<Params> {
  /** From the fault's own time, milliseconds. */
  afterMs: number;
  params: Params;
}

/** Takes the fault back, where it lasts; a promise where that takes time. */
export type Heal = () => void | Promise<void>;

/**
 * One kind of fault. A new one is one file of this shape, a line in `index.ts`, and a row in the
 * fault table of the docs (which the schema generates).
 */
export interface Fault<Schema extends z.ZodObject = z.ZodObject> {
  /** One sentence for the docs. */
  summary: string;
  /** `server` faults touch every session, so they take no `share` or `count` of sessions. */
  target: 'sessions' | 'server';
  /** The fields it takes beside those every timeline entry has. */
  params: Schema;
  /** Milliseconds until it is healed; absent where it is over at once. */
  lastsMs?(params: z.output<Schema>): number;
  /** What it comes to, where that is more than once: to each node of the server, or several times. */
  steps?(params: z.output<Schema>, nodes: number): Step<z.output<Schema>>[];
  /** What the client sees, for the docs, where that is not at once what `expected` has. */
  clientSees?(params: z.output<Schema>): string | undefined;
  /** What the server sees, for the docs, where `expected` has no code for it. */
  serverSees?: string;
  /** Which tabs it can do anything to; the others are passed over and not logged. */
  hits(tab: Tab, params: z.output<Schema>): boolean;
  /** @param goodbyeCode what the server says when it is stopped gracefully; null where that is not known */
  expected(params: z.output<Schema>, goodbyeCode: number | null): Expected;
  /** Whether it only goes on with one under way: it then hits nobody, and nothing is expected of it. */
  goesOn?(server: ServerControl, params: z.output<Schema>): boolean;
  inject(hit: Hit<z.output<Schema>>): Heal | undefined;
}

/** Keeps the parameter types of one fault while giving it the shape of all. */
export function defineFault<Schema extends z.ZodObject>(fault: Fault<Schema>): Fault<Schema> {
  if (fault.target === 'server') return fault;
  // Nobody does anything on a computer that is asleep.
  return { ...fault, hits: (tab, params) => !tab.asleep && fault.hits(tab, params) };
}

/** To one node, or to each, all at once. */
export const onNodes = <Params extends { node?: number | undefined }>(
  params: Params,
  nodes: number,
): Step<Params>[] =>
  nodes === 1 || params.node !== undefined
    ? [{ afterMs: 0, params }]
    : Array.from({ length: nodes }, (_, index) => ({
        afterMs: 0,
        params: { ...params, node: index + 1 },
      }));

/** The only one, where none is named. */
export const nodeOf = ({ nodes }: ServerControl, node = 1): ServerNode =>
  nodes[node - 1] as ServerNode;

export const isConnected = (tab: Tab): boolean => tab.open && tab.connected;
export const isOpen = (tab: Tab): boolean => tab.open;
