/** Commands on the directory of a run that several workers played. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { play } from '../judge/world.ts';
import { runCli } from '../support/cli.ts';
import { dealt, together, written } from '../support/dealt.ts';
import { temporaryDirectory } from '../support/world.ts';

const LINES = play(['open', 'open', [0, 'drop'], [1, 'refresh'], 'kill', [2, 'half-open'], 'open']);
const WORKERS = [1, 2, 3];

/** But for where it stands, and in how many lines. */
const placeless = (text: string): string =>
  text
    .replaceAll(/\S*wsdiag-test-\w+(?:\/\S+)?/g, '')
    .replaceAll(/\d+ lines read in \d+ logs, \d+ used/g, '');

const printed = async (...args: string[]): Promise<string> => {
  const { stdout, stderr, code } = await runCli(args);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${code}\n${stdout}${stderr}`);
  return stdout;
};

describe('of a run that several workers played', () => {
  let run: string;
  let whole: string;
  beforeEach(() => {
    run = written(dealt(LINES, 3));
    whole = written(together(LINES));
  });

  it('check tells what it tells of any run', async () => {
    const logs = (await printed('check', run)).match(/(?:client|faults)\S*\.ndjson(?= \()/g);
    expect(logs).toEqual([
      ...WORKERS.map((worker) => `client-${worker}.ndjson`),
      'faults.ndjson',
      ...WORKERS.map((worker) => `faults-${worker}.ndjson`),
    ]);
  });

  it('check takes its logs by name', async () => {
    const files = fs.readdirSync(run).filter((name) => name.endsWith('.ndjson'));
    const named = files.map((name) => path.join(run, name));
    expect(await printed('check', ...named)).toContain('✔ pass');
    const some = named.filter((name) => !/-2/.test(name));
    const { code, stdout } = await runCli(['check', ...some]);
    expect([code, stdout]).toEqual([3, expect.stringContaining('There is no client log.')]);
  });

  it.each(['s1', 's4'])('timeline tells of a session what it would of one log: %s', async (id) => {
    const told = async (directory: string) => placeless(await printed('timeline', id, directory));
    expect(await told(run)).toBe(await told(whole));
  });

  it('sessions lists them all', async () => {
    expect(placeless(await printed('sessions', run))).toBe(
      placeless(await printed('sessions', whole)),
    );
  });

  it('query has the lines of all of them in one table', async () => {
    const counts = (directory: string) =>
      printed(
        'query',
        'select event, count(*) from client_logs where session_id is not null group by 1 order by 1',
        directory,
      );
    expect(await counts(run)).toBe(await counts(whole));
    const who = await printed(
      'query',
      "select worker, name, clients from faults where event = 'worker_joined' order by 1",
      run,
    );
    expect(who).toContain('w-3');
  });

  it('report draws what it draws of one log', async () => {
    const chart = async (directory: string) => {
      const page = await printed('report', directory, '--out', '-');
      const [, json = ''] =
        /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page) ?? [];
      return JSON.parse(json).chart_data;
    };
    const { lanes, faults, ...drawn } = await chart(run);
    const { lanes: ofWhole, faults: marks, ...others } = await chart(whole);
    expect(drawn).toEqual(others);
    expect(lanes.session_id.toSorted()).toEqual(ofWhole.session_id.toSorted());
    expect(faults).toEqual(marks);
  });
});

it('workers are given no storage that they would not use', async () => {
  const scenario = path.join(written(together(LINES)), 'scenario.yaml');
  const { code, stderr } = await runCli([
    ...['simulate', scenario, '--out', temporaryDirectory()],
    ...['--local-workers', '2', '--storage', temporaryDirectory()],
  ]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('--storage and workers')]);
});
