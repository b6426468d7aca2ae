import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ConnectionLog, type Waiting } from '../../src/proxy/connection-log.ts';
import { helloText, SESSION, welcomeText } from './support.ts';

/** Logs of connections through one proxy, with a clock that stands. */
function createLogs() {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const lines: Record<string, unknown>[] = [];
  const waiting: Waiting = new Map();
  let ids = 0;
  const host = {
    now: () => Date.now(),
    newId: () => `own-${++ids}`,
    // As a line of JSON, which has no undefined fields.
    write: (event: string, fields: object) =>
      void lines.push(JSON.parse(JSON.stringify({ event, ...fields }))),
  };
  const asked = (inQuery: ConstructorParameters<typeof ConnectionLog>[3] = null) =>
    new ConnectionLog(host, waiting, '127.0.0.1:1', inQuery);
  const accepted = () => {
    const log = asked();
    log.accepted();
    return log;
  };
  return { lines, waiting, asked, accepted };
}

const hello = (number = 1) => ({ text: helloText(number) });
const welcome = (id: string) => ({ text: welcomeText(id) });

describe('the log of a connection', () => {
  it('names it as its server does, from its welcome on', () => {
    const { lines, accepted, waiting } = createLogs();
    const log = accepted();
    log.clientSaid(hello(4));
    vi.advanceTimersByTime(100);
    log.serverSaid({ text: 'before the welcome' });
    expect(lines).toEqual([]);
    log.serverSaid(welcome('theirs'));
    vi.advanceTimersByTime(2500);
    log.closes('peer', 1001, 'gone');
    log.closes('server', 1001, '');
    log.ended('network');
    const names = { client_id: 'theirs', session_id: SESSION, connection_sequence: 4 };
    expect(lines).toEqual([
      { event: 'connection_opened', ...names, remote_address: '127.0.0.1:1' },
      {
        event: 'connection_closed',
        ...names,
        close_code: 1001,
        close_reason: 'gone',
        was_clean: true,
        duration_seconds: 2.5,
        closed_by: 'peer',
      },
    ]);
    expect(waiting.size).toBe(0);
  });

  it('has an own name for it where no welcome comes in time', () => {
    const { lines, accepted } = createLogs();
    const log = accepted();
    log.clientSaid(hello());
    vi.advanceTimersByTime(5000);
    expect(lines).toMatchObject([{ event: 'connection_opened', client_id: 'own-1' }]);
    log.serverSaid(welcome('late'));
    vi.advanceTimersByTime(1000);
    log.ended('network');
    expect(lines[1]).toMatchObject({ client_id: 'own-1', duration_seconds: 6, close_code: 1006 });
  });

  it('has it before the session’s next one, though neither is welcomed', () => {
    const { lines, accepted } = createLogs();
    const [one, two] = [accepted(), accepted()];
    one.clientSaid(hello(1));
    two.clientSaid(hello(2));
    two.serverSaid(welcome('two'));
    one.ended('network');
    expect(lines.map(({ event, connection_sequence }) => [event, connection_sequence])).toEqual([
      ['connection_opened', 1],
      ['connection_opened', 2],
      ['connection_closed', 1],
    ]);
  });

  it.each([
    ['no JSON', { text: 'hi' }, 'first message: not a JSON object'],
    ['another message', { text: '{"type":"hi"}' }, 'first message: type is not "hello"'],
    ['a hello without an id', { text: '{"type":"hello"}' }, 'first message: version is not 1'],
    ['binary', { unreadable: 'binary' }, 'first message: binary'],
    ['compressed', { unreadable: 'compressed' }, 'first message: compressed'],
  ] as const)('has no session where the first message is %s', (_, message, without_session) => {
    const { lines, accepted } = createLogs();
    const log = accepted();
    log.clientSaid(message);
    log.clientSaid(hello());
    log.ended('network');
    expect(lines).toMatchObject([
      { event: 'connection_opened', client_id: 'own-1', without_session },
      { event: 'connection_closed', client_id: 'own-1', close_code: 1006, closed_by: 'network' },
    ]);
    for (const line of lines) expect(line).not.toHaveProperty('session_id');
  });

  it('has the names of a hello that has no usable number', () => {
    const { lines, accepted } = createLogs();
    const log = accepted();
    log.clientSaid({ text: `{"type":"hello","version":1,"session_id":"${SESSION}"}` });
    log.serverSaid(welcome('theirs'));
    expect(lines).toMatchObject([{ event: 'connection_opened', session_id: SESSION }]);
    expect(lines[0]).not.toHaveProperty('connection_sequence');
  });

  it.each([
    ['its client leaves before its hello', 'network', null, 1006],
    ['its client closes before its hello', 'network', 1001, 1001],
    ['its server leaves before its hello', 'server', null, 1006],
  ] as const)('is of a rejected handshake where %s', (_, by, code, close_code) => {
    const { lines, accepted } = createLogs();
    const log = accepted();
    if (code !== null) log.closes('peer', code, '');
    log.ended(by);
    log.ended(by);
    expect(lines).toMatchObject([
      { event: 'handshake_rejected', reason: 'hello-missing', close_code, http_status: null },
    ]);
  });

  it.each([
    ['network', 'peer-left'],
    ['server', 'upstream-closed'],
  ] as const)('tells who left before the answer: %s', (by, reason) => {
    const { lines, asked } = createLogs();
    asked().ended(by);
    expect(lines).toMatchObject([
      { event: 'handshake_rejected', reason, close_code: null, http_status: null },
    ]);
  });

  it.each([
    ['its server, which is not answered', [['server', 1012]], 1006, 'server'],
    ['its server, for a newer one', [['server', 4409]], 1006, 'superseded'],
    [
      'its server, which is answered',
      [
        ['server', 1012],
        ['peer', 1012],
      ],
      1012,
      'server',
    ],
    ['its client, without a code', [['peer', null]], 1005, 'peer'],
  ] as const)('tells who closed: %s', (_, frames, close_code, closed_by) => {
    const { lines, accepted } = createLogs();
    const log = accepted();
    log.clientSaid(hello());
    for (const [by, code] of frames) log.closes(by, code, '');
    log.ended('network');
    expect(lines.at(-1)).toMatchObject({
      close_code,
      closed_by,
      was_clean: close_code !== 1006,
    });
  });
});
