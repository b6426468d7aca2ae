import type { Seen } from './seen.ts';
import type { Stage } from './stage.ts';

/** What came of a row for one player, in words that do not change from run to run. */
export type Outcome =
  | { page: string; server: string; end: string }
  /** The player cannot play the row; why. */
  | { cannot: string }
  /** The row did not come to its end. */
  | { failed: string };

/** What of a page's events a row looks at. */
const LOOKED_AT = new Set([
  'close',
  'error',
  'loaded',
  'offline',
  'online',
  'pagehide',
  'pageshow',
  'sequence_advanced',
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
  server?: string;
  end?: string;
  /** More that was measured. */
  measured?: string;
  /** Whether the row is about 1001 at the page. */
  closes?: boolean;
  /** Whether a page ends with its process, so that its last words may get out or not. */
  breathless?: boolean;
  /** Whether dials that failed are told of. */
  failures?: boolean;
  /** Words for what comes out one way or the other: what stands for each server text, '' for nothing. */
  either?: Record<string, string>;
}

export function outcomeOf(stage: Stage, look: Look): Outcome {
  const since = stage.seen.slice(stage.markedAt);
  const page = since
    .filter((seen) => seen.side === 'page' && LOOKED_AT.has(seen.event))
    .filter((seen) => look.failures || !isFailure(seen))
    .sort((a, b) => a.time - b.time)
    .map(({ text }) => text)
    .filter((text) => text !== GOING || look.closes)
    .filter((text) => text !== 'pagehide' || !look.breathless);
  const server = since
    .filter(({ side, event }) => side === 'server' && event !== 'connection_opened')
    .map(({ text }) => look.either?.[text] ?? text)
    .filter((text) => text !== '');
  return {
    page: look.page ?? listed(page),
    server: look.server ?? listed(server),
    end: [look.end ?? numbers(stage.seen), look.measured].filter(Boolean).join('; '),
  };
}

const isFailure = ({ text }: Seen): boolean => text === 'dial failed' || text === 'error of a dial';

/** `a, b ×3` for what comes again and again. */
export function listed(texts: string[]): string {
  if (texts.length === 0) return '–';
  for (let period = 1; period <= texts.length / 2; period++) {
    const repeats = texts.length / period;
    if (Number.isInteger(repeats) && texts.every((text, at) => text === texts[at % period])) {
      const once = texts.slice(0, period).join(', ');
      return period === 1 ? `${once} ×${repeats}` : `(${once}) ×${repeats}`;
    }
  }
  return texts.join(', ');
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
  const names = new Map([...last.keys()].map((id, at) => [id, String.fromCharCode(65 + at)]));
  return [...last]
    .map(([id, number]) => {
      const parent = names.get(parents.get(id) ?? '');
      return `${names.get(id)} #${number}${parent ? ` from ${parent}` : ''}`;
    })
    .join(', ');
}

/** Whether each dial of the one session has spent one number, and no more. */
export function numberADial(seen: Seen[]): string {
  const numbersOf = (side: Seen['side'], event: string) =>
    seen.flatMap((each) => (each.side === side && each.event === event && each.sequence) || []);
  // Pages that go, and those that come, are heard in any order.
  const dialled = numbersOf('page', 'connection_attempt').sort((a, b) => a - b);
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
