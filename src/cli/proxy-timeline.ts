import { formatDuration } from '../core/duration.ts';
import { faultNamed } from '../faults/index.ts';
import { UserError } from '../model/user-error.ts';
import type { WebSocketProxy } from '../proxy/proxy.ts';
import { faultText, makePlan, type PlannedHit, timeText } from '../scenario/index.ts';
import { type ProxiedFault, proxied } from './proxied-faults.ts';
import { loadAll, type ScenarioText } from './scenario-files.ts';
import type { Shell } from './shell.ts';

/** `when`: the scenario's time, as plans show it; empty where there is none. */
type Tell = (text: string, when: string) => void;

/** The plan's times are the same with each; whom they hit, the proxy draws. */
const ANY_SEED = 0;

/** null where the file has mistakes, which are told. */
export async function loadTimeline(file: string, shell: Shell): Promise<ProxyTimeline | null> {
  const [scenario] = (await loadAll([file], shell)) ?? [];
  return scenario ? new ProxyTimeline(scenario) : null;
}

/** A scenario's faults at their times, put by a proxy between whoever connects. The rest of a scenario is left aside. */
export class ProxyTimeline {
  /** null where the scenario leaves it open. */
  readonly seed: number | null;
  readonly #name: string;
  readonly #durationMs: number;
  /** In order of time. */
  readonly #hits: PlannedHit[];
  /** By entry of the timeline. */
  readonly #faults: ProxiedFault[];
  #next = 0;
  /** Monotonic, milliseconds; null before. */
  #beganAt: number | null = null;
  #timer: NodeJS.Timeout | undefined;

  /** @throws UserError that names each entry that a proxy can't do */
  constructor({ file, scenario }: ScenarioText) {
    this.seed = scenario.seed;
    this.#name = scenario.name;
    this.#durationMs = scenario.durationMs;
    this.#hits = makePlan(scenario, ANY_SEED).hits;
    if (this.#hits.length === 0) throw new UserError(`${file}: its timeline has nothing to play`);
    const problems: string[] = [];
    this.#faults = scenario.timeline.flatMap((entry, index) => {
      const fault = proxied(entry);
      if (typeof fault !== 'string') return [fault];
      problems.push(
        `${file}: entry ${index + 1} of the timeline is ${entry.fault}, which a proxy can't do: it ${fault}`,
      );
      return [];
    });
    if (problems.length > 0) throw new UserError(problems.join('\n'));
  }

  /** What is going to happen, for who waits. */
  get announcement(): string {
    return `${this.#name}: its ${formatDuration(this.#durationMs)} begin with the first WebSocket`;
  }

  /** Time zero; what is to happen then has happened when it returns. Does nothing the second time. */
  begin(proxy: WebSocketProxy, tell: Tell): void {
    if (this.#beganAt !== null) return;
    this.#beganAt = performance.now();
    tell(`${this.#name}: begins`, '');
    this.#play(this.#beganAt, proxy, tell);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #play(beganAt: number, proxy: WebSocketProxy, tell: Tell): void {
    const elapsedMs = performance.now() - beganAt;
    let hit = this.#hits[this.#next];
    for (; hit && hit.atMs <= elapsedMs; hit = this.#hits[this.#next]) {
      this.#next += 1;
      const { fault, options } = this.#faults[hit.entry] as ProxiedFault;
      tell(lineOf(hit, proxy.inject(fault, options)), timeText(hit.atMs));
    }
    const nextMs = hit?.atMs ?? this.#durationMs;
    if (hit || elapsedMs < nextMs) {
      this.#timer = setTimeout(() => this.#play(beganAt, proxy, tell), nextMs - elapsedMs);
    } else {
      proxy.heal();
      tell('all is healed, and passes on', timeText(this.#durationMs));
    }
  }
}

function lineOf({ fault, params }: PlannedHit, connections: number): string {
  const whom = connections === 1 ? ': 1 connection' : `: ${connections} connections`;
  const isOfServer = faultNamed(fault).target === 'server';
  return `${faultText(fault, params)}${isOfServer ? '' : whom}`;
}
