import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { check, LogFormatError, LogUnreadable, type Summary, simulate, UsageError } from 'wsdiag';
import { temporaryDirectory } from '../support/world.ts';

const EXAMPLES = path.join(import.meta.dirname, '../../examples');
const DEPLOY = path.join(EXAMPLES, 'deploy.log');
const BACKEND = path.join(EXAMPLES, 'backend.log');

const codesOf = ({ findings }: Summary) => [...new Set(findings.map(({ code }) => code))];

describe('check', () => {
  it('comes to the same as the run did, by its directory or its files', async () => {
    const run = await simulate(
      { name: 'again', duration: '300ms', seed: 1, clients: { count: 2 } },
      { out: temporaryDirectory() },
    );
    const directory = run.run_dir as string;
    const again = await check(directory);
    expect(again).toEqual({ ...run, replay: again.replay });
    expect(again.replay).toBe(`npx wsdiag simulate ${directory}/scenario.yaml`);
    const files = await check(path.join(directory, '*.ndjson'));
    expect(files).toMatchObject({ verdict: 'pass', seed: null, plan_hash: null, run_dir: null });
    expect(files.metrics).toEqual(run.metrics);
    const dated = await check(directory, { since: new Date(0) });
    expect(dated).toMatchObject({ verdict: 'pass', run_dir: null });
  });

  it('holds logs against what is expected of them', async () => {
    const summary = await check(DEPLOY, { expect: ['recovery_max < 1s', 'waves: none'] });
    expect(summary.verdict).toBe('fail');
    expect(codesOf(summary).sort()).toEqual(['observation-unexpected', 'threshold-crossed']);
    expect((await check(DEPLOY, { expect: 'recovery_max < 6s' })).verdict).toBe('pass');
  });

  it('reads logs as it is told to', async () => {
    const fields = {
      session_id: 'ctx.sid',
      connection_sequence: 'seq',
      close_code: 'code',
      client_id: 'conn',
      duration_seconds: 'secs',
    };
    const map = { ...fields, time: 'ts' };
    const summary = await check(BACKEND, { map });
    expect(codesOf(summary)).toEqual(['sequence-duplicated', 'sequence-not-increasing']);
    expect(summary.findings[0]?.message).toBe('Two connections of the session have number 1.');
    const format = path.join(temporaryDirectory(), 'backend.yaml');
    fs.writeFileSync(format, `time: ts\nfields: ${JSON.stringify(fields)}\n`);
    expect(codesOf(await check(BACKEND, { logFormat: format }))).toEqual(codesOf(summary));
    const later = await check(BACKEND, { map, since: '2026-11-23T08:00:30Z' });
    expect(later.evidence[0]?.records).toBeLessThan(summary.evidence[0]?.records as number);
  });

  it('takes names of events, patterns, and logs that are of clients', async () => {
    const file = path.join(temporaryDirectory(), 'app.log');
    fs.writeFileSync(
      file,
      '2026-11-23T10:00:00Z up s1 1\n2026-11-23T10:00:01Z down s1 1\n' +
        '2026-11-23T10:00:02Z joined s1 2\n2026-11-23T10:00:03Z down s1 2\n',
    );
    const options = {
      pattern: '^(?<time>\\S+) (?<event>\\w+) (?<session_id>\\w+) (?<connection_sequence>\\d+)$',
      event: { connection_opened: ['up', 'joined'], connection_closed: 'down' },
    };
    const { metrics, evidence } = await check([], { ...options, client: file });
    expect(evidence).toMatchObject([{ file, records: 4, rejected: 0 }]);
    expect(metrics).toMatchObject({ sessions: 1, reconnects: 1 });
  });

  it.each([
    [{ map: { sesion_id: 'x' } }, 'map: unknown field "sesion_id"; did you mean "session_id"?'],
    [{ event: { opened: 'x' } }, 'event: unknown event "opened"; '],
    [{ pattern: '(' }, 'pattern: It must be a regular expression that RE2 knows'],
    [{ since: 'noon' }, 'since: It must be a time such as'],
    [{ since: '2026-11-23', until: new Date(0) }, 'is not before until 1970-01-01T00:00:00.000Z'],
    [{ expect: 'losses < 5s' }, 'expect: losses takes a bound on a count'],
    [{ logFormat: 'ngnix' }, 'there is no format and no file ngnix; did you mean "nginx"?'],
  ])('rejects %j', async (options, message) => {
    const error = await check(DEPLOY, options).catch((error) => error);
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toContain(message);
  });

  it('rejects a description of logs by its mistakes, and logs that are not there', async () => {
    const file = path.join(temporaryDirectory(), 'gateway.yaml');
    fs.writeFileSync(file, 'evnt: x\n');
    const error = await check(DEPLOY, { logFormat: file }).catch((error) => error);
    expect(error).toBeInstanceOf(LogFormatError);
    expect(error.problems).toMatchObject([{ file, line: 1, column: 1, path: 'evnt' }]);
    const missing = await check('no-such.log').catch((error) => error);
    expect(missing).toBeInstanceOf(LogUnreadable);
    expect(missing.file).toBe('no-such.log');
  });

  it('rejects with the reason of its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(check(DEPLOY, { signal })).rejects.toThrow('enough');
  });
});
