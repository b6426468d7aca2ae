import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readLines, runCli, runProcess } from '../support/cli.ts';
import { storedRun } from '../support/stored-run.ts';
import { temporaryDirectory } from '../support/world.ts';

const EVENTFUL = `name: eventful
seed: 1
duration: 1200ms
clients: { count: 5, backoff: { policy: fixed, base: 20ms } }
timeline:
  - { at: 500ms, fault: drop }
  - { at: 600ms, fault: duplicate_tab, count: 1 }
  - { at: 1s, fault: refresh, within: 0s, count: 2 }
`;

let run: string;

beforeAll(async () => {
  const stored = await storedRun(EVENTFUL);
  run = stored.run;
  return stored.remove;
});

const server = () => path.join(run, 'server.ndjson');

/** Lines of the log by session. */
function countBySession(event: string): Map<unknown, number> {
  const counts = new Map<unknown, number>();
  for (const line of readLines(server())) {
    if (line.event === event) counts.set(line.session_id, (counts.get(line.session_id) ?? 0) + 1);
  }
  return counts;
}

describe('sessions', () => {
  it('lists every session as JSON, as the log has it', async () => {
    const { code, stdout } = await runCli(['sessions', run, '--json']);
    expect(code).toBe(0);
    const { sessions, total_sessions } = JSON.parse(stdout);
    const counted = sessions.map((session: { session_id: string; connections: number }) => [
      session.session_id,
      session.connections,
    ]);
    expect(new Map(counted)).toEqual(countBySession('connection_opened'));
    expect(total_sessions).toBe(6);
    const reconnects = sessions.map((session: { reconnects: number }) => session.reconnects);
    expect(reconnects).toEqual(reconnects.toSorted((a: number, b: number) => b - a));
  });

  it('shows the worst, and names the command that tells more', async () => {
    const { code, stdout } = await runCli(['sessions', run, '--limit', '2']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^2 of 6 sessions, most reconnects first\n/);
    expect(stdout).toMatch(/\d+ lines read in 3 logs, \d+ used, 0 ignored, 0 rejected/);
    const [, command] = /: wsdiag (timeline .*)$/m.exec(stdout) ?? [];
    const story = await runCli((command ?? '').split(' '));
    expect(story.code).toBe(0);
    expect(story.stdout).toContain('closed: 1006 dropped');
  });

  it('names that command with the options that these logs need', async () => {
    const log = path.join(temporaryDirectory(), 'foreign.log');
    fs.writeFileSync(
      log,
      [1, 2]
        .map((seq) => ({ ts: `2026-01-01T00:00:0${seq}Z`, what: "it's up", sid: 'a', seq }))
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    const { stdout } = await runCli([
      'sessions',
      ...['--map', 'time=ts,event=what,session_id=sid', '--map', 'connection_sequence=seq'],
      ...['--event', "connection_opened=it's up", '--until', '2026-01-02T00:00Z'],
      ...['--since', '2026-01-01T00:00:02Z', '--limit', '1', '--client', log],
      log,
    ]);
    const [, command] = /: wsdiag (timeline .*)$/m.exec(stdout) ?? [];
    const words = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' });
    const story = await runCli(words.trimEnd().split('\n'));
    expect(story).toMatchObject({ code: 0, stderr: '' });
    expect(story.stdout).toContain('#2');
    expect(story.stdout).not.toContain('#1');
  });

  it('names no command that would read stdin again', async () => {
    const input = fs.readFileSync(server(), 'utf8');
    const { code, stdout } = await runProcess(['sessions', '-'], { input });
    expect(code).toBe(0);
    expect(stdout).not.toContain('wsdiag timeline');
  });

  it('tells how many lines it could not read', async () => {
    const log = path.join(temporaryDirectory(), 'server.ndjson');
    fs.writeFileSync(log, `{"nonsense\n${fs.readFileSync(server(), 'utf8')}`);
    const { stdout } = await runCli(['sessions', log]);
    expect(stdout).toContain('1 rejected');
    expect(stdout).toContain('What the rejected lines told is missing here');
  });

  it('exits 3 where there are none', async () => {
    const log = path.join(temporaryDirectory(), 'empty.ndjson');
    fs.writeFileSync(log, '');
    const { code, stdout } = await runCli(['sessions', log]);
    expect(code).toBe(3);
    expect(stdout).toContain('0 of 0 sessions');
  });

  it.each([
    [['sessions', 'x', '--sort', 'beauty'], 'Allowed choices are reconnects, gaps, churn, last'],
    [['sessions', 'x', '--limit', '0'], 'whole number from 1'],
    [['sessions', 'missing.ndjson'], 'missing.ndjson: no such file or directory'],
  ])('%j exits 2', async (args, message) => {
    const { code, stderr } = await runCli(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('timeline', () => {
  /** The session that was duplicated, and its copy. */
  const family = () => {
    const copy = readLines(run, 'client.ndjson').find(({ reason }) => reason === 'duplicate-tab');
    return [`${copy?.parent_session_id}`, `${copy?.session_id}`] as const;
  };

  it('tells of forks in both directions', async () => {
    const [parent, copy] = family();
    const [ofParent, ofCopy] = await Promise.all(
      [parent, copy].map((id) => runCli(['timeline', id, run])),
    );
    expect(ofParent?.stdout).toMatch(new RegExp(`forked into +${copy}`));
    expect(ofCopy?.stdout).toMatch(new RegExp(`comes from +${parent}`));
  });

  it('takes the beginning of an id', async () => {
    const [, copy] = family();
    const whole = await runCli(['timeline', copy, run]);
    const beginning = await runCli(['timeline', copy.slice(0, 18), run]);
    expect(beginning).toEqual(whole);
  });

  it('has every line of the session as JSON', async () => {
    const [parent] = family();
    const { stdout } = await runCli(['timeline', parent, run, '--json']);
    const told = JSON.parse(stdout).connections.flatMap(
      (connection: Record<'client' | 'server' | 'faults', { file: string; line: number }[]>) =>
        [connection.client, connection.server, connection.faults].flat(),
    );
    const lines = ['server', 'client', 'faults'].flatMap((log) => {
      const file = path.join(run, `${log}.ndjson`);
      return readLines(file).flatMap((line, index) =>
        line.session_id === parent ? [`${file}:${index + 1}`] : [],
      );
    });
    const places = told.map(({ file, line }: { file: string; line: number }) => `${file}:${line}`);
    expect(places.toSorted()).toEqual(lines.toSorted());
  });

  it('names the nearest sessions where there is none', async () => {
    const [parent] = family();
    const wrong = `${parent.slice(0, 12)}${parent[12] === '0' ? '1' : '0'}${parent.slice(13)}`;
    const { code, stdout, stderr } = await runCli(['timeline', wrong, run]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(`no session ${wrong}: these logs have 6 sessions; nearest: ${parent}`);
  });

  it('wants more of a beginning that several have', async () => {
    const { code, stderr } = await runCli(['timeline', '', run]);
    expect(code).toBe(2);
    expect(stderr).toContain('is the beginning of 6 session ids');
  });

  describe('of a log in which only logins name sessions', () => {
    const line = (second: number, msg: string, connId: string, more: object = {}) =>
      `${JSON.stringify({ time: `2026-01-01T00:00:0${second}Z`, msg, connId, ...more })}\n`;
    const names = ['--map', 'event=msg,client_id=connId,session_id=userId'];
    const events = ['--event', 'connection_opened=connected,connection_closed=gone'];

    function run(...words: string[]) {
      const log = path.join(temporaryDirectory(), 'app.log');
      const lines = [
        line(0, 'connected', 'c-1'),
        line(1, 'logged in', 'c-1', { userId: 'alice' }),
        line(2, 'gone', 'c-1', { code: 1006 }),
        line(3, 'connected', 'c-2'),
        line(4, 'gone', 'c-2', { code: 4401 }),
      ];
      fs.writeFileSync(log, lines.join(''));
      return runCli([...words, log, ...names, ...events]);
    }

    it('takes the beginning of an id', async () => {
      const { code, stdout } = await run('timeline', 'al');
      expect(code).toBe(0);
      expect(stdout).toContain('session alice');
      expect(stdout).toContain('lived 2 s');
    });

    it.each([
      ['c-2', 'c-2 is a connection that no line gives a session'],
      ['c-3', 'no session c-3: these logs have 1 session; nearest: alice'],
    ])('tells what %s is', async (wanted, message) => {
      const { code, stderr } = await run('timeline', wanted);
      expect(code).toBe(2);
      expect(stderr).toContain(message);
      expect(stderr).not.toContain('No line');
    });

    it('is told how many lines are in no session', async () => {
      const { stdout } = await run('sessions');
      expect(stdout).toContain('\n2 lines about connections name no session\n');
    });
  });

  it('exits 2 where the logs name no session', async () => {
    const log = path.join(temporaryDirectory(), 'empty.ndjson');
    fs.writeFileSync(log, '');
    const { code, stderr } = await runCli(['timeline', 'x', log]);
    expect(code).toBe(2);
    expect(stderr).toContain('wsdiag: No connection events were recognised. Run `wsdiag explain ');
  });
});
