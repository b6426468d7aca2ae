/**
 * The page under test: wsdiag's core over a real window. It tells the story's site what it sees, by
 * the browser's words where the browser has one.
 */
import { Client } from '../../../../src/core/client.ts';
import type { ClientHost, Socket, SocketEnd, SocketEvents } from '../../../../src/core/host.ts';
import { Sequence } from '../../../../src/core/sequence.ts';
import { DEFAULT_CLIENT_SETTINGS } from '../../../../src/core/settings.ts';
import type { PageSettings } from '../settings.ts';

const settings: PageSettings = JSON.parse(
  new URLSearchParams(location.search).get('settings') ?? '{}',
);

/** What the site has not confirmed yet. */
let unsent: object[] = [];
let lines = 0;
const documentName = crypto.randomUUID();

function tell(event: string, fields: object = {}): void {
  unsent.push({ document: documentName, line: ++lines, time: Date.now(), event, ...fields });
  void send();
}

/** Tells it again until it gets through: a page that is offline has something to tell, too. */
async function send(): Promise<void> {
  const batch = unsent;
  if (batch.length === 0) return;
  try {
    await fetch(logUrl(), { method: 'POST', body: JSON.stringify(batch), keepalive: true });
    unsent = unsent.filter((line) => !batch.includes(line));
  } catch {
    setTimeout(() => void send(), 200);
  }
}

/** The last that a page can do. */
function sendNow(): void {
  if (unsent.length > 0) navigator.sendBeacon(logUrl(), JSON.stringify(unsent));
}

const logUrl = (): string => `/log?row=${encodeURIComponent(settings.row)}`;

const navigationType = (): string =>
  (performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming | undefined)
    ?.type ?? 'none';

/** Tries what a browser may forbid, and tells of it. */
function allowed<T>(what: string, attempt: () => T): T | null {
  try {
    return attempt();
  } catch (error) {
    tell('throws', { what, name: (error as Error).name });
    return null;
  }
}

function dial(query: [string, string][], events: SocketEvents): Socket {
  const url = new URL(settings.url);
  for (const [name, value] of query) url.searchParams.set(name, value);
  const socket = new WebSocket(url);
  window.lastSocket = socket;
  let opened = false;
  let abandoned = false;
  socket.addEventListener('open', () => {
    opened = true;
    if (!abandoned) events.opened();
  });
  socket.addEventListener('message', ({ data }) => {
    if (abandoned) return;
    events.heard();
    events.received(String(data));
  });
  socket.addEventListener('error', () => tell('error', { opened }));
  socket.addEventListener('close', ({ code, reason, wasClean }) => {
    tell('close', { opened, code, reason, clean: wasClean });
    const error = opened ? null : 'it did not open';
    const end: SocketEnd = { code, reason, wasClean, error, httpStatus: null, retryAfterMs: null };
    if (!abandoned) events.ended(end);
  });
  const abandon = () => {
    abandoned = true;
    socket.close();
  };
  return {
    behind: false,
    send: (text) => socket.send(text),
    close: (code, reason) => socket.close(code, reason),
    leave: () => {
      abandoned = true;
    },
    abandon,
    cut: () => {},
    setLatency: () => {},
  };
}

/** With a Web Lock, where there are any: it lives as long as the document, and no longer. */
function claimSession(id: string, decided: (release: (() => void) | null) => void): void {
  const free = () => decided(() => {});
  if (navigator.locks === undefined) {
    free();
    return;
  }
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  navigator.locks
    .request(`wsdiag ${id}`, { ifAvailable: true }, (lock) => {
      decided(lock === null ? null : release);
      return lock === null ? undefined : held;
    })
    .catch((error: Error) => {
      tell('throws', { what: 'locks', name: error.name });
      free();
    });
}

const host: ClientHost = {
  now: () => performance.now(),
  setTimer: (delayMs, fire) => setTimeout(fire, delayMs),
  clearTimer: (timer) => clearTimeout(timer as number | undefined),
  random: Math.random,
  randomUUID: () => crypto.randomUUID(),
  storage: {
    getItem: (key) => sessionStorage.getItem(key),
    setItem: (key, value) => sessionStorage.setItem(key, value),
    removeItem: (key) => sessionStorage.removeItem(key),
  },
  log: (event, fields) => tell(event, fields),
  dial,
  claimSession,
};

declare global {
  interface Window {
    lastSocket: WebSocket | undefined;
    /** Pages of a story that are asked to do something. */
    story: { closeSocket(code: number, reason: string): string };
  }
}

function startClient(navigation: 'navigate' | 'reload'): Client {
  const client = new Client(
    host,
    { ...DEFAULT_CLIENT_SETTINGS, ...settings.client },
    new Sequence(host.storage, host.randomUUID),
  );
  client.load(navigation);
  return client;
}

allowed('sessionStorage', () => sessionStorage.length);
tell('loaded', {
  navigation: navigationType(),
  discarded: (document as { wasDiscarded?: boolean }).wasDiscarded ?? false,
});
let client = startClient(navigationType() === 'reload' ? 'reload' : 'navigate');

window.story = {
  closeSocket(code, reason) {
    try {
      client.close(code, reason);
      return 'closed';
    } catch (error) {
      tell('throws', { what: `close(${code})`, name: (error as Error).name });
      return (error as Error).name;
    }
  },
};

addEventListener('pagehide', ({ persisted }) => {
  tell('pagehide', { persisted });
  client.unload('close');
  sendNow();
});
addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return;
  tell('pageshow', { persisted, navigation: navigationType() });
  client = startClient('navigate');
});
addEventListener('offline', () => {
  tell('offline');
  client.goOffline();
});
addEventListener('online', () => {
  tell('online');
  client.goOnline();
});
