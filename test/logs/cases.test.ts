import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

/** Logs in the shapes of public reports; `README.md` there says what is true of each. */
const CASES = path.join(import.meta.dirname, '../fixtures/logs/cases');

interface Session {
  session_id: string;
  connections: number;
  reconnects: number;
  abnormal_closes: number;
  last_close_code: number | null;
  connected_seconds: number | null;
  known_lifetimes: number;
  at_once: number | null;
}

async function sessionsOf(log: string, options: string[] = [], format = '') {
  const given = [...options];
  if (format !== '') {
    const file = path.join(temporaryDirectory(), 'format.yaml');
    fs.writeFileSync(file, format);
    given.push('--log-format', file);
  }
  const { stdout } = await runCli(['sessions', path.join(CASES, log), ...given, '--json']);
  const { evidence, sessions } = JSON.parse(stdout) as {
    evidence: { rejected: number }[];
    sessions: Session[];
  };
  expect(evidence[0]?.rejected).toBe(0);
  return sessions;
}

async function lifetimesOf(log: string, options: string[] = []) {
  const sql =
    "SELECT list(duration_seconds ORDER BY time) AS of FROM websocket_logs WHERE event = 'connection_closed'";
  const args = ['query', sql, path.join(CASES, log), ...options, '--format', 'json'];
  return JSON.parse((await runCli(args)).stdout)[0].of;
}

const session = (session_id: string, connections: number, more: Partial<Session> = {}) => ({
  session_id,
  connections,
  reconnects: connections - 1,
  ...more,
});

describe('logs as backends write them', () => {
  it('01: a topic before the JSON says the event', async () => {
    expect(await sessionsOf('01-emqx-takeover/broker.log')).toMatchObject([
      session('dev-71', 3, { connected_seconds: 2.497 }),
      session('dev-72', 1),
    ]);
    expect(await lifetimesOf('01-emqx-takeover/broker.log')).toEqual([1.2, 1.297]);
    const { stdout } = await runCli(['check', path.join(CASES, '01-emqx-takeover/broker.log')]);
    expect(stdout).toContain(
      '2 of 2 connections ended because a newer connection of their session',
    );
  });

  it('05: lines of words', async () => {
    const format = String.raw`
name: gateway
pattern: '^(?<time>\S+) \[ws\] webchat (?<event>connected|disconnected)(?: code=(?<close_code>\d+))? conn=(?<client_id>\w+)'
events: { connection_opened: connected, connection_closed: disconnected }
one_session: true
`;
    const [only] = await sessionsOf('05-openclaw-text/gateway.log', [], format);
    expect(only).toMatchObject(
      session('gateway', 3, { last_close_code: 1005, connected_seconds: 0.011 }),
    );
  });

  it('05: fields under numbers', async () => {
    const map =
      'close_code=1.code,client_id=1.conn,session_id=1.client,duration_seconds=1.durationMs';
    const log = '05-openclaw-text/gateway.ndjson';
    expect(await sessionsOf(log, ['--map', map])).toMatchObject([
      session('cli', 3, { last_close_code: 1008 }),
    ]);
    expect(await lifetimesOf(log, ['--map', map])).toEqual([0.031, 0.029, 0.033]);
  });

  it.each(['access.log', 'access-str.log'])(
    '07: an access log, one line at the end: %s',
    async (log) => {
      expect(await sessionsOf(`07-nginx-json/${log}`)).toMatchObject([
        session('198.51.100.7 Firefox/140', 3, { connected_seconds: 180.032 }),
        session('203.0.113.4 Chrome/141', 1, { connected_seconds: 3600.5 }),
      ]);
    },
  );

  it('10: a client’s console', async () => {
    const format = String.raw`
name: console
pattern: ['^(?<event>open) \d+ (?<time>\S+)', '^(?<event>onclose) +(?<close_code>\d+) (?<time>\S+)']
events: { connection_opened: open, connection_closed: onclose }
one_session: true
`;
    expect(await sessionsOf('10-client-text/console.log', [], format)).toMatchObject([
      session('console', 3, { abnormal_closes: 2 }),
    ]);
  });

  it('11: a traceback between the lines', async () => {
    expect(await sessionsOf('11-homeassistant/ha.log')).toMatchObject([session('198.51.100.4', 3)]);
  });

  it('13: an access log behind the name of its container', async () => {
    expect(await sessionsOf('13-caddy/access.log')).toMatchObject([
      session('203.0.113.9 Firefox/136', 3, { connected_seconds: 27.033345 }),
    ]);
  });

  it('16: numbers in quotes, and times of the common log format', async () => {
    expect(await sessionsOf('16-quoted-clf/nginx.log')).toMatchObject([
      session('198.51.100.7', 2, { connected_seconds: 120.021 }),
    ]);
    expect(await sessionsOf('16-quoted-clf/apigw-access.log')).toMatchObject([
      session('u-5', 2, { last_close_code: 1001, connected_seconds: 7200 }),
    ]);
  });

  it.each([
    ['ecs', 's1', 2, 10],
    ['gcp', 'u1', 2, 10],
    ['gelf', 'u1', 2, 10],
    ['otel', 's1', 1, 10],
    ['nested-default', 's1', 1, 5],
  ])('18: what stands within another: %s', async (log, id, connections, connected_seconds) => {
    expect(await sessionsOf(`18-nested/${log}.log`)).toMatchObject([
      session(id, connections, { last_close_code: 1006, connected_seconds }),
    ]);
  });

  it('20: two words for one event', async () => {
    const events =
      'connection_opened=ws_connected,connection_opened=ws_reconnected,' +
      'connection_closed=ws_timeout,connection_closed=ws_disconnected';
    const log = '20-two-words/app.log';
    expect(await sessionsOf(log, ['--event', events])).toMatchObject([
      session('s1', 2, { last_close_code: 1000, connected_seconds: 18 }),
    ]);
    const { code } = await runCli(['check', path.join(CASES, log), '--event', events]);
    expect(code).toBe(0);
  });

  it('24: a single client’s own log', async () => {
    const format =
      'name: bot\nevents: { connection_opened: open, connection_closed: onclose }\n' +
      'fields: { close_code: code }\none_session: true\n';
    expect(await sessionsOf('24-one-client-no-session/bot.log', [], format)).toMatchObject([
      session('bot', 3, { abnormal_closes: 2 }),
    ]);
  });

  it('26: a duration is in the unit that the opens and closes show', async () => {
    const log = '26-ms-duration/app.log';
    const [only] = await sessionsOf(log);
    expect(only).toMatchObject(session('s1', 2, { connected_seconds: 61.002 }));
    expect(await lifetimesOf(log)).toEqual([60.001, 1.001]);
    const { code, stderr } = await runCli(['check', path.join(CASES, log)]);
    expect(code).toBe(0);
    expect(stderr).toBe(
      `wsdiag: ${path.join(CASES, log)} has duration in milliseconds, as its opens and closes show\n`,
    );
  });

  it('26: a duration that its own open contradicts is doubted by name', async () => {
    const log = fs.readFileSync(path.join(CASES, '26-ms-duration/app.log'), 'utf8');
    const file = path.join(temporaryDirectory(), 'app.log');
    fs.writeFileSync(file, log.replace('"duration":60001', '"duration_seconds":60001'));
    const { code, stdout } = await runCli(['check', file]);
    expect(code).toBe(3);
    expect(stdout).toContain(`times-disagree  ${file}:2`);
  });

  it('27: a close that names the connection alone takes session and number from its open', async () => {
    const log = '27-close-by-conn/app.log';
    expect(await sessionsOf(log)).toMatchObject([
      session('s1', 2, { connected_seconds: 61, last_close_code: 1006 }),
    ]);
    const { code, stdout } = await runCli(['check', path.join(CASES, log)]);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✔ pass/m) });
    const numbers = 'SELECT list(connection_sequence ORDER BY time) AS of FROM websocket_logs';
    const query = ['query', numbers, path.join(CASES, log), '--format', 'json'];
    expect(JSON.parse((await runCli(query)).stdout)).toEqual([{ of: [1, 1, 2, 2] }]);
    const timeline = await runCli(['timeline', 's1', path.join(CASES, log), '--json']);
    expect(JSON.parse(timeline.stdout).connections).toMatchObject([
      { connection_sequence: 1, server: [{}, {}] },
      { connection_sequence: 2, server: [{}, {}] },
    ]);
  });
  it.each(['server', 'no-seq'])(
    '28: the storm is told from a server’s log alone: %s',
    async (log) => {
      const file = path.join(CASES, `28-storm-server-only/${log}.log`);
      const { code, stdout } = await runCli(['check', file, '--reporter', 'json']);
      expect(code).toBe(0);
      const { metrics, observations, coverage } = JSON.parse(stdout);
      expect(metrics).toMatchObject({
        sessions: 60,
        reconnects: 120,
        losses: 120,
        recovery_p50_seconds: 15,
        peak_attempts_per_second: 60,
        peak_sessions_down: 60,
        peak_connections: 60,
      });
      expect(observations).toMatchObject([
        { name: 'lockstep', details: { sessions: 60, after_seconds: 15, times: 2 } },
        { name: 'waves', details: { sessions: 60, of: 60, times: 2 } },
      ]);
      const lacksNumbers = (coverage as { lacking: string }[]).some(
        ({ lacking }) => lacking === 'no-sequence',
      );
      expect(lacksNumbers).toBe(log === 'no-seq');
      const bounded = await runCli(['check', file, '--expect', 'peak_attempts_per_second<=20']);
      expect(bounded.code).toBe(1);
    },
  );

  it('judges a log in which people log in after they connect, whatever came between', async () => {
    const line = (second: number, event: string, fields: object) =>
      `${JSON.stringify({ time: `2026-05-24T10:00:0${second}Z`, event, ...fields })}\n`;
    const log = path.join(temporaryDirectory(), 'app.log');
    fs.writeFileSync(
      log,
      line(0, 'connection_opened', { client_id: 'a' }) +
        line(1, 'connection_opened', { client_id: 'b' }) +
        line(2, 'login', { client_id: 'b', session_id: 's', connection_sequence: 2 }) +
        line(3, 'login', { client_id: 'a', session_id: 's', connection_sequence: 1 }) +
        line(4, 'connection_closed', { client_id: 'a', close_code: 1006 }) +
        line(5, 'connection_closed', { client_id: 'b', close_code: 1001 }),
    );
    const { code, stdout } = await runCli(['check', log]);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✔ pass/m) });
    const { stdout: table } = await runCli(['sessions', log, '--json']);
    expect(JSON.parse(table).sessions).toMatchObject([
      session('s', 2, { connected_seconds: 8, at_once: 2 }),
    ]);
  });

  it('30: connected 40 min 32 s in all, of connections that overlap', async () => {
    expect(await sessionsOf('30-partial-lifetimes/app.log')).toMatchObject([
      session('s1', 3, { connected_seconds: 2432, known_lifetimes: 3, at_once: 2 }),
    ]);
  });

  it('28: a server’s opens and closes of 60 sessions', async () => {
    const sessions = await sessionsOf('28-storm-server-only/no-seq.log');
    expect(sessions).toHaveLength(60);
    expect(sessions.every(({ reconnects }) => reconnects === 2)).toBe(true);
  });

  it('31, 32, 33: a zone’s name, minutes, and a code in quotes behind a prefix', async () => {
    const { stdout } = await runCli([
      ...['sessions', path.join(CASES, '31-time-shapes/t.log'), '--map', 'time=t', '--json'],
    ]);
    expect(stdout).toContain('"first_seen": "2026-11-23T07:00:00.000Z"');
    expect(await lifetimesOf('32-duration-shapes/d.log')).toEqual([60]);
    expect(await sessionsOf('33-code-shapes/c.log')).toMatchObject([
      session('s1', 1, { last_close_code: 4401 }),
    ]);
  });

  it('35: a stack trace between records', async () => {
    const log = path.join(CASES, '35-node-trace/app.log');
    const { code, stdout } = await runCli(['check', log]);
    expect(code).toBe(0);
    expect(stdout).toContain('8 lines: 2 used, 6 ignored, 0 rejected');
    expect(await lifetimesOf('35-node-trace/app.log')).toEqual([10]);
  });
});
