/**
 * The page of the story: `connect()` of `wsdiag/client`. It tells the story's site the client's log, and beside it what
 * a page sees of its sockets and of its own life.
 */
import { connect } from '../../../../src/page/client.ts';
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
  const batch = [...unsent];
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

let lastSocket: WebSocket | undefined;

/** The one that the client makes. */
class WatchedWebSocket extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols);
    lastSocket = this;
    let opened = false;
    this.addEventListener('open', () => {
      opened = true;
    });
    this.addEventListener('error', () => tell('error', { opened }));
    this.addEventListener('close', ({ code, reason, wasClean }) =>
      tell('close', { opened, code, reason, clean: wasClean }),
    );
    if (settings.ignoresLastSeen) this.addEventListener('message', hideLastSeen);
  }
}

/** A client that never hears how far the server has seen its session. */
function hideLastSeen(this: WebSocket, event: MessageEvent): void {
  if (!event.isTrusted) return;
  event.stopImmediatePropagation();
  const data = String(event.data).replace(/"last_seen_sequence":\d+/, '"last_seen_sequence":0');
  this.dispatchEvent(new MessageEvent('message', { data }));
}

declare global {
  interface Window {
    /** For pages of a story that are asked to do something. */
    story: { closeSocket(code: number, reason: string): void };
  }
}

window.story = {
  closeSocket(code, reason) {
    try {
      lastSocket?.close(code, reason);
    } catch (error) {
      tell('throws', { what: `close(${code})`, name: (error as Error).name });
    }
  },
};

try {
  void sessionStorage.length;
} catch (error) {
  tell('forbidden', { what: 'sessionStorage', name: (error as Error).name });
  navigator.locks
    .request('story', () => {})
    .catch(({ name }: Error) => tell('forbidden', { what: 'locks', name }));
}
if ((document as { wasDiscarded?: boolean }).wasDiscarded) tell('discarded');
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) tell('pageshow', { persisted });
});
addEventListener('offline', () => tell('offline'));
addEventListener('online', () => tell('online'));

window.WebSocket = WatchedWebSocket;
connect(settings.url, { ...settings.client, log: (line) => tell(line.event, { log: line }) });

// Behind the client's listener, whose lines are the last that a page has to tell.
queueMicrotask(() =>
  addEventListener('pagehide', ({ persisted }) => {
    tell('pagehide', { persisted });
    sendNow();
  }),
);
