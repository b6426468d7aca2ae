import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LOG_FILES, type LogName } from '../../src/core/records.ts';
import { judge } from '../judge/judging.ts';
import type { Line, Lines } from '../judge/world.ts';
import { expectChangesAreFound } from '../support/field-changes.ts';
import { EVERYTHING, soundLines } from '../support/sound-lines.ts';
import { storedRun } from '../support/stored-run.ts';

const SCENARIO = `name: fields
seed: 5
duration: 2500ms
settle: 8s
clients:
  count: 2
  backoff: { policy: full-jitter, base: 40ms, max: 200ms }
  connect_timeout: 1s
  heartbeat: { message: 150ms, timeout: 600ms }
server:
  heartbeat: { interval: 150ms, timeout: 400ms }
timeline:
  - { at: 300ms, fault: drop, how: fin, count: 1 }
  - { at: 500ms, fault: drop, how: silent, count: 1 }
  - { at: 900ms, fault: refresh, count: 1 }
  - { at: 1100ms, fault: clear_storage, count: 1 }
  - { at: 1150ms, fault: drop, how: rst }
  - { at: 1500ms, fault: restart_server, how: graceful, down_for: 200ms }
`;

describe('any field of any line', () => {
  it('is read, or listed with the reason why not', () => {
    expectChangesAreFound(soundLines(EVERYTHING), true);
  });

  it('is so in the logs of a run on sockets, which has no others', async () => {
    const lines = await run();
    expect(judge(lines)).toMatchObject({ verdict: 'pass', findings: [] });
    const known = new Set(fieldsOf(soundLines(EVERYTHING)));
    expect(fieldsOf(lines).filter((field) => !known.has(field))).toEqual([]);
    expectChangesAreFound(lines, false);
  });
});

const fieldsOf = (lines: Lines): string[] =>
  Object.values(lines).flatMap((log) =>
    log.flatMap((line) => Object.keys(line).map((field) => `${line.event} ${field}`)),
  );

async function run(): Promise<Lines> {
  const { run, remove } = await storedRun(SCENARIO);
  onTestFinished(remove);
  const read = (log: LogName): Line[] =>
    fs
      .readFileSync(path.join(run, LOG_FILES[log]), 'utf8')
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
  return { server: read('server'), client: read('client'), faults: read('faults') };
}
