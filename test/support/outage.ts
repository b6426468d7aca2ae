import { Client } from '../../src/core/client.ts';
import { type Admission, createDialGate } from '../../src/core/dial-gate.ts';
import type { ClientAs } from '../../src/core/habits.ts';
import type { ClientHost, SocketEnd, SocketEvents } from '../../src/core/host.ts';
import { randomFor } from '../../src/core/random.ts';
import { Sequence } from '../../src/core/sequence.ts';
import { type BackoffSettings, DEFAULT_CLIENT_SETTINGS } from '../../src/core/settings.ts';
import { FakeBrowser, FakeSocket, FakeStorage } from './fake-host.ts';

/** What an outage was like for one client. */
export interface Outage {
  /** `new WebSocket` calls while the server was away. */
  attempts: number;
  /** Of these, the ones that the network saw while the server was away. */
  dials: number;
  /** From the server's return to the welcome. */
  backMs: number;
}

interface OutageSettings {
  outageMs: number;
  backoff: BackoffSettings;
  seed: number;
  /** The gate's. */
  random?: () => number;
}

/** Milliseconds from a dial to its refusal, as to its welcome. */
const ROUND_TRIP_MS = 1;
/** Firefox's longest delay, and an attempt that is given up within it. */
const LONGEST_WAIT_MS = 75_000;

/** A socket whose dial a gate holds back, to a server that is away at times. */
class GatedSocket extends FakeSocket {
  admission: Admission | null = null;

  override abandon(): void {
    super.abandon();
    this.admission?.ended('given-up');
  }

  override end(end: Partial<SocketEnd> = {}): void {
    if (!this.live) return;
    this.admission?.ended('failed');
    super.end(end);
  }
}

/** A client whose server kills its connection, refuses for that long, and comes back. */
export function runOutage(
  as: ClientAs,
  { outageMs, backoff, seed, random = randomFor(seed, 'gate') }: OutageSettings,
): Outage {
  const browser = new FakeBrowser(seed);
  const gate = createDialGate(as, browser, random);
  let isUp = true;
  let attempts = 0;
  let dials = 0;

  const answer = (socket: GatedSocket) => {
    if (!socket.live) return;
    if (isUp) {
      socket.admission?.opened();
      socket.accept();
    } else {
      socket.end({ error: 'ECONNREFUSED' });
    }
  };
  const dial: ClientHost['dial'] = ({ query }, events: SocketEvents) => {
    const socket = new GatedSocket(query, events);
    browser.sockets.push(socket);
    if (!isUp) attempts += 1;
    socket.admission = gate.ask(() => {
      if (!isUp) dials += 1;
      browser.setTimer(ROUND_TRIP_MS, () => answer(socket));
    });
    return socket;
  };

  const storage = new FakeStorage();
  const host = { ...browser.document(storage), dial };
  const settings = { ...DEFAULT_CLIENT_SETTINGS, backoff, heartbeatTimeoutMs: null };
  new Client(host, settings, new Sequence(storage, host.randomUUID)).load('navigate');
  browser.pass(3_000);
  isUp = false;
  browser.socket.end();
  browser.pass(outageMs);
  isUp = true;
  const upAt = browser.now();
  browser.pass(LONGEST_WAIT_MS);
  const backAt = browser.of('connection_opened')[1]?.at ?? Number.POSITIVE_INFINITY;
  return { attempts, dials, backMs: backAt - upAt };
}
