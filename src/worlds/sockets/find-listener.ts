import dns from 'node:dns/promises';
import net from 'node:net';

const ANSWER_WITHIN_MS = 5000;

/** Whether something listens there. */
export function accepts(host: string, port: number, withinMs = 1000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const done = (is: boolean) => () => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', done(true)).once('error', done(false)).setTimeout(withinMs, done(false));
  });
}

/**
 * The address of a host at which something listens: looked up once, so that a storm is none of name servers too.
 *
 * @throws where the host has none, or nothing listens at any
 */
export async function findListener(host: string, port: number): Promise<string> {
  const found = net.isIP(host)
    ? [host]
    : (await dns.lookup(host, { all: true })).map(({ address }) => address);
  for (const address of found) if (await accepts(address, port, ANSWER_WITHIN_MS)) return address;
  const tried = found.join(', ') === host ? '' : ` (${found.join(', ')})`;
  throw new Error(`nothing listens at ${host}:${port}${tried}; is it started?`);
}
