import type { WriteLog } from '../core/records.ts';
import type { ServerControl, Tab } from '../core/world.ts';
import { type FaultName, faultNamed } from '../faults/index.ts';

/** One fault at one time, on those it hits. */
export interface Injection {
  fault: FaultName;
  params: Record<string, unknown>;
  tabs: readonly Tab[];
}

/** Injects faults, writes each into the log first, and takes back what lasts. */
export class Injector {
  readonly #server: ServerControl;
  readonly #log: WriteLog<'faults'>;
  readonly #lasting = new Map<NodeJS.Timeout, () => void>();
  #occurrences = 0;

  constructor(server: ServerControl, log: WriteLog<'faults'>) {
    this.#server = server;
    this.#log = log;
  }

  inject({ fault: name, params, tabs: candidates }: Injection): void {
    const fault = faultNamed(name);
    const tabs = candidates.filter((tab) => fault.hits(tab));
    if (tabs.length === 0 && fault.target === 'sessions') return;
    this.#write(name, params, tabs);
    const heal = fault.inject({ params, tabs, server: this.#server });
    if (heal) this.#healAfter(fault.lastsMs(params), heal);
  }

  /** Takes back all that lasts, now. */
  healAll(): void {
    for (const [timer, heal] of this.#lasting) {
      clearTimeout(timer);
      heal();
    }
    this.#lasting.clear();
  }

  #healAfter(delayMs: number, heal: () => void): void {
    const timer = setTimeout(() => {
      this.#lasting.delete(timer);
      heal();
    }, delayMs);
    this.#lasting.set(timer, heal);
  }

  #write(name: FaultName, params: Record<string, unknown>, tabs: Tab[]): void {
    this.#occurrences += 1;
    const expected = faultNamed(name).expected(params);
    const sessions = tabs.length === 0 ? [NO_SESSION] : tabs;
    for (const { sessionId, connectionSequence } of sessions) {
      this.#log('fault_injected', {
        fault: name,
        occurrence: this.#occurrences,
        session_id: sessionId,
        connection_sequence: connectionSequence,
        client_close_code: expected.clientCloseCode,
        server_close_code: expected.serverCloseCode,
        half_open: expected.halfOpen ?? false,
        kills_server: expected.killsServer ?? false,
        delays_frames: expected.delaysFrames ?? false,
      });
    }
  }
}

/** What happens to the server is on record also where nobody was there. */
const NO_SESSION = { sessionId: null, connectionSequence: null };
