import { describe, expect, it } from 'vitest';
import type { Hello } from '../../src/core/handshake.ts';
import { custom, type WelcomeRule } from '../../src/protocols/custom.ts';

const HELLO: Hello = {
  session_id: 's',
  connection_sequence: 2,
  document_id: 'd',
  persistence: 'session',
  reconnect_token: null,
};

const READY: WelcomeRule = {
  match: { type: 'ready', 'data.ok': true },
  clientId: 'data.id',
  lastSeenSequence: 'data.seen',
  reconnectToken: 'data.token',
};

const place = (name: string) => `\${${name}}`;

const text = (message: unknown) =>
  typeof message === 'string' ? message : JSON.stringify(message);

const answer = (welcome: WelcomeRule, message: unknown) =>
  custom({ welcome }).converse(HELLO).received(text(message));

describe('a protocol of one’s own', () => {
  it('fills in its hello, and says nothing where there is none', () => {
    const hello = `{"sid":"${place('session_id')}","n":${place('connection_sequence')},"t":"${place('reconnect_token')}"}`;
    expect(custom({ hello, welcome: READY }).converse(HELLO).opened()).toEqual({
      send: ['{"sid":"s","n":2,"t":""}'],
    });
    expect(custom({ welcome: READY }).converse(HELLO).opened()).toEqual({});
  });

  it('takes the open, or the first message, for a welcome that tells nothing', () => {
    const welcome = { client_id: null, last_seen_sequence: 0, reconnect_token: null };
    expect(custom({ welcome: 'open' }).converse(HELLO).opened()).toMatchObject({ welcome });
    expect(answer('open', 'hi')).toEqual({});
    expect(answer('first-message', 'hi')).toMatchObject({ welcome });
    const spoken = custom({ welcome: 'first-message' }).converse(HELLO);
    spoken.received('hi');
    expect(spoken.received('hi')).toEqual({});
  });

  it('knows its welcome among other messages, and what stands in it', () => {
    const data = { ok: true, id: 'c:1', seen: 4, token: 't' };
    expect(answer(READY, { type: 'ready', data })).toMatchObject({
      welcome: { client_id: 'c:1', last_seen_sequence: 4, reconnect_token: 't' },
    });
    for (const other of [
      'no JSON',
      'null',
      '[1]',
      { type: 'motd' },
      { type: 'ready' },
      { type: 'ready', data: { ...data, ok: 'true' } },
    ]) {
      expect(answer(READY, other)).toEqual({});
    }
  });

  it('believes no value that can’t be one', () => {
    const welcome = (data: object) => answer(READY, { type: 'ready', data: { ok: true, ...data } });
    expect(welcome({ id: 7, seen: -1, token: 'a"b' })).toMatchObject({
      welcome: { client_id: '7', last_seen_sequence: 0, reconnect_token: null },
    });
    for (const id of [undefined, null, '', {}, 'x'.repeat(257)]) {
      expect(welcome({ id })).toEqual({ failure: 'the welcome has no id at data.id' });
    }
  });
});
