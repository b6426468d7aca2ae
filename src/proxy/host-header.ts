import type { Upstream } from './upstream.ts';

/** Whose Host an upstream is asked with: the client's, as it comes, or its own, by which it may be found. */
export const HOST_HEADERS = ['client', 'upstream'] as const;
export type HostHeader = (typeof HOST_HEADERS)[number];

/**
 * A request's head as its upstream is to have it. With a Host of the upstream's goes the Origin of a page that came
 * through the proxy: to a server that holds the two against each other, it stays a page of its own.
 */
export function headFor(upstream: Upstream, head: Buffer, isUpgrade: boolean): Buffer {
  if (upstream.hostHeader === 'client') return head;
  const text = head.toString('latin1');
  const { host, protocol } = new URL(upstream.url);
  const clientHost = headerOf(text, 'Host');
  if (clientHost === host) return head;
  let rewritten = withHeader(text, 'Host', host);
  const origin = headerOf(text, 'Origin');
  if (origin !== undefined && clientHost !== undefined && isOf(origin, clientHost)) {
    rewritten = withHeader(rewritten, 'Origin', `${protocol.replace('ws', 'http')}//${host}`);
  }
  // Heads of later requests on the same connection are not read.
  if (!isUpgrade) rewritten = withHeader(rewritten, 'Connection', 'close');
  return Buffer.from(rewritten, 'latin1');
}

/** A page's origin is that of the Host it was loaded from. */
function isOf(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  const loadedFrom = `${url.protocol}//${host}`;
  return URL.canParse(loadedFrom) && new URL(loadedFrom).host === url.host;
}

const linesOf = (name: string): RegExp => new RegExp(`\r\n${name}:[ \t]*([^\r\n]*)`, 'gi');

const headerOf = (head: string, name: string): string | undefined =>
  linesOf(name).exec(head)?.[1]?.trimEnd();

/** In place of the first line of that name, and of all others. */
function withHeader(head: string, name: string, value: string): string {
  const line = `\r\n${name}: ${value}`;
  const first = linesOf(name).exec(head);
  if (first === null) return head.replace('\r\n\r\n', () => `${line}\r\n\r\n`);
  const rest = head.slice(first.index + first[0].length);
  return head.slice(0, first.index) + line + rest.replace(linesOf(name), '');
}
