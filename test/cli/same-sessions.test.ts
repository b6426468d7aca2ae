/** Runs of one seed, whose sessions have the same ids. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sessionIdOf } from '../../src/core/session-ids.ts';
import { readLines, runCli, scenarioFile } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

const TEXT = `name: same
duration: 300ms
clients: { count: 3, backoff: { policy: fixed, base: 20ms, max: 20ms } }
timeline: [{ at: 100ms, fault: drop }]
`;

/** A run, by a path that is short. */
async function runOf(seed: number, ...args: string[]): Promise<string> {
  const out = temporaryDirectory();
  const words = ['simulate', scenarioFile(TEXT), '--seed', `${seed}`, '--out', out, '--quiet'];
  const { code, stderr } = await runCli([...words, ...args]);
  expect(code, stderr).toBe(0);
  return fs.realpathSync(path.join(out, 'latest'));
}

const sessionsOf = (run: string) =>
  readLines(run, 'client.ndjson').flatMap(({ event, client, session_id }) =>
    event === 'session_started' ? [`${client} ${session_id}`] : [],
  );

const idsOf = (seed: number) =>
  [1, 2, 3].map((client) => `client-${client} ${sessionIdOf(seed, `client-${client}`, 1)}`);

describe('the sessions of a run', () => {
  it('have the ids that its plan prints', async () => {
    const run = await runOf(5);
    expect(sessionsOf(run).toSorted()).toEqual(idsOf(5));
    const words = ['simulate', scenarioFile(TEXT), '--seed', '5', '--plan'];
    const { stdout } = await runCli(words);
    for (const session of idsOf(5)) expect(stdout).toContain(session.replace(' ', '  session '));
  });

  it('have new ids where the storage, or a target, may know some', async () => {
    const storage = temporaryDirectory();
    const run = await runOf(5, '--storage', storage);
    for (const session of sessionsOf(run)) expect(idsOf(5)).not.toContain(session);
    for (const option of [
      ['--storage', storage],
      ['--target', 'ws://127.0.0.1:1'],
    ]) {
      const words = ['simulate', scenarioFile(TEXT), '--seed', '5', '--plan', ...option];
      const { stdout } = await runCli(words);
      expect(stdout).toContain('sessions have new ids in each run');
      expect(stdout).not.toContain('client-1  session');
    }
  });
});

describe('two runs of one seed', () => {
  it('are not judged, or listed, as one', async () => {
    const [one, two] = await Promise.all([runOf(5), runOf(5)]);
    for (const words of [
      ['check', one, two],
      ['check', `${one}/server.ndjson`, `${two}/server.ndjson`],
      ['sessions', one, two],
    ]) {
      const { code, stderr } = await runCli(words);
      expect(code).toBe(2);
      expect(stderr).toContain(
        `${one} and ${two} have the same sessions, as runs of one seed have`,
      );
    }
    expect((await runCli(['check', one, await runOf(6)])).code).toBe(0);
  });

  it('are queried, with a word about it', async () => {
    const [one, two] = await Promise.all([runOf(5), runOf(5)]);
    const words = ['query', 'SELECT count(DISTINCT file) AS files FROM client_logs', '--json'];
    const { code, stdout, stderr } = await runCli([...words, one, two]);
    expect({ code, rows: JSON.parse(stdout) }).toEqual({ code: 0, rows: [{ files: 2 }] });
    expect(stderr).toBe(
      `wsdiag: ${one} and ${two} have the same sessions, as runs of one seed have: tell them apart by file\n`,
    );
    expect((await runCli([...words, one])).stderr).toBe('');
  });

  it('tell a client’s session beside each other, or below each other', async () => {
    const [one, two] = await Promise.all([runOf(5), runOf(5)]);
    const words = ['timeline', 'client-3', one, two];
    const env = { NO_COLOR: '1' };
    const wide = await runCli(words, { columns: 130, env });
    const id = sessionIdOf(5, 'client-3', 1);
    expect(wide.stdout).toMatch(new RegExp(`^session ${id} +session ${id}$`, 'm'));
    expect(wide.stdout).toMatch(/ session began \(new\) .* session began \(new\)/);
    for (const line of wide.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(130);
    const narrow = await runCli(words, { columns: 80, env });
    expect(narrow.stdout.match(new RegExp(`^session ${id}$`, 'gm'))).toHaveLength(2);
    expect(narrow.stdout.indexOf(one)).toBeLessThan(narrow.stdout.indexOf(two));
    const { stdout } = await runCli([...words, '--json']);
    expect(JSON.parse(stdout)).toMatchObject([{ session_id: id }, { session_id: id }]);
  });

  it('one of which has the session tell that one', async () => {
    const [one, other] = await Promise.all([runOf(5), runOf(6)]);
    const { stdout } = await runCli(['timeline', sessionIdOf(6, 'client-1', 1), one, other]);
    expect(stdout).toMatch(/^session /);
    const none = await runCli(['timeline', 'client-9', one, other]);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain(
      'no session client-9: these logs have 3 clients; nearest: client-1, client-2, client-3',
    );
  });
});
