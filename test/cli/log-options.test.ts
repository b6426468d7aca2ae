import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addLogOptions, type LogOptions, sourceOptions } from '../../src/cli/log-options.ts';

function parse(...args: string[]) {
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
  return sourceOptions(command.opts<LogOptions>());
}

describe('options of commands that take logs', () => {
  it('are all of them optional', () => {
    expect(parse()).toEqual({});
  });

  it('add up where they are repeated', () => {
    const args = ['--map', 'time=ts,session_id=a.b', '--map', 'client_id=cid', '--client', 'a'];
    const more = [
      '--event',
      'connection_closed=x',
      '--event',
      'connection_opened=y',
      '--client',
      'b',
    ];
    expect(parse(...args, ...more)).toEqual({
      map: { time: ['ts'], session_id: ['a', 'b'], client_id: ['cid'] },
      events: { connection_closed: 'x', connection_opened: 'y' },
      client: ['a', 'b'],
    });
  });

  it.each([
    ['sesion_id=x', 'unknown field "sesion_id"; did you mean "session_id"?'],
    ['zzz=x', 'unknown field "zzz"; expected one of time, event,'],
    ['session_id', '"session_id" is not of the form field=…'],
  ])('refuse --map %s', (text, message) => {
    expect(parse('--map', text)).toContain(message);
  });

  it.each([
    ['--map', 'session_id=sid', 'session_id=tab'],
    ['--event', 'connection_closed=gone', 'connection_closed=dropped'],
  ])('refuse a second %s for one name', (option, one, other) => {
    const [name] = one.split('=');
    expect(parse(option, one, option, other)).toContain(`${name} is named twice`);
    expect(parse(option, `${one},${other}`)).toContain(`${name} is named twice`);
  });

  it('refuse an unknown event', () => {
    expect(parse('--event', 'connection_close=x')).toContain('did you mean "connection_closed"?');
  });

  it.each([
    ['2026-11-23T10:00:00Z', '2026-11-23T10:00:00Z'],
    ['2026-11-23T10:00:00+01:00', '2026-11-23T09:00:00Z'],
    ['2026-11-23', '2026-11-23T00:00:00Z'],
    ['1795428000', '2026-11-23T10:00:00Z'],
  ])('take %s for a time', (text, iso) => {
    expect(parse('--since', text)).toEqual({ since: Date.parse(iso) });
    expect(parse('--until', text)).toEqual({ until: Date.parse(iso) });
  });

  it('take a duration for how long ago', () => {
    const before = Date.now();
    const { since } = parse('--since', '10m') as { since: number };
    expect(since).toBeGreaterThanOrEqual(before - 600_000);
    expect(since).toBeLessThanOrEqual(Date.now() - 600_000);
  });

  it('refuse what is no time, and a span without time in it', () => {
    expect(parse('--since', 'noon')).toContain('It must be a time');
    const options = { since: 2e12, until: 1e12 };
    expect(() => sourceOptions(options)).toThrow('is not before --until');
  });
});
