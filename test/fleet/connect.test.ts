import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { connectNats } from '../../src/fleet/connect.ts';
import { UsageError } from '../../src/model/user-error.ts';
import { EnvironmentError } from '../../src/simulate/errors.ts';
import { freePort } from '../support/cli.ts';
import { NatsServer, withNats } from '../support/nats.ts';
import { temporaryDirectory } from '../support/world.ts';

const connect = (url: string | undefined, env: Record<string, string> = {}) =>
  connectNats({ url, name: 'test', env });

it('asks for an address where it has none', async () => {
  await expect(connect(undefined)).rejects.toThrow(UsageError);
  await expect(connect(undefined)).rejects.toThrow(/--nats .*NATS_URL/);
});

it.each([
  'nats://user:password@127.0.0.1:4222',
  'nats://token@127.0.0.1:4222',
  'nats://127.0.0.1:4222,nats://user:password@127.0.0.1:4223',
])('refuses an address with a secret, and does not repeat it: %s', async (url) => {
  const refused = await connect(url).catch((error: Error) => error);
  expect(refused).toBeInstanceOf(UsageError);
  expect(refused).toHaveProperty('message', expect.stringContaining('NATS_PASSWORD'));
  expect(refused).toHaveProperty('message', expect.not.stringMatching(/user:password|token@/));
});

it.each(['http://127.0.0.1:4222', '127.0.0.1:4222', 'nats:', 'ws://127.0.0.1', '', 'nats://a,,'])(
  'refuses what is no address of NATS: %j',
  async (url) => {
    await expect(connect(url)).rejects.toThrow(UsageError);
    await expect(connect(url)).rejects.toThrow('is no address of NATS');
  },
);

it('tells in one line where nobody is', async () => {
  const url = `nats://127.0.0.1:${await freePort()}`;
  await expect(connect(url)).rejects.toThrow(EnvironmentError);
  await expect(connect(url)).rejects.toThrow(/^can't connect to NATS at 127\.0\.0\.1:\d+: .+$/);
});

it('tells of a file with secrets that can’t be read, and of its variable', async () => {
  const env = { NATS_CREDS: path.join(temporaryDirectory(), 'none.creds') };
  await expect(connect('nats://127.0.0.1:1', env)).rejects.toThrow(/the file of NATS_CREDS/);
});

withNats('a NATS server with a password', () => {
  it('lets in who has it in the environment, and tells the others', async () => {
    const server = await NatsServer.start({ args: ['--user', 'me', '--pass', 'secret'] });
    onTestFinished(() => server.stop());
    const nats = await connect(undefined, {
      NATS_URL: server.url,
      NATS_USER: 'me',
      NATS_PASSWORD: 'secret',
    });
    await nats.close();
    const wrong = { NATS_USER: 'me', NATS_PASSWORD: 'guessed' };
    const refused = await connect(server.url, wrong).catch((error: Error) => error);
    expect(refused).toBeInstanceOf(EnvironmentError);
    expect(refused).toHaveProperty('message', expect.not.stringContaining('guessed'));
    await expect(connect(server.url)).rejects.toThrow(EnvironmentError);
  });

  it('takes a token', async () => {
    const server = await NatsServer.start({ args: ['--auth', 'secret'] });
    onTestFinished(() => server.stop());
    const nats = await connect(server.url, { NATS_TOKEN: 'secret' });
    await nats.close();
  });
});

withNats('a NATS server with TLS', () => {
  it('is verified by the authority of NATS_CA', async () => {
    const at = (file: string) => path.join(import.meta.dirname, '../fixtures/tls', file);
    const server = await NatsServer.start({
      args: ['--tls', '--tlscert', at('cert.pem'), '--tlskey', at('key.pem')],
    });
    onTestFinished(() => server.stop());
    const url = server.url.replace('nats:', 'tls:');
    const nats = await connect(url, { NATS_CA: at('cert.pem') });
    await nats.close();
    await expect(connect(url)).rejects.toThrow(EnvironmentError);
  });
});

withNats('a connection', () => {
  it('is there again once its server lets it in again', async () => {
    const args = ['--user', 'u', '--pass', 'old'];
    const server = await NatsServer.start({ args });
    onTestFinished(() => server.stop());
    const env = { NATS_USER: 'u', NATS_PASSWORD: 'old' };
    const nats = await connectNats({ url: server.url, name: 'test', env });
    onTestFinished(() => nats.close());
    const seen: string[] = [];
    void (async () => {
      for await (const { type } of nats.status()) seen.push(type);
    })();
    const count = (wanted: string) => seen.filter((type) => type === wanted).length;
    await server.kill();
    args[3] = 'new';
    await server.begin();
    await expect.poll(() => count('disconnect'), { timeout: 30_000 }).toBeGreaterThanOrEqual(3);
    await server.kill();
    args[3] = 'old';
    await server.begin();
    await expect.poll(() => count('reconnect'), { timeout: 30_000 }).toBeGreaterThan(0);
    await nats.flush();
  });
});
