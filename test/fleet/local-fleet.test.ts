import { fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { findWorkers } from '../../src/fleet/find-workers.ts';
import { startLocalFleet } from '../../src/fleet/local-fleet.ts';
import { withNats } from '../support/nats.ts';
import { temporaryDirectory } from '../support/world.ts';

const WORKER = fileURLToPath(new URL('../../dist/fleet/worker-process.js', import.meta.url));

withNats('workers on this machine', () => {
  it('are let in whatever NATS their user has elsewhere', async () => {
    const env = { ...process.env, NATS_CREDS: '/nowhere/my.creds', NATS_CA: '/nowhere/ca.crt' };
    const fleet = await startLocalFleet(1, { env, allowRemote: [] });
    onTestFinished(() => fleet.stop());
    const { signal } = new AbortController();
    const workers = await findWorkers(fleet.nats, 1, { withinMs: 60_000, signal });
    expect(workers).toMatchObject([{ name: 'local-1' }]);
  });
});

it('a worker on this machine ends with its coordinator, though it never got to NATS', async () => {
  const silent = net.createServer();
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as net.AddressInfo;
  const child = fork(WORKER, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const nats = `nats://127.0.0.1:${port}`;
  child.send({ name: 'local-1', nats, directory: temporaryDirectory(), allowRemote: [] });
  const [socket] = (await once(silent, 'connection')) as [net.Socket];
  onTestFinished(() => void socket.destroy());
  const ended = once(child, 'exit');
  child.disconnect();
  // It did not wait until it could say that there is no NATS.
  expect(await ended).toEqual([0, null]);
});
