import type { Seen } from './seen.ts';
import type { Stage } from './stage.ts';

/** What came of a row for one player, in words that do not change from run to run. */
export interface Played {
  /** What a browser told the page; '' for who has no page. */
  page: string;
  client: string;
  server: string;
  end: string;
  /** What is held against the same browser's. */
  measures?: Record<string, number>;
}

export type Outcome =
  | Played
  /** The player cannot play the row; why. */
  | { cannot: string }
  /** The row did not come to its end. */
  | { failed: string };

/** Lines of the client's log that a row looks at. */
const LOOKED_AT = new Set([
  'connection_closed',
  'connection_failed',
  'document_loaded',
  'document_unloaded',
  'sequence_advanced',
  'session_started',
  'throws',
]);

/**
 * Firefox closes a page's sockets before it tells the page that it goes, and the page hears of that
 * most times, but not each time.
 */
const GOING = '1001';

export interface Look {
  /** What stands for each side's events, or the numbers at the end, where they are not the same each time. */
  page?: string;
  client?: string;
  server?: string;
  end?: string;
  /** More that was measured. */
  measured?: string;
  measures?: Record<string, number>;
  /** Whether a page ends with its process, so that its last words may get out or not. */
  breathless?: boolean;
  /** What a page may see or not. */
  maybe?: string;
  /** Whether dials that failed are told of. */
  failures?: boolean;
  /** Words for what comes out one way or the other: what stands for each server text, '' for nothing. */
  either?: Record<string, string>;
}

export function outcomeOf(stage: Stage, look: Look): Played {
  const since = stage.seen.slice(stage.markedAt);
  const ofPage = since.filter(({ side }) => side === 'page');
  const ofClient = since.filter(({ side, event }) => side === 'client' && LOOKED_AT.has(event));
  const server = since
    .filter(({ side, event }) => side === 'server' && event !== 'connection_opened')
    .map(({ text }) => look.either?.[text] ?? text)
    .filter((text) => text !== '');
  return {
    page: ofPage.length === 0 ? '' : (look.page ?? listed(inOrder(ofPage, look))),
    client: look.client ?? listed(inOrder(ofClient, look)),
    server: look.server ?? listed(server),
    end: [look.end ?? numbers(stage.seen), look.measured].filter(Boolean).join('; '),
    measures: look.measures,
  };
}

const inOrder = (seen: Seen[], look: Look): string[] =>
  seen
    .filter((each) => look.failures || !isFailure(each))
    .toSorted((a, b) => a.time - b.time)
    .map(({ text }) => text)
    .filter((text) => text !== GOING && text !== look.maybe)
    .filter((text) => !look.breathless || (text !== 'pagehide' && text !== 'goes'));

const isFailure = ({ text }: Seen): boolean => text === 'dial failed' || text === 'error of a dial';

/** `a, (b, c) ×3` for what comes again and again. */
export function listed(texts: string[]): string {
  const parts: string[] = [];
  for (let at = 0; at < texts.length; ) {
    const period = [1, 2, 3].find((period) => repeats(texts, at, period) > 1) ?? 1;
    const times = repeats(texts, at, period);
    const once = texts.slice(at, at + period).join(', ');
    parts.push(times === 1 ? once : period === 1 ? `${once} ×${times}` : `(${once}) ×${times}`);
    at += period * times;
  }
  return parts.join(', ') || '–';
}

/** How often the next `period` texts come one after the other. */
function repeats(texts: string[], at: number, period: number): number {
  let end = at + period;
  while (end < texts.length && texts[end] === texts[end - period]) end += 1;
  return Math.max(1, Math.floor((end - at) / period));
}

/** `#3`, or `A #2, B #1 from A` where there are several sessions. */
export function numbers(seen: Seen[]): string {
  const last = new Map<string, number>();
  const parents = new Map<string, string>();
  for (const { event, side, session, sequence, parent } of seen) {
    if (session === undefined) continue;
    if (event === 'session_started' && parent) parents.set(session, parent);
    if (side === 'server' && event === 'connection_opened') {
      last.set(session, Math.max(last.get(session) ?? 0, sequence ?? 0));
    }
  }
  if (last.size === 1) return `#${[...last.values()][0]}`;
  // Those that come from none first, for which dials first is chance.
  const ordered = [...last].toSorted(([a], [b]) => Number(parents.has(a)) - Number(parents.has(b)));
  const names = new Map(ordered.map(([id], at) => [id, String.fromCharCode(65 + at)]));
  return ordered
    .map(([id, number]) => {
      const parent = names.get(parents.get(id) ?? '');
      return `${names.get(id)} #${number}${parent ? ` from ${parent}` : ''}`;
    })
    .join(', ');
}

/**
 * How long one had to wait for the next dial, on average over all moments between two, in the unit of the dials. To
 * ask that at one moment of each tab would take hundreds of tabs to tell much.
 */
export function meanWait(dials: number[], from: number, to: number): number {
  let at = from;
  let sum = 0;
  for (const dial of dials.filter((each) => each > from)) {
    const end = Math.min(dial, to);
    sum += ((dial - at) ** 2 - (dial - end) ** 2) / 2;
    at = end;
  }
  return sum / (to - from);
}

export const mean = (values: number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Whether each dial of the one session has spent one number, and no more. */
export function numberADial(seen: Seen[]): string {
  const numbersOf = (side: Seen['side'], event: string) =>
    seen.flatMap((each) => (each.side === side && each.event === event && each.sequence) || []);
  // Pages that go, and those that come, are heard in any order.
  const dialled = numbersOf('client', 'connection_attempt').sort((a, b) => a - b);
  const opened = numbersOf('server', 'connection_opened');
  const last = Math.max(...opened);
  return dialled.length === last && dialled.every((number, at) => number === at + 1)
    ? 'one number a dial'
    : `dials ${dialled.join(' ')}, opened ${opened.join(' ')}`;
}

/** `16–60`: between which of these edges a number lies, so that a table stays the same. */
export function band(value: number, edges: number[]): string {
  const above = edges.find((edge) => value < edge);
  const below = edges.filter((edge) => edge <= value).at(-1);
  if (above === undefined) return `${below} or more`;
  return below === undefined ? `below ${above}` : `${below}–${above}`;
}
