import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, runProcess } from '../support/cli.ts';
import { itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const CASES = path.join(import.meta.dirname, '../fixtures/logs/cases');

const logs = fs
  .readdirSync(CASES, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(?:log|ndjson)$/.test(name))
  .toSorted();

const written = (text: string): string => {
  const file = path.join(temporaryDirectory(), 'app.log');
  fs.writeFileSync(file, text);
  return file;
};

/** The description that is printed, as it would be copied. */
function descriptionIn(stdout: string, title: string): string {
  const [, text = ''] = stdout.slice(stdout.indexOf(title)).split('\n\n');
  return `${text.replace(/^ {2}/gm, '')}\n`;
}

const suggestionIn = (stdout: string): string =>
  descriptionIn(stdout, 'A description to start from.');

/** The description that is drafted for lines, and the sessions that it finds in them. */
async function draftFor(lines: readonly string[]) {
  const log = written(`${lines.join('\n')}\n`);
  const { stdout } = await runCli(['explain', log]);
  const format = suggestionIn(stdout);
  const args = ['sessions', log, '--log-format', written(format), '--json'];
  return { stdout, format, sessions: JSON.parse((await runCli(args)).stdout).sessions };
}

describe('wsdiag explain', () => {
  it.each(logs)('tells what the lines of a log were read as: %s', async (name) => {
    const { code, stdout } = await runCli(['explain', path.join(CASES, name)]);
    const understands = stdout.includes('Connection events:');
    expect(code).toBe(0);
    expect(stdout).toMatch(/: \d+ lines?/);
    const isToBeDescribed = !understands && !name.startsWith('31');
    expect(stdout.includes('A description to start from.')).toBe(
      isToBeDescribed || name.startsWith('20'),
    );
  });

  it.each([
    ['05-openclaw-text/gateway.log', 3, 1005],
    ['05-openclaw-text/gateway.ndjson', 3, 1008],
    ['10-client-text/console.log', 3, 1006],
    ['20-two-words/app.log', 2, 1000],
    ['24-one-client-no-session/bot.log', 3, 1006],
  ])('prints a description that reads %s as it stands', async (name, connections, code) => {
    const log = path.join(CASES, name);
    const format = written(suggestionIn((await runCli(['explain', log])).stdout));
    const { stdout } = await runCli(['sessions', log, '--log-format', format, '--json']);
    expect(JSON.parse(stdout).sessions).toMatchObject([{ connections, last_close_code: code }]);
  });

  describe('of words', () => {
    const lines = [
      "2026-03-03 09:00:03,000 INFO     app.ws - Connection from ('198.51.100.7', 60001) opened for user 17",
      "2026-03-03 09:00:15,000 WARNING  app.ws - Connection lost for user 17: code=1006 reason='gone away', was open 12.0s",
      'Traceback (most recent call last):',
      'RuntimeError: Connection closed while writing',
      '2026-03-03 09:00:16,000 WARNING  app.db - Reconnecting to postgres',
      '2026-03-03 09:00:16,100 INFO     app.db - Connected to postgres',
      '2026-03-03 09:00:17,000 INFO     app.ws - Reconnecting',
      "2026-03-03 09:00:18,000 INFO     app.ws - Connection from ('198.51.100.7', 60002) opened for user 17",
      "2026-03-03 09:00:25,000 ERROR    app.ws - Connection lost for user 17: code=1011 reason='', was open 7.0s",
    ];

    it('takes the word that says which of the two it is, and nothing of other connections', async () => {
      const { format, sessions } = await draftFor(lines);
      expect(format).toMatch(/connection_opened: \[opened\]\n *connection_closed: \[lost\]\n/);
      expect(format).not.toMatch(/postgres|RuntimeError/);
      expect(format).toMatch(/# 1 line ".* - Reconnecting" is not assigned\n/);
      expect(sessions).toMatchObject([{ session_id: '17', connections: 2, last_close_code: 1011 }]);
    });

    it('takes the word behind "connection" too, where no other says that it opened', async () => {
      const { format, sessions } = await draftFor([
        '2026-03-03T09:00:00Z Connection from conn=a user=u',
        '2026-03-03T09:00:09Z Connection lost conn=a user=u',
      ]);
      expect(format).toMatch(
        /connection_opened: \['Connection from'\]\n *connection_closed: \[lost\]/,
      );
      expect(sessions).toMatchObject([{ connections: 1 }]);
    });
  });

  it('takes who stands between "user" and the event, and what is accepted', async () => {
    const { format, sessions } = await draftFor([
      '2026-03-03T09:00:00Z INFO User alice joined',
      '2026-03-03T09:00:01Z INFO User bob joined',
      '2026-03-03T09:00:02Z WARN User alice left',
      '2026-03-03T09:00:03Z INFO User alice joined',
      '2026-03-03T09:00:04Z INFO Accepted WebSocket connection from 192.0.2.1',
      '2026-03-03T09:00:05Z WARN Connection error',
    ]);
    expect(format).toContain("connection_opened: [joined, 'Accepted WebSocket']\n");
    expect(format).toMatch(/# 1 line ".* Connection error" is not assigned\n/);
    expect(sessions).toMatchObject([
      { session_id: 'alice', connections: 2 },
      { session_id: 'bob', connections: 1 },
    ]);
  });

  describe('of keys and values', () => {
    const hub = [
      'time=2026-03-03T09:00:01Z level=INFO msg="ws: client registered" conn=101 user=u-7',
      'time=2026-03-03T09:00:31Z level=WARN msg="ws: client unregistered" conn=101 user=u-7 code=1006 dur=30s',
      'time=2026-03-03T09:00:33Z level=INFO msg="ws: client registered" conn=102 user=u-7',
      'time=2026-03-03T09:00:40Z level=WARN msg="ws: ping timeout" conn=102 user=u-7',
      'time=2026-03-03T09:00:41Z level=WARN msg="ws: ping timeout" conn=102 user=u-7',
      'time=2026-03-03T09:00:50Z level=INFO msg="db: connection opened" dsn=postgres://db',
      'time=2026-03-03T09:00:55Z level=INFO msg="db: connection closed" dsn=postgres://db',
      'time=2026-03-03T09:01:03Z level=WARN msg="ws: client unregistered" conn=102 user=u-7 code=1001 dur=30s',
    ];

    it('knows clients that register, and says which lines it leaves', async () => {
      const { format, sessions } = await draftFor(hub);
      expect(format).toContain("connection_opened: ['ws: client registered']\n");
      expect(format).toContain("connection_closed: ['ws: client unregistered']\n");
      expect(format).toContain('# 2 lines "ws: ping timeout" are not assigned\n');
      expect(format).not.toContain('db: ');
      expect(sessions).toMatchObject([
        { session_id: 'u-7', connections: 2, last_close_code: 1001 },
      ]);
    });

    it('goes by what is said of connections before what may be said of anything', async () => {
      const { format, sessions } = await draftFor([
        ...hub.map((line) =>
          line.replace('unregistered', 'closed').replace('registered', 'opened'),
        ),
        'time=2026-03-03T09:02:00Z level=INFO msg="ws: client authenticated" conn=102 user=u-7',
      ]);
      expect(format).toContain("connection_opened: ['ws: client opened']\n");
      expect(format).toContain('# 1 line "ws: client authenticated" is not assigned\n');
      expect(sessions).toMatchObject([{ connections: 2 }]);
    });
  });

  describe('where a session is named', () => {
    const EITHER = /client_id: .*the id of one connection, new on each reconnect\n/;
    const NAMED_ONCE = /session_id: .*the same on each reconnect; one line of each connection that/;

    it('takes it from another line that has the connection too', async () => {
      const { format, sessions } = await draftFor(
        [
          { msg: 'redis connected', url: 'redis://cache' },
          { msg: 'client connected', connId: 'c-1' },
          { msg: 'user logged in', connId: 'c-1', userId: 'alice' },
          { msg: 'client disconnected', connId: 'c-1', code: 1006 },
          { msg: 'client connected', connId: 'c-2' },
          { msg: 'user logged in', connId: 'c-2', userId: 'alice' },
        ].map((fields, at) => JSON.stringify({ time: 1772528401000 + at * 1000, ...fields })),
      );
      expect(format).toMatch(EITHER);
      expect(format).toMatch(NAMED_ONCE);
      expect(format).not.toMatch(/redis|one_session/);
      expect(sessions).toMatchObject([
        { session_id: 'alice', connections: 2, last_close_code: 1006 },
      ]);
    });

    it('takes it from another line of words too', async () => {
      const { format, sessions } = await draftFor([
        '2026-03-03T09:00:00Z ws connected conn=a',
        '2026-03-03T09:00:01Z user 17 logged in conn=a',
        '2026-03-03T09:00:02Z ws disconnected conn=a code=1006',
        '2026-03-03T09:00:03Z ws connected conn=b',
        '2026-03-03T09:00:04Z user 17 logged in conn=b',
      ]);
      expect(format).toMatch(EITHER);
      expect(format).toMatch(NAMED_ONCE);
      expect(format).not.toContain('one_session');
      expect(sessions).toMatchObject([{ session_id: '17', connections: 2, last_close_code: 1006 }]);
    });

    it('knows the client from the connection where a line has both', async () => {
      const { format, sessions } = await draftFor([
        '{"time":"2026-03-03T09:00:00Z","msg":"ws connected","clientId":"tab-1","socketId":"a"}',
        '{"time":"2026-03-03T09:00:02Z","msg":"ws closed","clientId":"tab-1","socketId":"a"}',
        '{"time":"2026-03-03T09:00:03Z","msg":"ws connected","clientId":"tab-1","socketId":"b"}',
      ]);
      expect(format).toMatch(/client_id: socketId .*\n *session_id: clientId /);
      expect(sessions).toMatchObject([{ session_id: 'tab-1', connections: 2 }]);
    });

    it('says where none is', async () => {
      const { format } = await draftFor([
        '2026-03-03T09:00:00Z ws connected conn=a',
        '2026-03-03T09:00:02Z ws disconnected conn=a',
      ]);
      expect(format).toMatch(/# no line seems to name a session.*\n.*\none_session: true\n/);
    });
  });

  it('knows a handshake in an access log that nothing else tells of connections', async () => {
    const lines = fs
      .readFileSync(path.join(CASES, '13-caddy/access.log'), 'utf8')
      .trimEnd()
      .replaceAll('http.log.access.log0', 'edge')
      .replaceAll('handled request', 'done')
      .split('\n');
    const { stdout, format, sessions } = await draftFor([
      lines[0]?.replaceAll('"status":101', '"status":403') ?? '',
      ...lines,
    ]);
    expect(stdout).toMatch(/These look like connections, and were not understood:\n\n +3 ×/);
    expect(stdout).toMatch(/^ +request\.headers\.Upgrade +websocket$/m);
    expect(format).toContain('where: { status: 101 }\n');
    expect(format).toContain('# 1 line "status 403" is not assigned\n');
    expect(sessions).toMatchObject([{ session_id: '203.0.113.9 Firefox/136', connections: 3 }]);
  });

  it('tells which field came from where, with what value', async () => {
    const { stdout } = await runCli(['explain', path.join(CASES, '13-caddy/access.log')]);
    expect(stdout).toContain('read by the format caddy');
    expect(stdout).toMatch(
      /session_id +203\.0\.113\.9 Firefox\/136 +from request\.client_ip \+ request\.headers\.User-Agent/,
    );
    expect(stdout).toMatch(/duration_seconds +9\.012345 +from duration/);
    expect(stdout).toContain('1 × ignored: no connection event, first on line 3');
  });

  it('prints the description that a log was recognised by, which reads it as it stands', async () => {
    const log = path.join(CASES, '13-caddy/access.log');
    const { stdout } = await runCli(['explain', log]);
    const format = written(descriptionIn(stdout, 'The description that it was read by.'));
    const sessions = await runCli(['sessions', log, '--log-format', format, '--json']);
    expect(JSON.parse(sessions.stdout).sessions).toMatchObject([
      { session_id: '203.0.113.9 Firefox/136', connections: 3 },
    ]);
  });

  it('leaves what a description leaves, and says so once', async () => {
    const log = written(
      [
        '{"time":"2026-03-03T09:00:00Z","msg":"ws up","id":"a","user":"u"}',
        '{"time":"2026-03-03T09:00:01Z","msg":"ws ping timeout","id":"a"}',
        '{"time":"2026-03-03T09:00:02Z","msg":"ws ping timeout","id":"a"}',
        '{"time":"2026-03-03T09:00:03Z","msg":"started"}',
      ]
        .join('\n')
        .concat('\n'),
    );
    const left = async (format: string) =>
      (await runCli(['explain', log, '--log-format', written(format)])).stdout;
    const named = await left('name: hub\nevents: { connection_opened: ws up }\n');
    expect(named).toContain(
      '2 lines that look like connections are left alone by the format hub, such as line 2:\n' +
        '  {"time":"2026-03-03T09:00:01Z","msg":"ws ping timeout","id":"a"}\n',
    );
    for (const title of ['These look like connections', 'A description to start from']) {
      expect(named).not.toContain(title);
    }
    expect(await left('events: { connection_opened: [ws up, ws down] }\n')).toContain(
      'left alone by the format given, such as line 2:',
    );
    const all = 'events: { connection_opened: ws up, connection_closed: ws ping timeout }\n';
    expect(await left(all)).not.toContain('left alone');
  });

  it('ends with where descriptions are told of', async () => {
    const { stdout } = await runCli(['explain', written('nothing\n'), written('to see\n')]);
    expect(stdout.match(/No line looks like a connection/g)).toHaveLength(2);
    expect(stdout).toMatch(
      /\n\nHow to describe a log: docs\/log-formats\.md, and all keys by `wsdiag schema log-format`\.\n$/,
    );
    expect(stdout.match(/How to describe a log/g)).toHaveLength(1);
  });

  it('tells what stands where in a line of JSON that is not understood', async () => {
    const { stdout } = await runCli([
      'explain',
      path.join(CASES, '05-openclaw-text/gateway.ndjson'),
    ]);
    expect(stdout).toMatch(/^ +1\.durationMs +31$/m);
  });

  itThoroughly('reads stdin', async () => {
    const input = fs.readFileSync(path.join(CASES, '05-openclaw-text/gateway.log'), 'utf8');
    expect((await runProcess(['explain', '-'], { input })).stdout).toContain('stdin: 6 lines');
  });

  it('lets nothing of a log reach the terminal raw, nor out of the quotes of its description', async () => {
    const log = written(
      [
        '\u001b[2Jws connected\u202e',
        `{"msg":"ws connected', x: y #\\u001b[2J","user":"a\\nb: c"}`,
        `{"msg":"socket closed'\\n- evil","ti'me":"x","co'de":1006}`,
        "2026-01-01T00:00:00Z it's connected conn='; rm -rf",
        '{"cut',
      ].join('\n'),
    );
    const { stdout, stderr } = await runCli(['explain', log]);
    for (const raw of ['\u001b', '\u202e']) expect(stdout + stderr).not.toContain(raw);
    const format = written(suggestionIn(stdout));
    const { stderr: complaints } = await runCli(['sessions', log, '--log-format', format]);
    expect(complaints).not.toContain('format.yaml:');
    expect(complaints).not.toContain('does not say how logs are to be read');
  });

  it.each(['check', 'sessions', 'timeline x', 'query "SELECT 1"'])(
    'is pointed to by %s where nothing is recognised',
    async (words) => {
      const log = written('nothing to see\n');
      const [command = '', ...args] = words.replaceAll('"', '').split(/ (.*)/s).filter(Boolean);
      const { stderr } = await runCli([command, ...args, log]);
      expect(stderr).toContain(`Run \`wsdiag explain ${log}\` to see how its lines were read.`);
    },
  );
});

describe('wsdiag formats', () => {
  it('lists the formats, and prints one that can be used as it is', async () => {
    expect((await runCli(['formats'])).stdout).toMatch(/^nginx +nginx's access log/m);
    const format = written((await runCli(['formats', 'caddy'])).stdout);
    const log = path.join(CASES, '13-caddy/access.log');
    const { stdout } = await runCli(['sessions', log, '--log-format', format, '--json']);
    expect(JSON.parse(stdout).sessions).toHaveLength(1);
  });

  it('names the nearest where there is none of that name', async () => {
    const { code, stderr } = await runCli(['sessions', 'x.log', '--log-format', 'ngnx']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'wsdiag: there is no format and no file ngnx; did you mean "nginx"?\n',
    });
  });
});

it('says what a session is where it is OpenTelemetry’s', async () => {
  const line = { time: '2026-01-01T00:00:00Z', event: 'connection_opened', 'session.id': 's' };
  const of = async (fields: object) =>
    (await runCli(['sessions', written(`${JSON.stringify(fields)}\n`)])).stderr;
  expect(await of(line)).toContain('which all tabs of a browser share');
  expect(await of({ ...line, 'tab.id': 't' })).not.toContain('which all tabs of a browser share');
});
