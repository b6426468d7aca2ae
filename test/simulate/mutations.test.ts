import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Evidence, Finding } from '../../src/model/findings.ts';
import type { RunResult } from '../../src/model/result.ts';
import { judgeRun } from '../../src/simulate/judge.ts';
import type { Line, Lines } from '../judge/world.ts';
import { falseCauses } from '../support/false-causes.ts';
import { type Mutation, mutations } from '../support/mutations.ts';
import { storedRun } from '../support/stored-run.ts';
import { oneOfEach } from '../support/thorough.ts';

/** Everything that can happen to a connection; the crash comes when all else is over. */
const SCENARIO = `name: everything
seed: 3
duration: 3200ms
settle: 8s
clients:
  count: 4
  backoff: { policy: full-jitter, base: 40ms, max: 200ms }
  connect_timeout: 1s
  heartbeat: { message: 150ms, timeout: 600ms }
  min_uptime: 200ms
server:
  heartbeat: { interval: 150ms, timeout: 400ms }
  handshake_timeout: 1s
timeline:
  - { at: 300ms, fault: drop, how: fin, count: 2 }
  - { at: 400ms, fault: drop, how: rst, count: 2 }
  - { at: 500ms, fault: drop, how: silent, count: 1 }
  - { at: 700ms, fault: refresh, times: 2, within: 200ms, count: 2 }
  - { at: 800ms, fault: duplicate_tab, count: 1 }
  - { at: 900ms, fault: clear_storage, count: 1 }
  - { at: 950ms, fault: drop, how: rst }
  - { at: 1100ms, fault: offline, for: 200ms, count: 1 }
  - { at: 1500ms, fault: restart_server, how: graceful, down_for: 200ms }
  - { at: 2100ms, fault: refresh, within: 0ms, count: 1 }
  - { at: 2150ms, fault: drop, how: fin, count: 1 }
  - { at: 2800ms, fault: restart_server, how: crash, down_for: 200ms }
`;

let result: RunResult;
/** A copy of the run whose logs are overwritten. */
let copy: string;

beforeAll(async () => {
  const stored = await storedRun(SCENARIO);
  result = stored.result;
  copy = path.join(path.dirname(stored.run), 'copy');
  fs.cpSync(stored.run, copy, { recursive: true });
  return stored.remove;
});

const logFile = (directory: string, log: string) => path.join(directory, `${log}.ndjson`);

/** The copy's verdict with one log's text in place of its own. */
async function judgeWith(log: string, text: string): Promise<RunResult> {
  const original = fs.readFileSync(logFile(result.run_dir as string, log));
  fs.writeFileSync(logFile(copy, log), text);
  const judged = await judgeRun(copy);
  fs.writeFileSync(logFile(copy, log), original);
  return judged;
}

it('passes as it is', async () => {
  expect(result).toMatchObject({ verdict: 'pass', findings: [], doubts: [] });
  expect(await judgeRun(copy)).toMatchObject({ verdict: 'pass', findings: [], doubts: [] });
});

it('has every kind of connection line', () => {
  const lines = (log: string) => fs.readFileSync(logFile(copy, log), 'utf8');
  const events = (text: string) => new Set(text.match(/(?<="event":")connection_\w+/g));
  expect(events(lines('server'))).toEqual(new Set(['connection_opened', 'connection_closed']));
  expect(events(lines('client'))).toEqual(
    new Set(['connection_attempt', 'connection_opened', 'connection_failed', 'connection_closed']),
  );
});

describe.each(['server', 'client'])('any line of %s.ndjson', (log) => {
  it('can’t be deleted, doubled or renumbered unseen', async () => {
    const text = fs.readFileSync(logFile(result.run_dir as string, log), 'utf8');
    const all = [...mutations(text.trimEnd().split('\n'))];
    expect(all.length).toBeGreaterThan(100);
    const unseen: string[] = [];
    for (const mutation of oneOfEach(all, ({ kind }) => kind)) {
      const problem = await problemWith(mutation, log);
      if (problem !== null) unseen.push(`${mutation.name}: ${problem}`);
    }
    expect(unseen).toEqual([]);
  });
});

describe.each(['server', 'client', 'faults'])('%s.ndjson cut in its last line', (log) => {
  it('makes for no verdict', async () => {
    const text = fs.readFileSync(logFile(result.run_dir as string, log), 'utf8');
    const lastLine = text.trimEnd().lastIndexOf('\n') + 1;
    const cut = text.slice(0, Math.floor((lastLine + text.length) / 2));
    const { verdict, doubts } = await judgeWith(log, cut);
    expect(verdict).toBe('unknown');
    expect(doubts.map(({ code }) => code)).toContain('log-truncated');
  });
});

/** What is missing from the verdict on a mutated log, or false in it; null for nothing. */
async function problemWith({ lines, line, sessionId, numbers, removed }: Mutation, log: string) {
  const judged = await judgeWith(log, `${lines.join('\n')}\n`);
  const { verdict, findings } = judged;
  if (verdict !== 'fail') return `the verdict is ${verdict}`;
  const strangers = findings.filter((finding) => finding.session_id !== sessionId);
  if (strangers.length > 0) return `findings elsewhere: ${JSON.stringify(strangers)}`;
  const isOfSession = ({ file, line: at }: Evidence) => {
    const all = file === logFile(copy, log) ? lines : fs.readFileSync(file, 'utf8').split('\n');
    return all[at - 1]?.includes(sessionId) ?? false;
  };
  const proving = findings.filter(
    (finding) =>
      [finding.connection_sequence, expectedNumber(finding.details)].some(
        (number) => number !== undefined && numbers.includes(number),
      ) &&
      (removed
        ? finding.evidence.length > 0 && finding.evidence.every(isOfSession)
        : finding.evidence.some(
            ({ file, line: at }) => file === logFile(copy, log) && at === line,
          )),
  );
  if (proving.length === 0) return `no finding proves it: ${JSON.stringify(findings)}`;
  const { causes } = judged;
  const [untrue] = falseCauses({ causes, findings: findings.map(byLog) }, logsWith(log, lines));
  return untrue ?? null;
}

/** Its lines placed by the names of logs. */
const byLog = (finding: Finding): Finding => ({
  ...finding,
  evidence: finding.evidence.map((one) => ({ ...one, file: path.basename(one.file, '.ndjson') })),
});

/** The run's logs, with one log's lines in place of its own. */
function logsWith(log: string, lines: string[]): Lines {
  const parsed = (texts: string[]) => texts.map((text): Line => JSON.parse(text));
  const own = (name: string) =>
    parsed(fs.readFileSync(logFile(copy, name), 'utf8').trimEnd().split('\n'));
  const all = { server: own('server'), client: own('client'), faults: own('faults') };
  return { ...all, [log]: parsed(lines) };
}

/** A jump over a number is a finding on the one after it. */
const expectedNumber = (details: object): number | undefined =>
  'expected' in details ? Number(details.expected) : undefined;
