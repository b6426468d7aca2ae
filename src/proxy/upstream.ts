import net from 'node:net';
import tls from 'node:tls';
import { NO_WS_URL, wsUrl } from '../core/ws-url.ts';
import { hostOf, portOf } from '../real/dialled-server.ts';
import type { HostHeader } from './host-header.ts';

/** Where the proxied server listens. */
export interface Upstream {
  /** Without a path. */
  url: string;
  host: string;
  port: number;
  secure: boolean;
  ca: string | Buffer | undefined;
  hostHeader: HostHeader;
}

/**
 * @param hostHeader default: the upstream's own over TLS, which names it in SNI; else the client's
 * @throws TypeError with what is wrong, and what to write
 */
export function parseUpstreams(
  given: string | URL | readonly (string | URL)[],
  ca?: string | Buffer,
  hostHeader?: HostHeader,
): Upstream[] {
  const upstreams = [given].flat().map((upstream) => parseUpstream(upstream, ca, hostHeader));
  if (upstreams.length > 0) return upstreams;
  throw new TypeError('upstream names no server; write ws://host:port');
}

function parseUpstream(
  given: string | URL,
  ca: string | Buffer | undefined,
  hostHeader: HostHeader | undefined,
): Upstream {
  const url = wsUrl(() => new URL(given));
  if (url === null) throw new TypeError(`upstream "${given}" ${NO_WS_URL}`);
  const bare = `${url.protocol}//${url.host}`;
  if (url.pathname !== '/' || url.search !== '') {
    throw new TypeError(
      `upstream "${given}" has a path; write ${bare}, for paths pass as clients ask for them`,
    );
  }
  const secure = url.protocol === 'wss:';
  return {
    url: bare,
    host: hostOf(url),
    port: portOf(url),
    secure,
    ca,
    hostHeader: hostHeader ?? (secure ? 'upstream' : 'client'),
  };
}

/** @param ready it is connected, and over TLS its certificate is good */
export function connectUpstream(upstream: Upstream, ready: () => void): net.Socket {
  const { host, port, secure, ca } = upstream;
  const address = { host, port, allowHalfOpen: true };
  // TLS takes no `noDelay` as an option.
  const socket = secure
    ? tls.connect({ ...address, ca, servername: net.isIP(host) ? '' : host }).setNoDelay()
    : net.connect({ ...address, noDelay: true });
  return socket.once(secure ? 'secureConnect' : 'connect', ready);
}
