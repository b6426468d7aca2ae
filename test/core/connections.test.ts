import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Connection, Connections } from '../../src/core/connections.ts';
import { encodeHello, type Hello } from '../../src/core/handshake.ts';
import { DEFAULT_SERVER_SETTINGS, type ServerSettings } from '../../src/core/settings.ts';
import { FakePeer, FakeServerHost } from '../support/fake-host.ts';
import { runs } from '../support/thorough.ts';

function serve(
  settings: Partial<ServerSettings> = {},
  host = new FakeServerHost(),
  maxIdle?: number,
) {
  const connections = new Connections(host, { ...DEFAULT_SERVER_SETTINGS, ...settings }, maxIdle);
  const dial = (hello: Hello | null = null) => {
    const peer = new FakePeer();
    return { peer, connection: connections.accept(peer, hello) };
  };
  /** As a client does that has its welcome. */
  const connect = (session_id: string, connection_sequence: number, token?: string) => {
    const dialled = dial();
    dialled.connection.received(hello(session_id, connection_sequence, token));
    dialled.connection.ponged();
    return { ...dialled, token: dialled.peer.welcome.reconnect_token as string | undefined };
  };
  return { host, connections, dial, connect };
}

const helloOf = (session_id: string, connection_sequence: number, token?: string): Hello => ({
  session_id,
  connection_sequence,
  document_id: 'document',
  persistence: 'session',
  reconnect_token: token ?? null,
});
const hello = (...fields: Parameters<typeof helloOf>) => encodeHello(helloOf(...fields));

/** Closes as a peer that answers does. */
const answerClose = ({ peer, connection }: { peer: FakePeer; connection: Connection }) => {
  const [how, code = 1006, reason = ''] = peer.ending.at(-1) ?? ['terminate'];
  connection.ended(how === 'close' ? code : 1006, how === 'close' ? reason : '');
};

/** Closes as a peer that begins it does. */
const closeFrom = (
  { peer, connection }: { peer: FakePeer; connection: Connection },
  code = 1000,
) => {
  peer.closing = true;
  connection.ended(code, '');
};

describe('a hello', () => {
  it('opens the connection, on record before the welcome is sent', () => {
    const { host, dial } = serve();
    const { peer, connection } = dial();
    const send = peer.send.bind(peer);
    peer.send = (text) => {
      expect(host.of('connection_opened')).toHaveLength(1);
      send(text);
    };
    connection.received(hello('S', 3));
    const [opened] = host.of('connection_opened');
    expect(opened).toMatchObject({
      session_id: 'S',
      connection_sequence: 3,
      document_id: 'document',
      session_verified: true,
      remote_address: peer.remoteAddress,
    });
    expect(peer.welcome).toEqual({
      type: 'welcome',
      version: 1,
      client_id: opened?.client_id,
      last_seen_sequence: 0,
      reconnect_token: host.sign('S'),
    });
  });

  it('may have come with the upgrade', () => {
    const { host, dial } = serve({ handshakeTimeoutMs: 100 });
    const { peer } = dial(helloOf('S', 1));
    expect(host.of('connection_opened')).toHaveLength(1);
    expect(peer.welcome.type).toBe('welcome');
    host.pass(101);
    expect(peer.ending).toEqual([]);
  });

  it('gives each connection a client id of its own', () => {
    const { host, connect } = serve();
    connect('S', 1);
    connect('S', 2);
    connect('T', 1);
    expect(new Set(host.of('connection_opened').map(({ client_id }) => client_id)).size).toBe(3);
  });

  it('learns the highest number that was seen of the session before it', () => {
    const { connect } = serve();
    const { token } = connect('S', 3);
    const seen = [4, 9, 2, 10].map((number) => connect('S', number, token).peer.welcome);
    expect(seen.map((welcome) => welcome.last_seen_sequence)).toEqual([3, 4, 9, 9]);
    expect(connect('T', 1).peer.welcome.last_seen_sequence).toBe(0);
  });

  it('is refused after its deadline', () => {
    const { host, dial } = serve({ handshakeTimeoutMs: 100 });
    const dialled = dial();
    host.pass(99);
    expect(dialled.peer.ending).toEqual([]);
    host.pass(1);
    expect(dialled.peer.ending).toEqual([['close', 1008, 'hello-timeout']]);
    dialled.connection.received(hello('S', 1));
    answerClose(dialled);
    expect(host.lines).toMatchObject([
      { event: 'handshake_rejected', reason: 'hello-timeout', close_code: 1008, http_status: null },
    ]);
  });

  for (const [what, text, reason] of [
    ['garbage', 'garbage', 'hello-invalid: not a JSON object'],
    ['of another type', '{"type":"chat"}', 'hello-invalid: type is not "hello"'],
    ['without a number', '{"type":"hello","version":1,"session_id":"S"}', /safe positive integer/],
  ] as const) {
    it(`is refused where it is ${what}`, () => {
      const { host, dial } = serve();
      const dialled = dial();
      dialled.connection.received(text);
      expect(dialled.peer.ending[0]?.slice(0, 2)).toEqual(['close', 1008]);
      expect(dialled.peer.sent).toEqual([]);
      answerClose(dialled);
      const [line] = host.lines;
      expect(host.lines).toHaveLength(1);
      expect(line).toMatchObject({ event: 'handshake_rejected', close_code: 1008 });
      expect(line && 'reason' in line && line.reason).toMatch(reason);
    });
  }

  it('leaves on record what was readable of it where it is refused', () => {
    const { host, dial } = serve();
    dial().connection.received(
      '{"type":"hello","version":1,"session_id":"S","connection_sequence":"2","document_id":"D"}',
    );
    const [line] = host.of('handshake_rejected');
    expect(line).toMatchObject({ session_id: 'S', document_id: 'D' });
    expect(line).not.toHaveProperty('connection_sequence');
  });

  it('is refused with 1003 where it is binary', () => {
    const { host, dial } = serve();
    const dialled = dial();
    dialled.connection.received(null);
    expect(dialled.peer.ending).toEqual([['close', 1003, 'hello-binary']]);
    answerClose(dialled);
    expect(host.lines).toMatchObject([{ reason: 'hello-binary', close_code: 1003 }]);
  });

  for (const [closeCode, reason] of [
    [1009, 'hello-too-large'],
    [1002, 'protocol-error'],
    [1007, 'protocol-error'],
  ] as const) {
    it(`leaves ${reason} on record where the frames were broken with ${closeCode}`, () => {
      const { host, dial } = serve();
      const { peer, connection } = dial();
      peer.closing = true;
      connection.violated(closeCode);
      connection.ended(1006, '');
      expect(host.lines).toMatchObject([
        { event: 'handshake_rejected', reason, close_code: closeCode },
      ]);
    });
  }

  it('leaves hello-missing on record where the peer goes without one', () => {
    const { host, dial } = serve();
    const dialled = dial();
    closeFrom(dialled, 1001);
    host.pass(60_000);
    expect(host.lines).toMatchObject([
      { event: 'handshake_rejected', reason: 'hello-missing', close_code: 1001 },
    ]);
  });

  it('is refused where it comes again, and its connection closes', () => {
    const { host, connect } = serve();
    const connected = connect('S', 1);
    connected.connection.received(hello('S', 2));
    expect(connected.peer.ending).toEqual([['close', 1008, 'hello-repeated']]);
    answerClose(connected);
    expect(host.lines).toMatchObject([
      { event: 'connection_opened', connection_sequence: 1 },
      { event: 'handshake_rejected', reason: 'hello-repeated', close_code: 1008 },
      {
        event: 'connection_closed',
        connection_sequence: 1,
        close_code: 1008,
        closed_by: 'server',
      },
    ]);
  });

  it('is not what the application says, be it about a hello', () => {
    const { host, connect } = serve();
    const { connection, peer } = connect('S', 1);
    for (const text of [
      'hello',
      '"hello"',
      '{"say":"hello"}',
      '["hello"]',
      '',
      '{"type":"chat"}',
    ]) {
      connection.received(text);
    }
    connection.received(null);
    expect(peer.ending).toEqual([]);
    expect(host.of('handshake_rejected')).toEqual([]);
  });

  it('counts for nothing after a rejection, of which one is on record', () => {
    const { host, dial } = serve();
    const dialled = dial();
    const { connection, peer } = dialled;
    connection.received('garbage');
    connection.received(hello('S', 1));
    connection.received(null);
    connection.violated(1002);
    connection.received(hello('S', 1));
    host.pass(60_000);
    answerClose(dialled);
    expect(host.lines).toHaveLength(1);
    expect(peer.sent).toEqual([]);
  });

  it('is refused with a status where the upgrade is', () => {
    const { host, connections } = serve();
    connections.refuse('rate-limited', 503, '192.0.2.7:1', { session_id: 'S' });
    expect(host.lines).toMatchObject([
      {
        event: 'handshake_rejected',
        reason: 'rate-limited',
        http_status: 503,
        close_code: null,
        remote_address: '192.0.2.7:1',
        session_id: 'S',
      },
    ]);
  });
});

describe('a session', () => {
  const verified = ({ host }: { host: FakeServerHost }) =>
    host.of('connection_opened').map(({ session_verified }) => session_verified);

  it('is verified by the token it was given', () => {
    const served = serve();
    const { token } = served.connect('S', 1);
    const { token: again } = served.connect('S', 2, token);
    expect(again).toBe(token);
    expect(verified(served)).toEqual([true, true]);
  });

  it('is taken, but unverified and given no token, without one', () => {
    const served = serve();
    served.connect('S', 1);
    expect(served.connect('S', 2).peer.welcome).not.toHaveProperty('reconnect_token');
    expect(verified(served)).toEqual([true, false]);
  });

  it('does not tell a stranger how far its owner is', () => {
    const served = serve();
    const { token } = served.connect('S', 7);
    for (const forged of [undefined, 'forged']) {
      const { welcome } = served.connect('S', 1, forged).peer;
      expect(Object.keys(welcome).sort()).toEqual(['client_id', 'type', 'version']);
    }
    expect(served.connect('S', 8, token).peer.welcome.last_seen_sequence).toBe(7);
  });

  it('is verified without one for as long as no welcome is known to have come', () => {
    const served = serve();
    for (const number of [1, 2, 3]) {
      const { peer, connection } = served.dial();
      connection.ponged();
      connection.received(hello('S', number));
      expect(peer.welcome).toMatchObject({ last_seen_sequence: number - 1 });
      expect(peer.pings).toBe(1);
    }
    const { token } = served.connect('S', 4);
    expect(token).toBe(served.host.sign('S'));
    served.connect('S', 5);
    expect(served.connect('S', 6, token).peer.pings).toBe(0);
    expect(verified(served)).toEqual([true, true, true, true, false, true]);
  });

  it('is no more verified without one once it was shown', () => {
    const served = serve();
    served.dial(helloOf('S', 1));
    served.dial(helloOf('S', 2, served.host.sign('S')));
    served.dial(helloOf('S', 3));
    expect(verified(served)).toEqual([true, true, false]);
  });

  it('is taken, but unverified, with a forged token', () => {
    const served = serve();
    const { token = '' } = served.connect('S', 1);
    const forged = [`${token}x`, token.slice(0, -1), token.toUpperCase(), 'x', '='];
    for (const other of forged) served.connect('S', 2, other);
    served.connect('S', 2, served.host.sign('T'));
    expect(verified(served)).toEqual([true, ...forged.map(() => false), false]);
  });

  it('is verified after a restart with the same key, and with another begins again with its token', () => {
    const { token } = serve().connect('S', 1);
    const same = serve();
    same.connect('S', 2, token);
    expect(verified(same)).toEqual([true]);
    const other = serve({}, new FakeServerHost('another-secret'));
    const { token: another } = other.connect('S', 2, token);
    expect(another).toBe(other.host.sign('S'));
    other.connect('S', 3, another);
    other.connect('S', 4, token);
    expect(verified(other)).toEqual([true, true, false]);
  });

  it('is not moved ahead by a stranger', () => {
    const { connect } = serve();
    const { token } = connect('S', 1);
    connect('S', 2 ** 53 - 1);
    connect('S', 2 ** 53 - 1, 'forged');
    expect(connect('S', 2, token).peer.welcome.last_seen_sequence).toBe(1);
  });

  it('may be named as objects name their own', () => {
    const { host, connect } = serve();
    for (const id of ['__proto__', 'constructor', 'hasOwnProperty']) {
      expect(connect(id, 1).peer.welcome.last_seen_sequence).toBe(0);
      expect(connect(id, 2, host.sign(id)).peer.welcome.last_seen_sequence).toBe(1);
    }
  });

  it('is forgotten after long idleness where there are too many, but never a live one', () => {
    const served = serve({}, new FakeServerHost(), MAX_IDLE);
    const live = served.connect('live', 5);
    const idle = served.connect('idle', 5);
    const back = served.connect('back', 5);
    closeFrom(idle);
    closeFrom(back);
    comeAndGo(served, MAX_IDLE / 2);
    closeFrom(served.connect('back', 6, back.token));
    comeAndGo(served, MAX_IDLE / 2);
    const lastSeen = lastSeenIn(served);
    expect(lastSeen('idle', 6, idle.token)).toBe(0);
    expect(lastSeen('back', 7, back.token)).toBe(6);
    expect(lastSeen('live', 6, live.token)).toBe(5);
    expect(live.peer.ending.at(-1)).toEqual(['terminate']);
  });

  it('is forgotten by when it was seen last, not by when it came', () => {
    const served = serve({}, new FakeServerHost(), MAX_IDLE);
    const [first, second] = [served.connect('first', 5), served.connect('second', 5)];
    closeFrom(second);
    closeFrom(first);
    comeAndGo(served, MAX_IDLE - 1);
    const lastSeen = lastSeenIn(served);
    expect(lastSeen('second', 6, second.token)).toBe(0);
    expect(lastSeen('first', 6, first.token)).toBe(5);
  });

  it('is forgotten without a look at the others', () => {
    const served = serve({}, new FakeServerHost(), MAX_IDLE);
    for (let i = 0; i < MAX_IDLE; i++) served.connect(`live-${i}`, 1);
    comeAndGo(served, MAX_IDLE);
    expect(stepsOfIterators(() => comeAndGo(served, 100))).toBe(0);
  });
});

/** Sessions without a connection that are remembered there. */
const MAX_IDLE = 1000;

let visitors = 0;

/** So many new sessions, each of which connects once and is gone. */
function comeAndGo({ host, connect }: ReturnType<typeof serve>, sessions: number): void {
  for (let i = 0; i < sessions; i++) {
    visitors += 1;
    closeFrom(connect(`visitor-${visitors}`, 1));
    host.lines.length = 0;
  }
}

const lastSeenIn =
  ({ connect }: ReturnType<typeof serve>) =>
  (...hello: Parameters<typeof helloOf>) =>
    connect(...hello).peer.welcome.last_seen_sequence;

/** How often the iterator of a Map or a Set is asked for its next while that runs. */
function stepsOfIterators(run: () => void): number {
  let steps = 0;
  const restore = [new Map().keys(), new Set().keys()].map((iterator) => {
    const prototype = Object.getPrototypeOf(iterator);
    const { next } = prototype;
    prototype.next = function (this: unknown) {
      steps += 1;
      return next.call(this);
    };
    return () => {
      prototype.next = next;
    };
  });
  try {
    run();
  } finally {
    for (const back of restore) back();
  }
  return steps;
}

describe('a newer connection of a session', () => {
  it('ends the older one, which closes after it has opened', () => {
    const { host, connect } = serve();
    const third = connect('S', 3);
    const fourth = connect('S', 4, third.token);
    expect(third.peer.ending).toEqual([['close', 4409, 'superseded'], ['terminate']]);
    expect(fourth.peer.ending).toEqual([]);
    third.connection.ended(1006, '');
    expect(host.lines).toMatchObject([
      { event: 'connection_opened', connection_sequence: 3 },
      { event: 'connection_opened', connection_sequence: 4 },
      {
        event: 'connection_closed',
        connection_sequence: 3,
        close_code: 1006,
        was_clean: false,
        closed_by: 'superseded',
      },
    ]);
  });

  it('is not taken out of its session by the late close of the older one', () => {
    const { connections, connect } = serve();
    const third = connect('S', 3);
    const fourth = connect('S', 4, third.token);
    third.connection.ended(1006, '');
    connections.closeSessions(['S'], 4000, 'test');
    expect(fourth.peer.ending).toEqual([['close', 4000, 'test']]);
    expect(connect('S', 5, third.token).peer.welcome.last_seen_sequence).toBe(4);
  });

  it('does not put its name to the end of one whose peer was closing already', () => {
    const { host, connect } = serve();
    const third = connect('S', 3);
    third.peer.closing = true;
    connect('S', 4, third.token);
    third.connection.ended(1001, '');
    expect(host.of('connection_closed')).toMatchObject([{ close_code: 1001, closed_by: 'peer' }]);
  });

  it('ends nothing where it is unverified', () => {
    const { connections, connect } = serve();
    const owner = connect('S', 1);
    const stranger = connect('S', 2);
    expect(owner.peer.ending).toEqual([]);
    connections.closeSessions(['S'], 4000, 'test');
    expect(owner.peer.ending).toEqual([['close', 4000, 'test']]);
    expect(stranger.peer.ending).toEqual([]);
  });

  it('ends nothing where its hello comes late, and its client has gone on', () => {
    const { connections, connect } = serve();
    const { token } = connect('S', 1);
    const third = connect('S', 3, token);
    const late = connect('S', 2, token);
    expect(late.peer.welcome).toMatchObject({ last_seen_sequence: 3, reconnect_token: token });
    expect(third.peer.ending).toEqual([]);
    connections.closeSessions(['S'], 4000, 'test');
    expect(third.peer.ending).toEqual([['close', 4000, 'test']]);
  });

  it('of its owner ends that of a stranger who was there first', () => {
    const { connect, host } = serve();
    const stranger = connect('S', 2, 'forged');
    const owner = connect('S', 3, host.sign('S'));
    expect(stranger.peer.ending.at(-1)).toEqual(['terminate']);
    expect(owner.peer.ending).toEqual([]);
  });
});

describe('a connection', () => {
  for (const [what, code, closed_by] of [
    ['its peer closes', 1001, 'peer'],
    ['its peer closes without a code', 1005, 'peer'],
    ['the network does', 1006, 'network'],
  ] as const) {
    it(`ends on record when ${what}`, () => {
      const { host, connect } = serve();
      const { connection } = connect('S', 3);
      const [opened] = host.of('connection_opened');
      host.pass(1500);
      connection.ended(code, 'why');
      expect(host.of('connection_closed')).toMatchObject([
        {
          client_id: opened?.client_id,
          session_id: 'S',
          connection_sequence: 3,
          close_code: code,
          close_reason: 'why',
          was_clean: code !== 1006,
          duration_seconds: 1.5,
          closed_by,
        },
      ]);
    });
  }

  it('is closed by the server where its peer breaks the protocol', () => {
    const { host, connect } = serve();
    const { peer, connection } = connect('S', 1);
    peer.closing = true;
    connection.violated(1002);
    connection.ended(1006, '');
    expect(host.of('connection_closed')).toMatchObject([{ closed_by: 'server' }]);
  });

  it('is closed by the server with the sessions it is told to close', () => {
    const { host, connections, connect } = serve();
    const s = connect('S', 1);
    const t = connect('T', 1);
    connections.closeSessions(['S', 'unknown'], 4000, 'test');
    answerClose(s);
    expect(host.of('connection_closed')).toMatchObject([
      { session_id: 'S', close_code: 4000, close_reason: 'test', closed_by: 'server' },
    ]);
    expect(t.peer.ending).toEqual([]);
    connections.closeSessions(['S'], 4000, 'test');
    expect(s.peer.ending).toHaveLength(1);
  });

  it('is pinged, and given up where nothing is heard of it', () => {
    const { host, connect } = serve({ heartbeatIntervalMs: 1000, heartbeatTimeoutMs: 2500 });
    const silent = connect('S', 1);
    const alive = connect('T', 1);
    for (let ms = 0; ms < 3000; ms += 500) {
      host.pass(500);
      alive.connection.heard();
    }
    // The first of them asks whether the welcome has come.
    expect(silent.peer.pings).toBe(1 + 2);
    expect(silent.peer.ending).toEqual([['terminate']]);
    expect(alive.peer.pings).toBe(1 + 3);
    expect(alive.peer.ending).toEqual([]);
    silent.connection.ended(1006, '');
    expect(host.of('connection_closed')).toMatchObject([
      { session_id: 'S', at: 3000, close_code: 1006, closed_by: 'heartbeat' },
    ]);
  });

  it('is not pinged, nor given up, before its hello', () => {
    const { host, dial } = serve({
      heartbeatIntervalMs: 100,
      heartbeatTimeoutMs: 250,
      handshakeTimeoutMs: 1000,
    });
    const { peer, connection } = dial();
    host.pass(500);
    expect(peer.pings).toBe(0);
    connection.received(hello('S', 1));
    host.pass(200);
    expect(peer.pings).toBe(1 + 2);
    expect(peer.ending).toEqual([]);
    host.pass(100);
    expect(peer.ending).toEqual([['terminate']]);
  });

  it('leaves no timer behind', () => {
    const { host, connections, connect, dial } = serve();
    closeFrom(connect('S', 1));
    closeFrom(dial());
    connections.stop(() => {});
    expect(host.timers).toBe(0);
  });
});

describe('a graceful stop', () => {
  it('closes everyone with 1012, and is done when the last is gone', () => {
    const { host, connections, connect, dial } = serve();
    const dialled = [connect('S', 1), connect('T', 1), connect('T', 2), dial()];
    let stopped = false;
    connections.stop(() => {
      stopped = true;
    });
    for (const one of dialled) {
      expect(one.peer.ending).toEqual([['close', 1012, expect.any(String)]]);
      expect(stopped).toBe(false);
      answerClose(one);
    }
    expect(stopped).toBe(true);
    expect(host.of('connection_closed')).toMatchObject([
      { session_id: 'S', close_code: 1012, closed_by: 'server' },
      { session_id: 'T', close_code: 1012, closed_by: 'server' },
      { session_id: 'T', close_code: 1012, closed_by: 'server' },
    ]);
    expect(host.of('handshake_rejected')).toMatchObject([
      { reason: 'server-stopping', close_code: 1012 },
    ]);
  });

  it('is done at once where nobody is there', () => {
    const { connections } = serve();
    let stopped = 0;
    connections.stop(() => {
      stopped += 1;
    });
    expect(stopped).toBe(1);
  });

  it('ends those who do not answer, and still names the server as the one who closed', () => {
    const { host, connections, connect } = serve();
    const connected = connect('S', 1);
    let stopped = false;
    connections.stop(() => {
      stopped = true;
    });
    connections.terminateAll();
    expect(connected.peer.ending.at(-1)).toEqual(['terminate']);
    expect(stopped).toBe(false);
    connected.connection.ended(1006, '');
    expect(stopped).toBe(true);
    expect(host.of('connection_closed')).toMatchObject([{ close_code: 1006, closed_by: 'server' }]);
  });

  it('closes also who comes while it lasts, hello or not', () => {
    const { host, connections, connect, dial } = serve();
    const last = connect('S', 1);
    connections.stop(() => {});
    const late = [dial(), dial(helloOf('T', 1))];
    for (const one of late) {
      expect(one.peer.ending).toMatchObject([['close', 1012, expect.any(String)]]);
    }
    for (const one of [last, ...late]) answerClose(one);
    expect(host.of('connection_closed').map(({ session_id }) => session_id)).toEqual(['S', 'T']);
  });
});

describe('a connection that nothing passes', () => {
  const quiet = { heartbeatIntervalMs: 60_000, heartbeatTimeoutMs: 120_000, idleTimeoutMs: 1000 };

  it('is ended without a close frame, by the network', () => {
    const { host, connect } = serve(quiet);
    const one = connect('S', 1);
    host.pass(999);
    expect(one.peer.ending).toEqual([]);
    host.pass(1);
    expect(one.peer.ending).toEqual([['terminate']]);
    answerClose(one);
    expect(host.of('connection_closed')).toMatchObject([
      { close_code: 1006, closed_by: 'network', duration_seconds: 1 },
    ]);
  });

  it.each([
    ['what the peer says', {}, 900],
    ['a ping', { heartbeatIntervalMs: 900 }, null],
    ['a ping message', { pingMessageMs: 900 }, null],
  ])('is kept by %s', (_, settings, heardAt) => {
    const { host, connect } = serve({ ...quiet, ...settings });
    const { peer, connection } = connect('S', 1);
    host.pass(900);
    if (heardAt !== null) connection.heard();
    host.pass(899);
    expect(peer.ending).toEqual([]);
  });
});

describe('a server that spares its connections', () => {
  it('ends none for its age, or because nothing passes it', () => {
    const age = { min: 1000, max: 1000 };
    const quiet = { heartbeatIntervalMs: 60_000, idleTimeoutMs: 2000, maxConnectionAgeMs: age };
    const { host, connections, connect } = serve(quiet);
    const { peer } = connect('S', 1);
    connections.spare();
    const later = connect('T', 1);
    host.pass(5000);
    expect([peer.ending, later.peer.ending]).toEqual([[], []]);
  });
});

describe('a connection that has reached its age', () => {
  it('is closed with 1001, unless it ended before', () => {
    const { host, connect } = serve({ maxConnectionAgeMs: { min: 1000, max: 3000 } });
    const [one, other] = [connect('S', 1), connect('T', 1)];
    closeFrom(other);
    host.pass(1999);
    expect(one.peer.ending).toEqual([]);
    host.pass(1);
    expect(one.peer.ending).toEqual([['close', 1001, 'max connection age']]);
    expect(other.peer.ending).toEqual([]);
    answerClose(one);
    expect(host.of('connection_closed').at(-1)).toMatchObject({
      close_code: 1001,
      closed_by: 'server',
    });
  });
});

describe('a server that drains', () => {
  it('closes everyone one by one, and keeps the others alive meanwhile', () => {
    const { host, connections, dial, connect } = serve({ heartbeatIntervalMs: 500 });
    const all = [connect('S', 1), connect('T', 1)];
    const pings = all[1]?.peer.pings ?? 0;
    let stopped = false;
    connections.stop(() => {
      stopped = true;
    }, 2000);
    const closed = () => all.map(({ peer }) => peer.ending.length);
    host.pass(0);
    expect(closed()).toEqual([1, 0]);
    host.pass(999);
    expect(closed()).toEqual([1, 0]);
    expect(all[1]?.peer.pings).toBeGreaterThan(pings);
    expect(dial().peer.closing).toBe(true);
    host.pass(1);
    expect(all[1]?.peer.ending).toEqual([['close', 1012, 'restart']]);
    for (const one of all) answerClose(one);
    expect(stopped).toBe(false);
  });
});

describe('any stream of frames', () => {
  const session = fc.constantFrom('S', 'T');
  const number = fc.integer({ min: 1, max: 5 });
  const token = fc.constantFrom('none', 'good', 'forged');
  const who = fc.nat({ max: 7 });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('dial' as const) }),
    fc.record({ kind: fc.constant('query' as const), session, number, token }),
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('hello' as const), who, session, number, token }),
    },
    fc.record({
      kind: fc.constant('text' as const),
      who,
      text: fc.oneof(fc.string(), fc.json(), fc.constant('{"type":"hello"}')),
    }),
    fc.record({
      kind: fc.constantFrom('binary', 'violate', 'heard', 'answer', 'close', 'drop'),
      who,
    }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.nat({ max: 6000 }) }),
    fc.record({ kind: fc.constant('close session' as const), session }),
  );

  it('leaves one opened and one closed line of each connection, or one rejected line', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { host, connections, dial } = serve({
          idleTimeoutMs: 9000,
          maxConnectionAgeMs: { min: 10_000, max: 30_000 },
        });
        const tokenOf = (id: string, kind: string) =>
          kind === 'none' ? undefined : kind === 'good' ? host.sign(id) : 'forged';
        const dialled: ReturnType<typeof dial>[] = [];
        const open = new Set<ReturnType<typeof dial>>();
        const end = (one: ReturnType<typeof dial>, act: () => void) => {
          if (open.delete(one)) act();
        };
        const add = (one: ReturnType<typeof dial>) => {
          dialled.push(one);
          open.add(one);
        };
        for (const step of steps) {
          const one = 'who' in step ? [...open].at(-1 - step.who) : undefined;
          if (step.kind === 'dial') add(dial());
          else if (step.kind === 'query') {
            const { session, number, token } = step;
            add(dial(helloOf(session, number, tokenOf(session, token))));
          } else if (step.kind === 'pass') host.pass((step as { ms: number }).ms);
          else if (step.kind === 'close session') {
            connections.closeSessions([(step as { session: string }).session], 4000, 'test');
          } else if (one === undefined) continue;
          else if (step.kind === 'hello') {
            const { session, number, token } = step as Extract<typeof step, { session: string }> & {
              number: number;
              token: string;
            };
            one.connection.received(hello(session, number, tokenOf(session, token)));
          } else if (step.kind === 'text') one.connection.received((step as { text: string }).text);
          else if (step.kind === 'binary') one.connection.received(null);
          else if (step.kind === 'heard') one.connection.heard();
          else if (step.kind === 'answer') {
            if (one.peer.ending.length > 0) end(one, () => answerClose(one));
          } else if (step.kind === 'close') end(one, () => closeFrom(one));
          else if (step.kind === 'drop') end(one, () => one.connection.ended(1006, ''));
          else {
            one.peer.closing = true;
            one.connection.violated(1002);
          }
          // A session never has two verified connections that nobody has begun to end, but for late ones.
          for (const id of ['S', 'T']) {
            let highest = 0;
            const live = host
              .of('connection_opened')
              .filter((line) => line.session_id === id && line.session_verified)
              .filter(({ connection_sequence: number }) => {
                highest = Math.max(highest, number);
                return number === highest;
              })
              .filter(({ client_id }) =>
                [...open].some(({ peer }) => !peer.closing && peer.welcome.client_id === client_id),
              );
            expect(live.length).toBeLessThanOrEqual(1);
          }
        }
        let stopped = false;
        connections.stop(() => {
          stopped = true;
        });
        for (const one of [...open]) end(one, () => answerClose(one));
        expect(stopped).toBe(true);
        expect(host.timers).toBe(0);

        const story = new Map<string, string>();
        for (const line of host.lines) {
          if (!('client_id' in line)) continue;
          const event = line.event === 'handshake_rejected' ? 'rejected' : line.event.slice(11);
          story.set(line.client_id, `${story.get(line.client_id) ?? ''} ${event}`.trim());
        }
        expect(story.size).toBe(dialled.length);
        for (const one of story.values()) {
          expect(['opened closed', 'opened rejected closed', 'rejected']).toContain(one);
        }
        // The numbers of a close are those of its opening.
        const key = ({ session_id = '', connection_sequence = 0, client_id = '' }) =>
          `${client_id} ${session_id} ${connection_sequence}`;
        expect(host.of('connection_closed').map(key).sort()).toEqual(
          host.of('connection_opened').map(key).sort(),
        );
      }),
      { numRuns: runs(2000) },
    );
  });
});
