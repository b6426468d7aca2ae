import type * as z from 'zod';
import type { FAULTS, FaultName } from '../faults/index.ts';
import type { FaultOptions, ProxyFaultName } from '../proxy/faults/index.ts';
import type { Portion, TimelineEntry } from '../scenario/index.ts';

/** One of the proxy's own faults, and what it is told. */
export type ProxiedFault = {
  [F in ProxyFaultName]: { fault: F; options: FaultOptions[F] };
}[ProxyFaultName];

/** The proxy's own fault for an entry of a timeline, or why there is none: a sentence's end, behind "it". */
export function proxied({ fault, params, portion }: TimelineEntry): ProxiedFault | string {
  return (PROXIED[fault] as Proxied)(params as never, portion === 'all' ? {} : portion);
}

type Proxied<Params = never> = (
  params: Params,
  whom: Exclude<Portion, 'all'> | Record<string, never>,
) => ProxiedFault | string;

const inPage = () => 'happens in a page';

const PROXIED: { [F in FaultName]: Proxied<z.output<(typeof FAULTS)[F]['params']>> } = {
  drop: ({ how }, whom) => ({ fault: 'drop', options: { how, ...whom } }),
  close: ({ by, code, reason }, whom) =>
    by === 'server'
      ? { fault: 'close', options: { code, reason, ...whom } }
      : 'is done by a page: use `by: server`',
  latency: ({ for: forMs, delay, jitter }, whom) => ({
    fault: 'latency',
    options: { delayMs: delay, jitterMs: jitter, forMs, ...whom },
  }),
  reject_handshakes: ({ for: forMs, status, retry_after, share }) => ({
    fault: 'refuse',
    options: {
      status,
      share,
      forMs,
      ...(retry_after !== undefined && { retryAfter: Math.ceil(retry_after / 1000) }),
    },
  }),
  stall_handshakes: ({ for: forMs }) => ({ fault: 'stall', options: { forMs } }),
  close_on_open: ({ for: forMs, code, share }) => ({
    fault: 'close',
    options: { code, share, forMs, lasting: 'later' },
  }),
  restart_server: () =>
    'happens to the server: `close` with 1012, or `drop`, and `reject_handshakes` look the same to clients',
  freeze_server: () => 'happens to the server',
  offline: () => 'happens in a browser',
  sleep: () => 'happens to a computer',
  refresh: inPage,
  duplicate_tab: inPage,
  navigate: inPage,
  bfcache: inPage,
  discard: inPage,
  crash: inPage,
  close_tab: inPage,
  reopen_tab: inPage,
  restore: inPage,
  frames: inPage,
  clear_storage: inPage,
  corrupt_storage: inPage,
  hide: inPage,
};
