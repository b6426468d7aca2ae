import { expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../support/cli.ts';
import { connect, type EchoServer, startEcho, startProxied } from './support.ts';

const threeServers = () => Promise.all([startEcho(), startEcho(), startEcho()]);
const urls = (servers: EchoServer[]) => servers.map(({ url }) => url);
const counts = (servers: EchoServer[]) => servers.map(({ sockets }) => sockets.size);

it('takes one server after the other', async () => {
  const servers = await threeServers();
  const { proxy } = await startProxied(urls(servers));
  for (let n = 0; n < 7; n++) await connect(proxy.url);
  expect(counts(servers)).toEqual([3, 2, 2]);
});

it('takes the server with the fewest connections, of those that have the same the next in turn', async () => {
  const servers = await threeServers();
  const { proxy } = await startProxied(urls(servers), { balance: 'least-connections' });
  const clients = [];
  for (let n = 0; n < 6; n++) clients.push(await connect(proxy.url));
  expect(counts(servers)).toEqual([2, 2, 2]);
  for (const { socket } of [clients[1], clients[4]].filter((client) => client !== undefined)) {
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.close();
    await closed;
  }
  await expect.poll(() => counts(servers)).toEqual([2, 0, 2]);
  for (let n = 0; n < 2; n++) await connect(proxy.url);
  expect(counts(servers)).toEqual([2, 2, 2]);
});

it('passes over servers that do not listen, and refuses where none does', async () => {
  const server = await startEcho();
  const gone = async () => `ws://127.0.0.1:${await freePort()}`;
  const { proxy } = await startProxied([await gone(), server.url, await gone()]);
  for (let n = 0; n < 3; n++) await connect(proxy.url);
  expect(server.sockets.size).toBe(3);
  const { proxy: lost, stopped } = await startProxied([await gone(), await gone()]);
  await expect(connect(lost.url)).rejects.toThrow('502');
  expect(await stopped()).toMatchObject([
    { event: 'handshake_rejected', reason: 'upstream-unreachable: ECONNREFUSED' },
  ]);
});

it('waits for no answer any more of a server that it passed over', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const server = await startEcho();
  const { proxy } = await startProxied([`ws://127.0.0.1:${await freePort()}`, server.url]);
  const client = await connect(proxy.url);
  vi.advanceTimersByTime(60_000);
  expect(await client.echo('still here')).toBe('still here');
  expect(server.sockets.size).toBe(1);
});

it('wants at least one server', async () => {
  await expect(startProxied([])).rejects.toThrow('upstream names no server');
});
