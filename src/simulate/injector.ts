import type { Clock } from '../core/host.ts';
import type { WriteLog } from '../core/records.ts';
import type { ServerControl, ServerNode, Tab } from '../core/world.ts';
import { type Expected, type FaultName, faultNamed, type Heal, NOTHING } from '../faults/index.ts';
import type { World } from '../worlds/world.ts';

/** One fault at one time, on those it hits. */
export interface Injection {
  fault: FaultName;
  params: Params;
  /** Its number among the plan's hits, from 1. */
  occurrence: number;
  tabs: readonly Tab[];
}

type Params = Record<string, unknown>;
type Target = Tab | ServerControl | ServerNode;

/** One that lasts, on one tab, on the server, or on a node of it. */
interface Lasting {
  begin(): Heal;
  heal: Heal;
}

/**
 * Injects faults, writes each into the log first, and takes back what lasts. Where several of a kind last
 * on the same tab, or on the server, the latest holds, and the last of them to end ends it.
 */
export class Injector {
  readonly #clock: Clock;
  readonly #server: ServerControl;
  readonly #log: WriteLog<'faults'>;
  /** Which worker it is; a worker's lines say so. */
  readonly #worker: number | null;
  /** By timer. */
  readonly #ends = new Map<unknown, () => void>();
  /** By fault, and by what it is on: those that last, the latest on top. */
  readonly #lasting = new Map<FaultName, Map<Target, Lasting[]>>();

  constructor(
    { clock, server }: Pick<World, 'clock' | 'server'>,
    log: WriteLog<'faults'>,
    worker: number | null = null,
  ) {
    this.#worker = worker;
    this.#clock = clock;
    this.#server = server;
    this.#log = log;
  }

  inject({ fault: name, params, occurrence, tabs: candidates }: Injection): void {
    const fault = faultNamed(name);
    const tabs = candidates.filter((tab) => fault.hits(tab, params));
    if (tabs.length === 0 && fault.target === 'sessions') return;
    const write = (expected: Expected, hit: Tab[]) =>
      this.#write({ fault: name, params, occurrence }, expected, hit);
    if (fault.goesOn?.(this.#server, params)) write(NOTHING, []);
    else write(fault.expected(params, this.#server.goodbyeCode), tabs);
    const lastsMs = fault.lastsMs?.(params);
    if (lastsMs === undefined) {
      fault.inject({ params, tabs, server: this.#server });
      return;
    }
    const targets = fault.target === 'server' ? [this.#targetOf(params)] : tabs;
    const ends = targets.map((target) => this.#last(name, target, params));
    // When a server is up again, a worker can't tell.
    const tellsEnd = fault.target === 'sessions' || this.#worker === null;
    this.#endAfter(lastsMs, () => {
      const tell = () => tellsEnd && this.#log('fault_ended', { fault: name, occurrence });
      void Promise.all(ends.map((end) => end())).then(tell);
    });
  }

  /** Takes back all that lasts, now. */
  healAll(): void {
    for (const [timer, end] of this.#ends) {
      this.#clock.clearTimer(timer);
      end();
    }
    this.#ends.clear();
  }

  #targetOf({ node }: Params): ServerControl | ServerNode {
    return this.#server.nodes[Number(node) - 1] ?? this.#server;
  }

  /** Begins what lasts on one target; what it returns ends it. */
  #last(name: FaultName, target: Target, params: Params): Heal {
    const begin = () => {
      const tabs = faultNamed(name).target === 'server' ? [] : [target as Tab];
      return faultNamed(name).inject({ params, tabs, server: this.#server }) ?? NOTHING_TO_HEAL;
    };
    const ofFault = this.#lasting.get(name) ?? new Map<Target, Lasting[]>();
    this.#lasting.set(name, ofFault);
    const stack = ofFault.get(target) ?? [];
    ofFault.set(target, stack);
    const lasting = { begin, heal: begin() };
    stack.push(lasting);
    return () => {
      const wasOnTop = stack.at(-1) === lasting;
      stack.splice(stack.indexOf(lasting), 1);
      const next = stack.at(-1);
      if (next) {
        if (wasOnTop) next.heal = next.begin();
        return undefined;
      }
      ofFault.delete(target);
      return lasting.heal();
    };
  }

  #endAfter(delayMs: number, end: () => void): void {
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#ends.delete(timer);
      end();
    });
    this.#ends.set(timer, end);
  }

  #write(
    { fault, params: { node }, occurrence }: Omit<Injection, 'tabs'>,
    expected: Expected,
    tabs: Tab[],
  ): void {
    // What found no session of a worker's, the coordinator tells.
    if (tabs.length === 0 && this.#worker !== null) return;
    const sessions = tabs.length === 0 ? [NO_SESSION] : tabs.flatMap((tab) => tab.sessions);
    for (const { sessionId, connectionSequence } of sessions) {
      this.#log('fault_injected', {
        fault,
        occurrence,
        session_id: sessionId,
        connection_sequence: connectionSequence,
        client_close_code: expected.clientCloseCode,
        server_close_code: expected.serverCloseCode,
        half_open: expected.halfOpen ?? false,
        kills_server: expected.killsServer ?? false,
        delays_frames: expected.delaysFrames ?? false,
        takes_page: expected.takesPage ?? false,
        restores_storage: expected.restoresStorage ?? false,
        ...(typeof node === 'number' && { node }),
        ...(this.#worker !== null && { worker: this.#worker }),
      });
    }
  }
}

const NOTHING_TO_HEAL: Heal = () => {};

/** What happens to the server is on record also where it hit nobody. */
const NO_SESSION = { sessionId: null, connectionSequence: null };
