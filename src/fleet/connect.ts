import fs from 'node:fs';
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
  type TlsOptions,
} from '@nats-io/transport-node';
import { UsageError } from '../model/user-error.ts';
import { EnvironmentError, inEnvironment } from '../simulate/errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface NatsOptions {
  /** Default: the variable `NATS_URL`. */
  url: string | undefined;
  /** Who this is, as the NATS server lists it. */
  name: string;
  env: Env;
}

const CONNECT_WITHIN_MS = 5000;
const RECONNECT_EVERY_MS = 250;

/**
 * Connects to NATS, and again whenever the connection is lost. Secrets come by the variables that NATS's own tools
 * know: `NATS_CREDS`, `NATS_NKEY` (files), `NATS_USER` with `NATS_PASSWORD`, `NATS_TOKEN`; TLS by `NATS_CA`,
 * `NATS_CERT`, `NATS_KEY` (files).
 *
 * @throws UsageError for an address that is none, or holds a secret
 * @throws EnvironmentError where there is no NATS, or it lets nobody in
 */
export async function connectNats({ url, name, env }: NatsOptions): Promise<NatsConnection> {
  const address = url ?? env.NATS_URL;
  if (address === undefined) {
    throw new UsageError(
      'where is NATS? say it with --nats nats://<host>:4222, or in the variable NATS_URL',
    );
  }
  const { servers, isTls } = serversOf(address);
  try {
    return await connect({
      name,
      servers,
      timeout: CONNECT_WITHIN_MS,
      maxReconnectAttempts: -1,
      // Else it gives up for good where it is not let in twice, as while passwords change.
      ignoreAuthErrorAbort: true,
      reconnectTimeWait: RECONNECT_EVERY_MS,
      reconnectJitter: RECONNECT_EVERY_MS,
      ...credentials(env),
      ...tls(env, isTls),
    });
  } catch (error) {
    throw new EnvironmentError(
      `can't connect to NATS at ${servers.join(', ')}: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/** `nats://a:4222,nats://b:4222`: the servers of one cluster. */
function serversOf(address: string): { servers: string[]; isTls: boolean } {
  const urls = address.split(',').map((one) => urlOf(one.trim()));
  if (urls.some(({ username, password }) => username !== '' || password !== '')) {
    throw new UsageError(
      'an address of NATS is no place for a password, for others see it: use the variables NATS_USER and ' +
        'NATS_PASSWORD, or NATS_CREDS',
    );
  }
  return {
    servers: urls.map(({ host }) => host),
    isTls: urls.some(({ protocol }) => protocol === 'tls:'),
  };
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^(?:nats|tls):$/.test(url.protocol) && url.hostname !== '') return url;
  throw new UsageError(`${text} is no address of NATS; one is nats://10.0.0.5:4222`);
}

function credentials({
  NATS_CREDS: creds,
  NATS_NKEY: nkey,
  NATS_USER: user,
  NATS_PASSWORD: pass,
  NATS_TOKEN: token,
}: Env): Pick<ConnectionOptions, 'authenticator' | 'user' | 'pass' | 'token'> {
  if (creds) return { authenticator: credsAuthenticator(read('NATS_CREDS', creds)) };
  if (nkey) {
    const seed = new TextEncoder().encode(read('NATS_NKEY', nkey).toString().trim());
    return { authenticator: nkeyAuthenticator(seed) };
  }
  if (user) return { user, ...(pass && { pass }) };
  return token ? { token } : {};
}

function tls(
  { NATS_CA: ca, NATS_CERT: cert, NATS_KEY: key }: Env,
  isTls: boolean,
): { tls?: TlsOptions } {
  if (!isTls && !ca && !cert && !key) return {};
  const text = (name: string, file: string) => read(name, file).toString();
  return {
    tls: {
      ...(ca && { ca: text('NATS_CA', ca) }),
      ...(cert && { cert: text('NATS_CERT', cert) }),
      ...(key && { key: text('NATS_KEY', key) }),
    },
  };
}

const read = (variable: string, file: string): Buffer =>
  inEnvironment(`the file of ${variable} can't be read`, () => fs.readFileSync(file));
