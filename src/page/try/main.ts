/** The page of `wsdiag serve --page`: one connection, buttons for what can happen to it, and both logs. */

import { connect } from '../client.ts';

const element = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
const isFrame = window.top !== window;
const url = document.querySelector('meta[name="web-socket-url"]')?.getAttribute('content') ?? '';

const connection = connect(url, { log: '/client-log' });
for (const event of ['open', 'close'] as const) connection.addEventListener(event, show);
setInterval(show, 500);

function show(): void {
  element('session').textContent = connection.sessionId?.slice(0, 8) ?? '–';
  element('number').textContent = `${connection.connectionSequence ?? '–'}`;
  element('state').textContent = connection.connected ? 'connected' : 'not connected';
  for (const line of document.querySelectorAll('li')) {
    line.classList.toggle('own', line.dataset.session === connection.sessionId);
  }
}

const frames = element('frames');

const DO: Record<string, () => void> = {
  reload: () => location.reload(),
  // As a browser's “duplicate”: the new tab begins with a copy of this one's storage.
  duplicate: () => window.open(location.href),
  frame() {
    const frame = document.createElement('iframe');
    frame.title = 'a frame of the page, with a connection of its own';
    frame.src = location.href;
    frames.append(frame);
  },
  'remove-frame': () => frames.lastElementChild?.remove(),
  away() {
    location.href = '/away';
  },
  close: () => connection.close(4001, 'bye'),
  clear: () => sessionStorage.clear(),
  spoil: () => sessionStorage.setItem('ws_connection_sequence', 'NaN'),
};

function act(action: string): void {
  const body = JSON.stringify({ action, session_id: connection.sessionId });
  void fetch('/act', { method: 'POST', body });
}

document.addEventListener('click', ({ target }) => {
  if (!(target instanceof HTMLButtonElement)) return;
  if (target.dataset.act) act(target.dataset.act);
  if (target.dataset.do) DO[target.dataset.do]?.();
});

interface Line {
  log: 'client' | 'server';
  time?: string;
  event?: string;
  session_id?: string;
  connection_sequence?: number | null;
  [field: string]: unknown;
}

/** What else of a line a person wants to see. */
const SHOWN = [
  'reason',
  'navigation',
  'close_code',
  'error',
  'duration_seconds',
  'closed_by',
  'delay_ms',
];

function add(line: Line): void {
  const item = document.createElement('li');
  const time = document.createElement('span');
  time.className = 'time';
  time.textContent = line.time?.slice(11, 23) ?? '';
  if (line.session_id !== undefined) item.dataset.session = line.session_id;
  const who = `${line.session_id?.slice(0, 8) ?? ''}${line.connection_sequence ? ` #${line.connection_sequence}` : ''}`;
  const what = SHOWN.filter(
    (name) => line[name] !== undefined && line[name] !== null && line[name] !== '',
  )
    .map((name) => `${name} ${line[name]}`)
    .join(', ');
  item.append(time, ` ${who} ${line.event ?? ''}${what ? `: ${what}` : ''}`);
  item.classList.toggle('own', line.session_id === connection.sessionId);
  const list = element(line.log);
  const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
  list.append(item);
  if (isAtEnd) list.scrollTop = list.scrollHeight;
}

if (isFrame) document.body.classList.add('frame');
else new EventSource('/log').onmessage = ({ data }) => add(JSON.parse(data) as Line);
