import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/cli.ts';
import { against } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';
import {
  CLIENTS,
  conversation,
  dialled,
  expectBack,
  expectOneByOne,
  failureAt,
  protocolOf,
  serverFile,
  stormOn,
} from './support.ts';

/** As STOMP 1.2's specification, RabbitMQ and Spring write them. */
const CONNECTED = 'CONNECTED\nversion:1.2\nsession:session-42\nserver:RabbitMQ/3.10.8\n';
const BEATING = `${CONNECTED}heart-beat:20000,5000\n\n\0`;
const STILL = 'CONNECTED\nversion:1.2\n\n\0';

describe('stomp, by recorded frames', () => {
  it('sends the hello as headers of CONNECT', () => {
    const fields = { login: 'guest', passcode: 'a:b' };
    const talk = conversation('stomp', { host: 'orders', fields });
    expect(talk.opened()).toEqual({
      send: [
        'CONNECT\naccept-version:1.2\nhost:orders\nheart-beat:10000,10000\n' +
          'session_id:0f8fad5b-d9cb-469f-a165-70867728950e\nconnection_sequence:3\n' +
          'login:guest\npasscode:a:b\n\n\0',
      ],
    });
    expect(protocolOf('stomp').subprotocols).toEqual(['v12.stomp']);
  });

  it('agrees on heart-beats by the slower side', () => {
    expect(conversation('stomp').received(BEATING)).toEqual({
      welcome: {
        client_id: 'session-42',
        last_seen_sequence: 0,
        reconnect_token: null,
        ping_interval_ms: 20_000,
      },
      keepAlive: { everyMs: 10_000, message: '\n' },
    });
    const { welcome, keepAlive } = conversation('stomp').received(STILL);
    expect(welcome).toMatchObject({ client_id: null, ping_interval_ms: null });
    expect(keepAlive).toBe(undefined);
  });

  it('takes CONNECTED in pieces, behind line ends, with CR and as bytes', () => {
    const piecewise = conversation('stomp');
    expect(piecewise.received('\n')).toEqual({});
    expect(piecewise.received('CONN')).toEqual({});
    expect(piecewise.received(BEATING.slice(4)).welcome?.client_id).toBe('session-42');
    const withCr = `\r\n${BEATING.replaceAll('\n', '\r\n')}`;
    expect(conversation('stomp').received(withCr).welcome?.client_id).toBe('session-42');
    const bytes = Buffer.from(BEATING);
    expect(conversation('stomp').received(bytes).welcome?.client_id).toBe('session-42');
  });

  it('passes over what follows, but for an ERROR', async () => {
    const talk = conversation('stomp');
    talk.received(BEATING);
    for (const message of ['\n', 'MESSAGE\ndestination:/a\n\nERROR\n\0']) {
      expect(talk.received(message)).toEqual({});
    }
    const error = 'ERROR\nmessage:broker shuts down\ncontent-length:0\n\n\0';
    expect(talk.received(error)).toEqual({ failure: 'ERROR: broker shuts down' });
    const { log } = await dialled(protocolOf('stomp'), (socket) => {
      socket.send(BEATING);
      socket.send(error);
    });
    expect((await log.next('connection_closed')).client_id).toBe('session-42');
  });
});

const RABBITMQ = '/usr/lib/rabbitmq/lib';
const versionOfRabbitMq = () =>
  (fs.existsSync(RABBITMQ) &&
    /rabbitmq_server-(\S+)/.exec(fs.readdirSync(RABBITMQ).join(' '))?.[1]) ||
  null;

/** A broker logs no headers of CONNECT, but asks whether a login and a passcode are right. All are. */
async function startDoorman() {
  const asked = new Map<string, number[]>();
  const server = http.createServer(({ url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    if (pathname === '/user') {
      const login = searchParams.get('username') ?? '';
      asked.set(login, [...(asked.get(login) ?? []), Number(searchParams.get('password'))]);
    }
    response.end('allow');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

against('RabbitMQ', versionOfRabbitMq, () => {
  it('follows every session through two losses', async () => {
    const { url, asked } = await startDoorman();
    const stormed = await stormOn({
      start: `exec sh "${serverFile('rabbitmq.sh')}"`,
      within: '60s',
      protocol: `{ name: stomp, fields: { login: '\${session_id}', passcode: '\${connection_sequence}' } }`,
      clients: CLIENTS,
      path: '/ws',
      env: {
        HOME: temporaryDirectory(),
        EPMD_PORT: `${await freePort()}`,
        NODE_PORT: `${await freePort()}`,
        AUTH: url,
      },
    });
    expectBack(stormed);
    expectOneByOne(asked);
  });
});

describe('a server that is none', () => {
  it.each<[name: string, answers: (string | Uint8Array)[], reason: string]>([
    ['talks of something else', ['hello'], 'no CONNECTED: "hello"'],
    ['has no head', ['CONNECTED\0'], 'no CONNECTED: "CONNECTED\\u0000"'],
    ['sends a message first', ['MESSAGE\n\n\0'], 'no CONNECTED: "MESSAGE\\n\\n\\u0000"'],
    ['speaks 1.1', ['CONNECTED\nversion:1.1\n\n\0'], 'CONNECTED with version 1.1'],
    ['names no version', ['CONNECTED\n\n\0'], 'CONNECTED with version 1.0'],
    ['beats strangely', ['CONNECTED\nversion:1.2\nheart-beat:-1,x\n\n\0'], 'heart-beat: -1,x'],
    ['never ends', [`CONNECTED\n${'a:b\n'.repeat(20_000)}`], 'a frame too large to be CONNECTED'],
    ['refuses', ['ERROR\nmessage:Bad CONNECT\n\nAccess refused\0'], 'ERROR: Bad CONNECT'],
    ['refuses without a word', ['ERROR\n\n\0'], 'ERROR: no reason given'],
  ])('that %s is told of', async (_, answers, reason) => {
    expect(await failureAt(protocolOf('stomp'), answers)).toBe(reason);
  });
});
