import * as z from 'zod';
import type { Conversation, Message, Reaction } from '../core/protocol.ts';
import { fields, line, sessionPairs } from './fields.ts';
import { quoted, saidIn, takenBy } from './json.ts';
import { protocolKind } from './kind.ts';

/** STOMP 1.2 over WebSocket. */

/** What is offered, and asked for. */
const HEART_BEAT_MS = 10_000;
const MAX_BEAT_MS = 24 * 60 * 60 * 1000;
const MAX_FRAME = 64 * 1024;
const NOTHING: Reaction = {};

export const stomp = protocolKind({
  summary: 'The fields are headers of CONNECT, and CONNECTED is the welcome.',
  options: z.strictObject({
    host: line.default('/').describe('The `host` header: the broker’s virtual host.'),
    fields,
  }),
  create: ({ host, fields }) => ({
    subprotocols: ['v12.stomp'],
    converse: (hello) => converse(connectFrame(host, sessionPairs(hello, fields))),
  }),
});

/** Headers of CONNECT are not escaped (STOMP 1.2, "Value Encoding"). */
function connectFrame(host: string, pairs: [string, string][]): string {
  const headers = [
    ['accept-version', '1.2'],
    ['host', host],
    ['heart-beat', `${HEART_BEAT_MS},${HEART_BEAT_MS}`],
    ...pairs,
  ];
  return `CONNECT\n${headers.map(([name, value]) => `${name}:${value}\n`).join('')}\n\0`;
}

function converse(connect: string): Conversation {
  /** Of a frame in several messages, what has come. */
  let begun = '';
  let isWelcomed = false;
  return {
    query: [],
    opened: () => ({ send: [connect] }),
    received: (message) => {
      const text = typeof message === 'string' ? message : new TextDecoder().decode(message);
      if (isWelcomed) return text.startsWith('ERROR') ? refusalIn(frameIn(text)) : NOTHING;
      begun = (begun + text).replace(/^[\r\n]+/, '');
      if (begun.length > MAX_FRAME) return { failure: 'a frame too large to be CONNECTED' };
      if (!begun.includes('\0')) return isBeginning(begun) ? NOTHING : noConnected(begun);
      const reaction = answerIn(begun);
      isWelcomed = reaction.welcome !== undefined;
      return reaction;
    },
  };
}

/** Whether CONNECTED or ERROR may become of it. */
const isBeginning = (text: string): boolean =>
  ['CONNECTED', 'ERROR'].some(
    (command) => text.startsWith(command) || command.startsWith(text.trimEnd()),
  );

interface Frame {
  command: string;
  headers: ReadonlyMap<string, string>;
}

function frameIn(text: string): Frame | undefined {
  const [, command, head] = /^([A-Z]+)\r?\n(?:(.*?)\r?\n)?\r?\n/s.exec(text) ?? [];
  if (command === undefined) return undefined;
  const pairs = (head ?? '').split(/\r?\n/).map((header): [string, string] => {
    const colon = header.indexOf(':');
    return [header.slice(0, colon), header.slice(colon + 1)];
  });
  // Of a header that is repeated, the first counts.
  return { command, headers: new Map(pairs.toReversed()) };
}

function answerIn(text: string): Reaction {
  const frame = frameIn(text);
  if (frame?.command === 'ERROR') return refusalIn(frame);
  return frame?.command === 'CONNECTED' ? connected(frame) : noConnected(text);
}

function connected({ headers }: Frame): Reaction {
  const version = headers.get('version');
  if (version !== '1.2') return { failure: `CONNECTED with version ${saidIn(version, '1.0')}` };
  const beats = /^(\d{1,9}),(\d{1,9})$/.exec(headers.get('heart-beat') ?? '0,0');
  if (!beats) return { failure: `heart-beat: ${headers.get('heart-beat')}` };
  const [sendsMs, wantsMs] = [agreed(Number(beats[1])), agreed(Number(beats[2]))];
  return {
    welcome: takenBy({ client_id: headers.get('session') }, { ping_interval_ms: sendsMs }),
    ...(wantsMs !== null && { keepAlive: { everyMs: wantsMs, message: '\n' } }),
  };
}

/** The longer of what one side can do and the other asks for; null where the server has none of it. */
const agreed = (ms: number): number | null =>
  ms === 0 ? null : Math.min(MAX_BEAT_MS, Math.max(ms, HEART_BEAT_MS));

const refusalIn = (frame: Frame | undefined): Reaction => ({
  failure: `ERROR: ${saidIn(frame?.headers.get('message'))}`,
});

const noConnected = (message: Message): Reaction => ({
  failure: `no CONNECTED: ${quoted(message)}`,
});
