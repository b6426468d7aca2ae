import { formatDuration } from '../core/duration.ts';
import { sessionIdOf } from '../core/session-ids.ts';
import { type FaultName, faultNamed } from '../faults/index.ts';
import { show } from '../yaml/printable.ts';
import { fieldsOf } from './fields-of.ts';
import { type ClientNumber, hasIdsOfSeed, type Plan, type PlannedHit } from './plan.ts';
import type { Scenario } from './scenario.ts';

/**
 * The plan as text, a line for each hit, and the ids that its sessions will have: the same for the same plan.
 *
 * @param hasOlderStorage as of `hasIdsOfSeed`
 */
export function renderPlan(plan: Plan, scenario: Scenario, hasOlderStorage = false): string {
  const ids = hasIdsOfSeed(scenario, hasOlderStorage) ? idLines(plan) : [NEW_IDS];
  return [
    `seed ${plan.seed}`,
    ...opening(plan, scenario),
    ...plan.hits.map(hitLine),
    ...ids,
    '',
  ].join('\n');
}

const NEW_IDS =
  'sessions have new ids in each run: a target, or a storage, may know those of an earlier one';

function idLines({ seed, dials }: Plan): string[] {
  const names = dials.map(({ client }) => `client-${client}`);
  const named = names.length > MOST_NAMED ? names.slice(0, NAMED_OF_MORE) : names;
  const width = Math.max(...named.map(({ length }) => length));
  const more = names.length - named.length;
  return [
    ...named.map((name) => `${name.padEnd(width)}  session ${sessionIdOf(seed, name, 1)}`),
    ...(more > 0
      ? [`… and ${more} more; timeline finds each: wsdiag timeline ${names.at(-1)} <run>`]
      : []),
  ];
}

function opening(plan: Plan, { clients, durationMs, settleMs }: Scenario): string[] {
  const dials = `${clients.count === 1 ? '1 client dials' : `${clients.count} clients dial`} over ${formatDuration(clients.rampUpMs)}`;
  const times = `faults for ${formatDuration(durationMs)}, then ${formatDuration(settleMs)} to settle`;
  const defects = clients.defect ? [`defect ${clients.defect.name}: ${who(plan.defective)}`] : [];
  return [`${dials}; ${times}`, ...defects];
}

function hitLine({ atMs, clients, fault, params }: PlannedHit): string {
  const target = faultNamed(fault).target === 'server' ? 'server' : who(clients);
  return `${timeText(atMs)}  ${faultText(fault, params)}: ${target}`;
}

/** Aligned, for lines below each other. */
export const timeText = (ms: number): string => `${(ms / 1000).toFixed(3)}s`.padStart(10);

/** `drop how=rst` */
export const faultText = (fault: FaultName, params: Record<string, unknown>): string =>
  [fault, ...paramTexts(fault, params)].join(' ');

function paramTexts(fault: FaultName, params: Record<string, unknown>): string[] {
  return fieldsOf(faultNamed(fault).params)
    .filter(({ name }) => params[name] !== undefined)
    .map(({ name, type }) => `${name}=${valueText(params[name], type)}`);
}

function valueText(value: unknown, type: string): string {
  if (type === 'duration') return formatDuration(Number(value));
  if (type === 'share') return `${Number((Number(value) * 100).toFixed(6))}%`;
  return typeof value === 'string' && /^[a-z]+$/.test(value) ? value : show(value);
}

/** Longer lists are cut. */
const MOST_NAMED = 50;
const NAMED_OF_MORE = 20;

function who(clients: readonly ClientNumber[] | 'all'): string {
  if (clients === 'all') return 'all clients';
  const named = clients.length > MOST_NAMED ? clients.slice(0, NAMED_OF_MORE) : clients;
  const more = clients.length - named.length;
  const names = named.map((client) => `client-${client}`).join(', ');
  const total = `${clients.length} client${clients.length === 1 ? '' : 's'}`;
  return `${total}: ${names}${more > 0 ? `, … and ${more} more` : ''}`;
}
