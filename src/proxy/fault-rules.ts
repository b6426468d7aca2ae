import type * as z from 'zod';
import { randomFor } from '../core/random.ts';
import type { WriteLog } from '../core/records.ts';
import { sizeOfShare } from '../core/share.ts';
import {
  type ConnectionFault,
  type ConnectionTarget,
  type FaultOptions,
  type FaultyConnection,
  type HandshakeTarget,
  PROXY_FAULTS,
  type ProxyFault,
  type ProxyFaultName,
  type Target,
  type UpgradeFault,
} from './faults/index.ts';

/** What a fault was told makes no sense; the message says what, where, and what would. */
export class BadFault extends Error {
  override name = 'BadFault';
}

export interface FaultRulesHost {
  readonly seed: number;
  /** Those that a fault can do anything to. */
  connections(): FaultyConnection[];
  readonly log: WriteLog<'faults'>;
  /** Handshakes that were stalled may go on. */
  unstalled(): void;
}

/** A fault that was asked for. */
interface FaultRule {
  fault: ProxyFault<Target>;
  params: Target;
  occurrence: number;
  random: () => number;
  /** Handshakes, or later connections, that it may still hit. */
  left: number;
  /** It has had its draw on them. */
  drawn: WeakSet<FaultyConnection>;
  /** Connections that it hit, and that live. */
  hit: Set<FaultyConnection>;
  timer?: NodeJS.Timeout;
}

/** The faults that were asked for: what they hit now, what they hit later, and how they are taken back. */
export class FaultRules {
  readonly #host: FaultRulesHost;
  #rules: FaultRule[] = [];
  #occurrences = 0;

  constructor(host: FaultRulesHost) {
    this.#host = host;
  }

  /**
   * @returns how many connections were hit
   * @throws BadFault
   */
  inject<F extends ProxyFaultName>(name: F, options: FaultOptions[F]): number {
    const fault = PROXY_FAULTS[name] as ProxyFault<Target>;
    const rule = this.#rule(fault, parsed(name, fault.params, options));
    if (fault.kind === 'handshake') {
      this.#keep(rule);
      this.#tell(rule, null);
      return 0;
    }
    const hit = this.#draw(rule);
    rule.left -= hit.length;
    if (rule.left > 0 || isHealable(name, rule.params)) this.#keep(rule);
    if (hit.length === 0) this.#tell(rule, null);
    for (const connection of hit) this.#hit(rule, fault, connection);
    return hit.length;
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** Takes back all that lasts. */
  heal(): void {
    for (const rule of [...this.#rules]) this.#end(rule);
  }

  /** What is done to an upgrade request; null: nothing. */
  upgradeFaultOn(connection: FaultyConnection): { does: UpgradeFault; fault: string } | null {
    // The latest holds.
    for (const rule of this.#rules.toReversed()) {
      const { fault, params } = rule;
      if (fault.kind !== 'handshake' || rule.left === 0 || !this.#falls(rule, connection)) continue;
      rule.left -= 1;
      return { does: fault.does(params), fault: fault.logged };
    }
    return null;
  }

  /** A connection is further on than before: it was accepted, or its session is known. */
  advanced(connection: FaultyConnection): void {
    for (const rule of this.#rules) {
      const { fault } = rule;
      if (fault.kind === 'connection' && rule.left > 0 && this.#falls(rule, connection)) {
        rule.left -= 1;
        this.#hit(rule, fault, connection);
      }
    }
  }

  /** Its hello is known: what hit it before is told with its names. */
  named(connection: FaultyConnection): void {
    for (const rule of this.#rules) if (rule.hit.has(connection)) this.#tell(rule, connection);
  }

  gone(connection: FaultyConnection): void {
    for (const rule of this.#rules) rule.hit.delete(connection);
  }

  #rule(fault: ProxyFault<Target>, params: Target): FaultRule {
    this.#occurrences += 1;
    return {
      fault,
      params,
      occurrence: this.#occurrences,
      random: randomFor(this.#host.seed, `proxy/${this.#occurrences}`),
      left: leftOf(fault, params),
      drawn: new WeakSet(),
      hit: new Set(),
    };
  }

  /** Of those that are here, exactly the share or the number that was asked for. */
  #draw(rule: FaultRule): FaultyConnection[] {
    const here = this.#host.connections().filter((connection) => reaches(rule, connection));
    for (const connection of here) rule.drawn.add(connection);
    const { share = 1, count, lasting } = rule.params as ConnectionTarget;
    if (lasting === 'later') return [];
    const size = count ?? sizeOfShare(share, here.length);
    return here
      .map((connection) => ({ connection, at: size < here.length ? rule.random() : 0 }))
      .sort((one, other) => one.at - other.at)
      .slice(0, size)
      .map(({ connection }) => connection);
  }

  /** Of those that come, each with that probability, once. */
  #falls(rule: FaultRule, connection: FaultyConnection): boolean {
    if (!reaches(rule, connection) || rule.drawn.has(connection)) return false;
    rule.drawn.add(connection);
    const { share = 1 } = rule.params;
    return share === 1 || rule.random() < share;
  }

  #hit(rule: FaultRule, fault: ConnectionFault<Target>, connection: FaultyConnection): void {
    rule.hit.add(connection);
    this.#tell(rule, connection);
    fault.inject(connection, rule.params, rule);
  }

  #keep(rule: FaultRule): void {
    this.#rules.push(rule);
    const { forMs } = rule.params;
    if (forMs !== undefined) rule.timer = setTimeout(() => this.#end(rule), forMs).unref();
  }

  #end(rule: FaultRule): void {
    if (rule.timer) clearTimeout(rule.timer);
    this.#rules = this.#rules.filter((other) => other !== rule);
    for (const connection of rule.hit) connection.lift(rule);
    if (rule.fault.kind === 'handshake') this.#host.unstalled();
    this.#host.log('fault_ended', { fault: rule.fault.logged, occurrence: rule.occurrence });
  }

  #tell({ fault, params, occurrence }: FaultRule, connection: FaultyConnection | null): void {
    const expected = fault.expected(params);
    this.#host.log('fault_injected', {
      fault: fault.logged,
      occurrence,
      session_id: connection?.names.session_id ?? null,
      connection_sequence: connection?.names.connection_sequence ?? null,
      client_close_code: expected.client_close_code ?? null,
      server_close_code: expected.server_close_code ?? null,
      half_open: expected.half_open ?? false,
      kills_server: false,
      delays_frames: expected.delays_frames ?? false,
      takes_page: false,
      restores_storage: false,
    });
  }
}

function reaches({ fault, params }: FaultRule, { names, stage, isSilent }: FaultyConnection) {
  if (fault.kind === 'connection') {
    if (fault.from === 'accepted' && stage === 'asked') return false;
    if (isSilent && !fault.hitsSilent(params)) return false;
  }
  return params.session === undefined || names.session_id === params.session;
}

function leftOf(fault: ProxyFault<Target>, params: Target): number {
  if (fault.kind === 'handshake') return (params as HandshakeTarget).times ?? Infinity;
  const { lasting = fault.lasts, count = Infinity } = params as ConnectionTarget;
  return lasting === false ? 0 : count;
}

/** What was imposed is lifted again. */
const isHealable = (name: ProxyFaultName, params: Target): boolean =>
  name === 'latency' || (params as FaultOptions['drop']).how === 'silent';

function parsed(name: string, schema: z.ZodType<Target>, options: unknown): Target {
  const { data, error } = schema.safeParse(options);
  if (data !== undefined) return data;
  const problems = (error?.issues ?? []).map(({ path, message }) =>
    [name, ...path.map(String), message].join(': '),
  );
  throw new BadFault(problems.join('; '));
}
