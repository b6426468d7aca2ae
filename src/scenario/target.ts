import * as z from 'zod';
import { fillIn } from '../core/template.ts';
import { NO_WS_URL, wsUrl } from '../core/ws-url.ts';
import { duration } from '../faults/fields.ts';
import {
  type ChosenProtocol,
  line,
  optionsOf,
  PLACES,
  PROTOCOL_NAMES,
  protocolNamed,
  template,
  type WelcomeRule,
} from '../protocols/index.ts';

/** A server of the user's own, as a scenario tells of it. Paths are relative to where wsdiag runs. */
export interface Target {
  /** With its places for values. */
  url: string;
  start:
    | {
        command: string;
        cwd?: string | undefined;
        env: Record<string, string>;
        ready?: string | undefined;
        withinMs: number;
      }
    | undefined;
  log: TargetLog | undefined;
  /** undefined: wsdiag's own handshake. */
  protocol: ChosenProtocol | undefined;
  hello: string | undefined;
  welcome: WelcomeRule;
  subprotocols: string[];
  headers: Record<string, string>;
  /** File of certificates to trust beside the system's. */
  ca: string | undefined;
  maxDialsPerSecond: number | null;
}

export interface TargetLog {
  from: { file: string } | 'stdout' | 'stderr';
  /** Name of a shipped format, or a file; undefined where it needs no description. */
  format: string | undefined;
}

const address = template.refine((text) => wsUrl(() => new URL(fillIn(text, () => '0'))) !== null, {
  error: 'a ws:// or wss:// URL',
  params: { says: NO_WS_URL },
});

const httpAddress = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: 'an http:// or https:// address',
  });

const file = z.string().min(1, { error: 'the path of a file' });
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: 'a text, a number, true or false',
});
const KEYS = 'a path of keys with dots between them, such as data.id';
const keys = z.string().regex(/^[^.\s]+(\.[^.\s]+)*$/, { error: KEYS });

const welcome = z.strictObject({
  match: z
    .record(keys, scalar)
    .describe('What the message has to have, by path: `{ type: ready }`, `{ data.ok: true }`.'),
  client_id: keys.optional().describe('Where it has the id that the server gave the connection.'),
  last_seen_sequence: keys
    .optional()
    .describe('Where it has the highest number that the server had seen of the session.'),
  reconnect_token: keys.optional().describe('Where it has a token for later hellos.'),
});

/** A map for each protocol that has options; what they are is told of by itself in the reference. */
const withOptions = z.discriminatedUnion(
  'name',
  PROTOCOL_NAMES.map((name) =>
    z.strictObject({
      name: z.literal(name).describe(protocolNamed(name).summary),
      ...optionsOf(name)?.shape,
    }),
  ) as unknown as [z.ZodObject, ...z.ZodObject[]],
) as unknown as z.ZodType<{ name: ChosenProtocol['name'] } & Record<string, unknown>>;

export const protocol = z.union([z.enum(PROTOCOL_NAMES), withOptions]);

export const target = z.strictObject({
  url: address.describe(
    `Where it listens. Its query string may have places: \`ws://127.0.0.1:8000/ws?sid=\${session_id}\`.`,
  ),
  start: z
    .strictObject({
      command: z.string().min(1, { error: 'a command' }).describe('What a shell runs.'),
      cwd: file.optional().describe('Where it runs. Default: where wsdiag does.'),
      env: z
        .record(z.string().regex(/^\w+$/, { error: 'the name of a variable' }), z.coerce.string())
        .default({})
        .describe('Variables beside those that wsdiag has.'),
      ready: httpAddress
        .optional()
        .describe(
          'Answers with 2xx or 3xx once it is ready. Default: once its port takes connections.',
        ),
      within: duration.prefault('20s').describe('It has to be ready by then.'),
    })
    .optional()
    .describe(
      'How it is started, and started again by `restart_server`; ended with the run. Without: it runs already.',
    ),
  log: z
    .union(
      [
        z.enum(['stdout', 'stderr']),
        z.strictObject({
          file: file.optional().describe('Read from where it ends when the run begins.'),
          from: z
            .enum(['stdout', 'stderr'])
            .optional()
            .describe('In place of `file`: what `start` prints there.'),
          format: z
            .string()
            .min(1, { error: 'the name of a format, or a file' })
            .optional()
            .describe('How it is to be read, as `--log-format` takes it.'),
        }),
      ],
      { error: '`stdout`, `stderr`, or a map with `file` or `from`' },
    )
    .optional()
    .describe('Its own log. Without: the checks that the clients’ log can carry.'),
  protocol: protocol
    .meta({ title: '`name` or map' })
    .optional()
    .describe(
      'How clients and server talk ([protocols.md](protocols.md)): its name, or a map of `name` and options. Default: by wsdiag’s own handshake, as `clients.handshake` says.',
    ),
  hello: template
    .optional()
    .describe(
      `With \`custom\`: sent once the connection is open. Places are filled in: ${PLACES.map((name) => `\`\${${name}}\``).join(', ')}.`,
    ),
  welcome: z
    .union([z.enum(['open', 'first-message']), welcome], {
      error: '`open`, `first-message`, or a map with `match`',
    })
    .default('open')
    .describe('With `custom`: when a connection counts as taken.'),
  subprotocols: z
    .array(z.string().regex(TOKEN, { error: 'the name of a subprotocol' }))
    .default([])
    .describe('Offered in the upgrade request.'),
  headers: z
    .record(z.string().regex(TOKEN, { error: 'the name of a header' }), line)
    .default({})
    .describe(`Of the upgrade request; \`\${env.NAME}\` keeps secrets out of the file.`),
  ca: file.optional().describe('Certificates to trust, PEM; for `wss://` with one of your own.'),
  max_dials_per_second: z
    .int({ error: 'a whole number from 1 to 1000000' })
    .min(1)
    .max(1_000_000)
    .optional()
    .describe(
      'No more dials a second. Default: 200 where the target is not on loopback, else no limit.',
    ),
});

export type TargetFile = z.output<typeof target>;

export function toTarget({
  start,
  log,
  welcome,
  max_dials_per_second,
  ...file
}: TargetFile): Target {
  return {
    url: file.url,
    start: start && {
      command: start.command,
      cwd: start.cwd,
      env: start.env,
      ready: start.ready,
      withinMs: start.within,
    },
    log: log === undefined ? undefined : toLog(log),
    protocol: file.protocol && toProtocol(file.protocol),
    hello: file.hello,
    welcome: toWelcome(welcome),
    subprotocols: file.subprotocols,
    headers: file.headers,
    ca: file.ca,
    maxDialsPerSecond: max_dials_per_second ?? null,
  };
}

function toProtocol(protocol: NonNullable<TargetFile['protocol']>): ChosenProtocol {
  const { name, ...options } = typeof protocol === 'string' ? { name: protocol } : protocol;
  return { name, options: optionsOf(name)?.parse(options) ?? {} };
}

function toLog(log: NonNullable<TargetFile['log']>): TargetLog {
  if (typeof log === 'string') return { from: log, format: undefined };
  const from = log.file === undefined ? (log.from ?? 'stdout') : { file: log.file };
  return { from, format: log.format };
}

function toWelcome(welcome: TargetFile['welcome']): WelcomeRule {
  if (typeof welcome === 'string') return welcome;
  return {
    match: welcome.match,
    clientId: welcome.client_id,
    lastSeenSequence: welcome.last_seen_sequence,
    reconnectToken: welcome.reconnect_token,
  };
}
