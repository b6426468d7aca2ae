import type { DialRequest } from '../core/host.ts';
import type { Protocol } from '../core/protocol.ts';
import { fillIn, ofHello, placesOf } from '../core/template.ts';
import type { DialOptions } from './client-socket.ts';

/** What is to be known of a server of one's own, beside its URL. */
export interface DialledServer {
  /** Path and query, with places for a hello's values. */
  path: string;
  /** Their values may have such places too. */
  headers: Readonly<Record<string, string>>;
  subprotocols: readonly string[];
  /** How it is talked with. Default: by wsdiag's own handshake. */
  protocol?: Protocol | undefined;
  /** Where TCP connections go, whatever the URL says. Default: its host, looked up at each dial. */
  at?: { host: string; port: number; secure: boolean } | undefined;
  ca?: string | undefined;
  /** null: as many as there are. */
  maxDialsPerSecond: number | null;
}

type Request = Pick<DialOptions, 'path' | 'moreHeaders'>;

/** Without the brackets of IPv6. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

export const portOf = ({ port, protocol }: URL): number =>
  Number(port) || (protocol === 'wss:' ? 443 : 80);

/** How the server at that URL is dialled: what all dials have in common, and what one has of its own. */
export function dialsTo(url: URL, server?: DialledServer) {
  const secure = url.protocol === 'wss:';
  const common = {
    servername: hostOf(url),
    ...(server?.at ?? { host: hostOf(url), port: portOf(url), secure }),
    ca: server?.ca,
    hostHeader: url.host,
    origin: `${secure ? 'https' : 'http'}://${url.host}`,
    subprotocols: server?.subprotocols ?? [],
  };
  const plain = url.pathname + url.search;
  return { common, request: server ? requestTo(server) : requestAt(plain) };
}

/** Nothing in it is to be filled in. */
const requestAt =
  (path: string) =>
  ({ query }: DialRequest): Request => ({ path: withQuery(path, query) });

function requestTo({ path, headers, subprotocols }: DialledServer) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  if (subprotocols.length > 0) lines.push(`Sec-WebSocket-Protocol: ${subprotocols.join(', ')}\r\n`);
  const text = lines.join('');
  const hasPlaces = placesOf(path + text).length > 0;
  return ({ query, hello }: DialRequest): Request => {
    if (!hasPlaces) return { path: withQuery(path, query), moreHeaders: text };
    const lookUp = ofHello(hello);
    const inUrl = (name: string) => {
      const value = lookUp(name);
      return value === undefined ? undefined : encodeURIComponent(value);
    };
    return { path: withQuery(fillIn(path, inUrl), query), moreHeaders: fillIn(text, lookUp) };
  };
}

function withQuery(path: string, query: DialRequest['query']): string {
  if (query.length === 0) return path;
  const separator = path.includes('?') ? '&' : '?';
  return path + separator + new URLSearchParams(query).toString();
}
