import fs from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addLogOptions, type LogOptions, sourceOptions } from '../../src/cli/log-options.ts';
import { Shell } from '../../src/cli/shell.ts';
import { runCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

const shell = new Shell(process);

async function parse(...args: string[]) {
  let told = '';
  const command = addLogOptions(new Command())
    .exitOverride()
    .configureOutput({
      writeErr: (text) => {
        told += text;
      },
    });
  try {
    command.parse(args, { from: 'user' });
  } catch {
    return told;
  }
  return sourceOptions(command.opts<LogOptions>(), shell);
}

describe('options of commands that take logs', () => {
  it('are all of them optional', async () => {
    expect(await parse()).toEqual({});
  });

  it('add up where they are repeated', async () => {
    const args = ['--map', 'time=ts,session_id=a.b', '--map', 'client_id=cid', '--client', 'a'];
    const more = [
      '--event',
      'connection_closed=x',
      '--event',
      'connection_opened=y,connection_opened=z',
      '--client',
      'b',
    ];
    expect(await parse(...args, ...more)).toEqual({
      map: { time: ['ts'], session_id: ['a', 'b'], client_id: ['cid'] },
      events: { connection_closed: ['x'], connection_opened: ['y', 'z'] },
      client: ['a', 'b'],
    });
  });

  it.each([
    ['sesion_id=x', 'unknown field "sesion_id"; did you mean "session_id"?'],
    ['zzz=x', 'unknown field "zzz"; expected one of time, event,'],
    ['session_id', '"session_id" is not of the form field=…'],
  ])('refuse --map %s', async (text, message) => {
    expect(await parse('--map', text)).toContain(message);
  });

  it('refuse a second --map for one field', async () => {
    const [one, other] = ['session_id=sid', 'session_id=tab'];
    expect(await parse('--map', one, '--map', other)).toContain('session_id is named twice');
    expect(await parse('--map', `${one},${other}`)).toContain('session_id is named twice');
  });

  it.each(['(a', '(?=a)', '(a)\\1'])(
    'refuse --pattern %s, which RE2 does not know',
    async (text) => {
      expect(await parse('--pattern', text)).toContain('a regular expression that RE2 knows');
    },
  );

  it('take a file that describes the log, and tell all mistakes in it', async () => {
    const file = path.join(temporaryDirectory(), 'gateway.yaml');
    fs.writeFileSync(file, 'event: evt\none_session: true\n');
    expect(await parse('--log-format', file)).toMatchObject({
      description: { event: ['evt'], isOneSession: true },
    });
    fs.writeFileSync(file, 'evnt: evt\nevents: { connection_close: x }\n');
    const log = path.join(path.dirname(file), 'a.log');
    fs.writeFileSync(log, '');
    const { code, stderr } = await runCli(['check', log, '--log-format', file]);
    expect(code).toBe(2);
    expect(stderr.split('\n').map((line) => line.replace(file, 'FILE'))).toEqual([
      'FILE:1:1: unknown key "evnt"; did you mean "event"?',
      '  evnt: evt',
      '  ^',
      'FILE:2:11: unknown key "connection_close"; did you mean "connection_closed"?',
      '  events: { connection_close: x }',
      '            ^',
      'wsdiag: FILE does not say how logs are to be read; no log was read',
      '',
    ]);
  });

  it('refuse an unknown event', async () => {
    expect(await parse('--event', 'connection_close=x')).toContain(
      'did you mean "connection_closed"?',
    );
  });

  it.each([
    ['2026-11-23T10:00:00Z', '2026-11-23T10:00:00Z'],
    ['2026-11-23T10:00:00+01:00', '2026-11-23T09:00:00Z'],
    ['2026-11-23', '2026-11-23T00:00:00Z'],
    ['1795428000', '2026-11-23T10:00:00Z'],
  ])('take %s for a time', async (text, iso) => {
    expect(await parse('--since', text)).toEqual({ since: Date.parse(iso) });
    expect(await parse('--until', text)).toEqual({ until: Date.parse(iso) });
  });

  it('take a duration for how long ago', async () => {
    const before = Date.now();
    const { since } = (await parse('--since', '10m')) as { since: number };
    expect(since).toBeGreaterThanOrEqual(before - 600_000);
    expect(since).toBeLessThanOrEqual(Date.now() - 600_000);
  });

  it('refuse what is no time, and a span without time in it', async () => {
    expect(await parse('--since', 'noon')).toContain('It must be a time');
    const options = { since: 2e12, until: 1e12 };
    await expect(sourceOptions(options, shell)).rejects.toThrow('is not before --until');
  });
});
