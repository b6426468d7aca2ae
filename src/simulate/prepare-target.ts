import fs from 'node:fs';
import type { Protocol } from '../core/protocol.ts';
import type { ClientSettings } from '../core/settings.ts';
import { fillIn } from '../core/template.ts';
import { namedFormat } from '../logs/named-format.ts';
import { UserError } from '../model/user-error.ts';
import { type ChosenProtocol, createProtocol } from '../protocols/index.ts';
import { type DialledServer, hostOf } from '../real/dialled-server.ts';
import { isLoopback } from '../real/host-name.ts';
import { formatProblem } from '../scenario/index.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Target } from '../scenario/target.ts';
import type { TargetOptions } from '../worlds/sockets/target.ts';
import { inEnvironment } from './errors.ts';

/** A scenario's target with all that has to be looked up for it: variables, files. */
export interface PreparedTarget {
  target: Target;
  start: TargetOptions['start'];
  url: URL;
  server: DialledServer;
  /** Where wsdiag's own hello travels, for a server that knows it. */
  handshake: ClientSettings['handshake'];
  /** The description that its log is read by, as it is written; null where it needs none. */
  logFormat: string | null;
  /** Variables that were looked up, with their values. */
  variables: Readonly<Record<string, string>>;
}

export interface TargetSurroundings {
  env: NodeJS.ProcessEnv;
  /** Hosts that may be stormed though they are not this machine. */
  allowRemote: readonly string[];
  /** Why another host is not stormed. Default: for who names the target. */
  refusal?(host: string): string;
  /** What a file has in it. Default: the file system knows. */
  readFile?(file: string): string;
}

/** Dials a second at a host that is not this machine, unless the scenario says more. */
const REMOTE_DIALS_PER_SECOND = 200;

const OWN: Record<ClientSettings['handshake'], ChosenProtocol> = {
  frame: { name: 'wsdiag', options: {} },
  query: { name: 'query', options: {} },
};

/**
 * Looks up what the target needs. Nothing of it is started or dialled.
 *
 * @throws UserError where a variable or a file is missing, or it is another host's and nobody allowed that
 */
export async function prepareTarget(
  target: Target,
  { handshake }: Scenario['clients']['settings'],
  { env, allowRemote, refusal = notHere, readFile = readText }: TargetSurroundings,
): Promise<PreparedTarget> {
  const variables: Record<string, string> = {};
  const fill = (where: string, text: string, encode = (value: string) => value) =>
    fillIn(text, (name) => {
      if (!name.startsWith('env.')) return undefined;
      const variable = name.slice('env.'.length);
      const value = env[variable];
      if (value === undefined) {
        throw new UserError(`${where} needs the variable ${variable}, which is not set`);
      }
      variables[variable] = value;
      return encode(value);
    });
  const address = fill('target.url', target.url, encodeURIComponent);
  const { url, path } = parts(address);
  const isHere = isLoopback(hostOf(url));
  if (!isHere && !allowRemote.includes(url.hostname)) {
    throw new UserError(refusal(url.hostname));
  }
  const headers = Object.entries(target.headers).map(([name, value]): [string, string] => [
    name,
    oneLine(`target.headers.${name}`, fill(`target.headers.${name}`, value)),
  ]);
  const { hello, welcome, ca } = target;
  const { name, options } = target.protocol ?? OWN[handshake];
  const talk = createProtocol(
    { name, options: filled('target.protocol', options, fill) },
    { hello: hello === undefined ? undefined : fill('target.hello', hello), welcome },
  );
  const protocol = typeof talk === 'string' ? undefined : talk;
  const read = (where: string, file: string): string =>
    inEnvironment(`${where} can't be read`, () => readFile(file));
  return {
    target,
    start: target.start && { ...target.start, env: { ...env, ...target.start.env } },
    url,
    server: {
      path: pathFor(protocol, path),
      headers: Object.fromEntries(headers),
      subprotocols: [...new Set([...(protocol?.subprotocols ?? []), ...target.subprotocols])],
      protocol,
      ca: ca === undefined ? undefined : read('target.ca', ca),
      maxDialsPerSecond: target.maxDialsPerSecond ?? (isHere ? null : REMOTE_DIALS_PER_SECOND),
    },
    handshake: typeof talk === 'string' ? talk : handshake,
    logFormat: target.log?.format === undefined ? null : await formatText(target.log.format, read),
    variables,
  };
}

/** A protocol's options with the variables that their texts have places for. */
function filled<T>(where: string, value: T, fill: (where: string, text: string) => string): T {
  if (typeof value === 'string') return oneLine(where, fill(where, value)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, filled(`${where}.${key}`, inner, fill)]),
  ) as T;
}

/** Servers of a protocol have a place where they are looked for, unless an address says more. */
const pathFor = (protocol: Protocol | undefined, path: string): string =>
  protocol?.path === undefined ? path : path.replace(/^\/(?=$|\?)/, protocol.path);

/** Places are left in the path and query, which a URL would encode. */
function parts(address: string): { url: URL; path: string } {
  const [, path = ''] = /^[a-z]+:\/\/[^/?#]*([^#]*)/i.exec(address) ?? [];
  const authority = address.slice(0, address.length - path.length);
  if (authority.includes('${')) {
    throw new UserError(
      `target.url has a place in its host: ${authority}; only behind it there may be some`,
    );
  }
  return { url: new URL(authority), path: path.startsWith('/') ? path : `/${path}` };
}

function oneLine(where: string, value: string): string {
  if (!/[\r\n\0]/.test(value)) return value;
  throw new UserError(`${where} would be more than one line`);
}

const notHere = (host: string): string =>
  `target.url is at ${host}, which is not this machine: a storm may harm it. ` +
  `If it is yours, and may be stormed, add --allow-remote ${host}`;

type Read = (where: string, file: string) => string;

async function formatText(name: string, read: Read): Promise<string> {
  const named = await namedFormat(name, (file) => read('target.log.format', file));
  if ('description' in named) return named.text.toString();
  if ('unknown' in named) throw new UserError(`target.log.format: ${named.unknown}`);
  const [first, ...more] = named.problems.map(formatProblem) as [string, ...string[]];
  throw new UserError(
    [`${first}; this is to say how the log of the target is read`, ...more].join('\n'),
  );
}

const readText = (file: string): string => fs.readFileSync(file, 'utf8');
