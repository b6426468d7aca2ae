import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Service, type ServiceOptions } from '../../src/worlds/sockets/service.ts';
import { freePort } from '../support/cli.ts';
import { processesWith } from '../support/processes.ts';
import { temporaryDirectory } from '../support/world.ts';

const LISTENS = `node -e "require('node:http').createServer((q, s) => s.end()).listen(+process.env.PORT, '127.0.0.1')"`;

async function service(command: string, options: Partial<ServiceOptions> = {}) {
  const port = await freePort();
  const said: string[] = [];
  let failed: (error: Error) => void = () => {};
  const failure = new Promise<Error>((resolve) => {
    failed = resolve;
  });
  const one = new Service({
    command,
    env: { ...process.env, PORT: `${port}` },
    host: '127.0.0.1',
    port,
    withinMs: 10_000,
    said: (from, bytes) => said.push(`${from}: ${bytes.toString().trim()}`),
    onFailure: failed,
    ...options,
  });
  onTestFinished(() => one.kill());
  return { service: one, port, said, failure };
}

describe('a service', () => {
  it('is ready once its port takes connections, and gone once it is stopped', async () => {
    const { service: one, port } = await service(`${LISTENS} 1 4322`);
    await one.start();
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    await one.stop('graceful');
    expect(processesWith('4322')).toEqual([]);
    await one.start();
    await one.stop('crash');
  });

  it('is ready once its own address says so', async () => {
    const flag = path.join(temporaryDirectory(), 'ready');
    const answers = `node -e "require('node:http').createServer((q, s) => { s.statusCode = require('node:fs').existsSync('${flag}') ? 204 : 503; s.end() }).listen(+process.env.PORT, '127.0.0.1', () => require('node:fs').writeFileSync('${flag}', ''))"`;
    const port = await freePort();
    const { service: one } = await service(answers, {
      port,
      env: { ...process.env, PORT: `${port}` },
      ready: `http://127.0.0.1:${port}/health`,
    });
    await one.start();
    expect(fs.existsSync(flag)).toBe(true);
  });

  it('that ends before it is ready is told of with what it printed last', async () => {
    const { service: one, said } = await service('echo hello; echo oops >&2; exit 3');
    await expect(one.start()).rejects.toThrow(
      /`echo hello; .*` ended with exit 3 before it was ready; it printed last:\n {2}(hello\n {2}oops|oops\n {2}hello)$/,
    );
    expect(said.toSorted()).toEqual(['stderr: oops', 'stdout: hello']);
  });

  it('that is never ready is ended, and all that it started', async () => {
    const { service: one } = await service('sleep 4321 & sleep 4321', { withinMs: 200 });
    await expect(one.start()).rejects.toThrow(
      'was not ready within 0.2 s (nothing listened at 127.0.0.1:',
    );
    await one.stop('crash');
    expect(processesWith('4321')).toEqual([]);
  });

  it('is not started where its port is taken', async () => {
    const { service: one, port } = await service('sleep 1');
    const taken = net.createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    onTestFinished(() => void taken.close());
    await expect(one.start()).rejects.toThrow(`something listens at 127.0.0.1:${port} already`);
  });

  it('that dies in mid-run is told of', async () => {
    const dies = `node -e "require('node:http').createServer((q, s) => { s.end(); process.stderr.write('bye', () => process.exit(4)) }).listen(+process.env.PORT, '127.0.0.1')"`;
    const { service: one, port, failure } = await service(dies);
    await one.start();
    await fetch(`http://127.0.0.1:${port}/`).catch(() => {});
    expect((await failure).message).toMatch(
      /ended with exit 4 in mid-run; it printed last:\n {2}bye$/,
    );
  });

  it('that ignores SIGTERM is killed', async () => {
    const deaf = `node -e "process.on('SIGTERM', () => {}); require('node:net').createServer().listen(+process.env.PORT, '127.0.0.1')"`;
    const { service: one } = await service(deaf, { endsWithinMs: 100 });
    await one.start();
    await one.stop('graceful');
  });
});
