import { describe, expect, it } from 'vitest';
import { MS_PLACES, msOfPlace, placeOfMs } from '../../src/judge/activity/scales.ts';
import type { Metrics } from '../../src/model/metrics.ts';
import { HeldLogs } from '../../src/simulate/held-logs.ts';
import { judge } from './judging.ts';
import type { Line } from './world.ts';

const T0 = Date.UTC(2026, 0, 1);
const at = (seconds: number, event: string, client_id: string, fields: object = {}): Line => ({
  time: new Date(T0 + seconds * 1000).toISOString(),
  event: `connection_${event}`,
  session_id: 's',
  client_id,
  ...fields,
});
const opened = (seconds: number, id: string, more = {}) => at(seconds, 'opened', id, more);
const closed = (seconds: number, id: string, close_code: number | null, more = {}) =>
  at(seconds, 'closed', id, { close_code, ...more });

const measured = (...server: Line[]): Metrics => judge({ server }).metrics;
/** Of a connection that ends so, and another that follows after a second and a half. */
const after = (close_code: number | null, more = {}) =>
  measured(opened(0, 'a'), closed(10, 'a', close_code, more), opened(11.5, 'b'));

describe('a server’s log alone', () => {
  it.each([
    ['a code that nobody means', 1006, {}, 1],
    ['1012', 1012, {}, 1],
    ['1000', 1000, {}, 0],
    ['1001', 1001, {}, 0],
    ['1005', 1005, {}, 0],
    ['no code, for the session comes back', null, {}, 1],
    ['the server, whatever the code', 1000, { closed_by: 'server' }, 1],
    ['the network', 1006, { closed_by: 'network' }, 1],
    ['the heartbeat', 1006, { closed_by: 'heartbeat' }, 1],
    ['its peer, whatever the code', 4001, { closed_by: 'peer' }, 0],
    ['a newer connection', 1006, { closed_by: 'superseded' }, 0],
  ])('tells of a loss by %s', (_, code, more, losses) => {
    expect(after(code, more)).toMatchObject({
      losses,
      recovery_max: losses === 1 ? 1.5 : null,
      peak_sessions_down: losses,
    });
  });

  it('has no loss without a code where the session does not come back', () => {
    expect(measured(opened(0, 'a'), closed(10, 'a', null)).losses).toBe(0);
  });

  it('has no loss while another connection of the session is open', () => {
    const older = measured(opened(0, 'a'), opened(1, 'b'), closed(5, 'b', 1006));
    const newer = measured(opened(0, 'a'), opened(4, 'b'), closed(5, 'a', 1006), opened(9, 'c'));
    for (const { losses, recovery_max } of [older, newer]) {
      expect({ losses, recovery_max }).toEqual({ losses: 0, recovery_max: null });
    }
    expect(older.connections_of_session_max).toBe(2);
  });

  it('counts reconnects, connections at once and sessions that flap', () => {
    const of = (session_id: string) => ({ session_id });
    const flapping = [0, 1, 2].flatMap((nth) => [
      opened(20 + nth, `f${nth}`, of('f')),
      closed(20.4 + nth, `f${nth}`, 1008, of('f')),
    ]);
    const quiet = [opened(0, 'a'), closed(30, 'a', 1000), opened(31, 'b')];
    const lines = [...quiet.slice(0, 1), ...flapping, ...quiet.slice(1)];
    expect(measured(...lines)).toMatchObject({
      reconnects: 3,
      reconnects_max: 2,
      flapping_sessions: 1,
      peak_connections: 2,
      connections_of_session_max: 1,
      peak_attempts_per_second: 1,
      losses: 3,
      recovery_max: 0.6,
      unrecovered_sessions: null,
    });
  });

  it('takes a session for gone that is not back after five minutes', () => {
    const lost = (id: string, from: number) => [
      opened(from, id, { session_id: id }),
      closed(from + 1, id, 1006, { session_id: id }),
    ];
    expect(measured(...lost('a', 0), ...lost('b', 290)).peak_sessions_down).toBe(2);
    expect(measured(...lost('a', 0), ...lost('b', 310)).peak_sessions_down).toBe(1);
  });

  it('reckons from closes alone', () => {
    const lines = [
      closed(10, 'a', 1006, { duration_seconds: 10 }),
      closed(40, 'b', 1006, { duration_seconds: 25 }),
    ];
    expect(measured(...lines)).toMatchObject({
      losses: 2,
      recovery_max: 5,
      connections_of_session_max: 1,
      peak_attempts_per_second: null,
    });
  });

  it('has connections that a killed server had open end with it', () => {
    const started = { ...at(5, 'x', ''), event: 'server_started', session_id: null };
    const server = [opened(0, 'a'), started, opened(6, 'b')];
    expect(measured(...server)).toMatchObject({
      peak_connections: 1,
      connections_of_session_max: 1,
    });
  });
});

describe('logs of several servers', () => {
  const metrics = (...logs: Line[][]): Metrics => {
    const held = new HeldLogs(
      logs.map((_, stream) => ({ log: 'server' as const, stream, file: `${stream}` })),
    );
    for (const [file, lines] of logs.entries()) {
      for (const [nth, { time, event, session_id, client_id, ...fields }] of lines.entries()) {
        held.add(
          {
            log: 'server',
            file: `${file}`,
            line: nth + 1,
            time: Date.parse(time),
            event,
            session_id: session_id ?? undefined,
            client_id: client_id as string,
            document_id: undefined,
            connection_sequence: undefined,
            fields,
          } as Parameters<HeldLogs['add']>[0],
          file,
        );
      }
    }
    return held.finish([]).metrics;
  };

  it('have no peaks, and a session that goes from one to the other no recovery', () => {
    const one = [opened(0, 'a'), closed(10, 'a', 1006), opened(60, 'c')];
    const other = [opened(11, 'b'), closed(50, 'b', 1006)];
    expect(metrics(one, other)).toMatchObject({
      losses: 2,
      recovery_max: null,
      peak_connections: null,
      peak_sessions_down: null,
      peak_attempts_per_second: null,
      reconnects: 2,
    });
  });

  it('have recoveries of sessions that stay', () => {
    const one = [opened(0, 'a'), closed(10, 'a', 1006), opened(12, 'c')];
    const other = [opened(11, 'b', { session_id: 't' })];
    expect(metrics(one, other)).toMatchObject({
      recovery_max: 2,
      attempts_over_time: { counts: [] },
    });
  });
});

it('places of milliseconds are exact to 1 in 1,000', () => {
  for (const ms of [0, 1, 4095, 4096, 4097, 8193, 15_000, 60_012, 3_600_500, 86_400_000]) {
    const place = placeOfMs(ms);
    expect(place).toBeLessThan(MS_PLACES);
    expect(Math.abs(msOfPlace(place) - ms)).toBeLessThanOrEqual(ms / 1000);
  }
});
