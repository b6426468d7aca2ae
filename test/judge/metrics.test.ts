import { describe, expect, it } from 'vitest';
import type { LogName } from '../../src/core/records.ts';
import { AttemptRate, countOverTime, peakPerSecond } from '../../src/judge/attempt-rate.ts';
import { judge } from './judging.ts';
import { type Line, play } from './world.ts';

const T0 = Date.UTC(2026, 0, 1);
const at = (ms: number, event: string, fields: object = {}): Line => ({
  time: new Date(T0 + ms).toISOString(),
  event,
  session_id: 's',
  document_id: 'd',
  ...fields,
});
const measure = (client: Line[]) => judge({ client }).metrics;

const attempt = (ms: number, connection_sequence: number) =>
  at(ms, 'connection_attempt', { connection_sequence });
const opened = (ms: number, connection_sequence: number, more = {}) =>
  at(ms, 'connection_opened', { connection_sequence, client_id: 'c', ...more });
const closed = (ms: number, connection_sequence: number, more = {}) =>
  at(ms, 'connection_closed', { connection_sequence, client_id: 'c', close_code: 1006, ...more });
const unloaded = (ms: number, reason: string, connection_sequence: number | null, more = {}) =>
  at(ms, 'document_unloaded', {
    reason,
    connection_sequence,
    client_id: connection_sequence && 'c',
    ...more,
  });

describe('metrics', () => {
  it('count what both logs tell', () => {
    const lines = play([
      [0, 'drop'],
      [0, 'fail-dial'],
      [0, 'reject'],
      [0, 'refresh'],
      'open',
      [1, 'server-close'],
      'restart',
    ]);
    expect(judge(lines).metrics).toMatchObject({
      sessions: 2,
      attempts: 7,
      welcomed: 5,
      failed_attempts: 2,
      losses: 3,
      unrecovered_sessions: 0,
      rejected_handshakes: 1,
      sequence_max: 5,
      event_loop_delay_p99: 12,
      event_loop_delay_p99_by_process: { client: 12, server: 12 },
      close_codes: {
        client: { 1006: 1, 1013: 1 },
        server: { 1001: 3, 1006: 1, 1013: 1 },
      },
    });
  });

  it('are of the server’s log where it is alone, and null where only a client could tell', () => {
    const { server, client } = play([[0, 'drop']]);
    expect(judge({ server }).metrics).toMatchObject({
      sessions: 1,
      attempts: null,
      welcomed: 2,
      failed_attempts: null,
      losses: 1,
      unrecovered_sessions: null,
      recovery_p50: 0.021,
      peak_attempts_per_second: 2,
      peak_sessions_down: 1,
      reconnects: 1,
      reconnects_max: 1,
      peak_connections: 1,
      connections_of_session_max: 1,
      rejected_handshakes: 0,
    });
    expect(judge({ client }).metrics.rejected_handshakes).toBeNull();
  });

  it('tell sessions and connections from a server log of closes only', () => {
    const server = [closed(0, 1), closed(1, 2)];
    expect(judge({ server }).metrics).toMatchObject({ sessions: 1, welcomed: 2, sequence_max: 2 });
  });

  it('measure recovery from a loss to the next welcome, in seconds', () => {
    const { losses, recovery_p50, recovery_max, peak_sessions_down } = measure([
      attempt(0, 1),
      opened(10, 1),
      closed(1000, 1),
      attempt(1100, 2),
      attempt(1200, 3),
      opened(1250, 3),
      unloaded(2000, 'reload', 3),
      attempt(3000, 4),
      opened(4500, 4, { document_id: 'e' }),
    ]);
    expect({ losses, recovery_p50, recovery_max, peak_sessions_down }).toEqual({
      losses: 2,
      recovery_p50: 0.25,
      recovery_max: 2.5,
      peak_sessions_down: 1,
    });
  });

  it('count who gave up apart from who was lost, until the session is connected again', () => {
    const gaveUp = [attempt(0, 1), opened(1, 1), closed(5, 1), unloaded(5, 'gave-up', null)];
    const told = { losses: 1, unrecovered_sessions: 0, given_up_sessions: 1, recovery_max: null };
    expect(measure(gaveUp)).toMatchObject(told);
    const reloaded = [attempt(9, 2), opened(10, 2, { document_id: 'e' })];
    expect(measure([...gaveUp, ...reloaded])).toMatchObject({ ...told, given_up_sessions: 0 });
  });

  it('take percentiles by nearest rank', () => {
    const lines = Array.from({ length: 20 }, (_, index) => {
      const session = { session_id: `s${index}` };
      return [closed(0, 1, session), opened((index + 1) * 1000, 2, session)];
    });
    const { recovery_p50, recovery_p95, recovery_p99, recovery_max } = measure(lines.flat());
    expect([recovery_p50, recovery_p95, recovery_p99, recovery_max]).toEqual([10, 19, 20, 20]);
  });

  it('have no recovery where nothing was lost', () => {
    expect(measure([attempt(0, 1), opened(1, 1), unloaded(2, 'end', 1)])).toMatchObject({
      losses: 0,
      recovery_p50: null,
      recovery_max: null,
      peak_sessions_down: 0,
    });
  });

  it('forget the loss of a tab that the user closes', () => {
    const lines = [closed(0, 1), unloaded(1, 'close', null), closed(2, 1, { session_id: 't' })];
    expect(measure(lines)).toMatchObject({ losses: 2, peak_sessions_down: 1 });
  });

  it.each([
    ['storage-cleared', 'other document', 1],
    ['duplicate-tab', 'd', 1],
    ['duplicate-tab', 'other document', 0],
  ])('carry a loss to the session that takes over (%s, %s)', (reason, document_id, recoveries) => {
    const moved = { session_id: 't', parent_session_id: 's', reason, document_id };
    const { recovery_max } = measure([
      closed(0, 1),
      at(1, 'session_started', moved),
      opened(2000, 1, { session_id: 't' }),
    ]);
    expect(recovery_max).toBe(recoveries === 0 ? null : 2);
  });

  it('count a session as unrecovered once', () => {
    const lines = [unloaded(0, 'end', null), unloaded(1, 'end', 3, { client_id: null })];
    expect(measure(lines).unrecovered_sessions).toBe(1);
  });

  it('know of no attempts where clients log closes only', () => {
    const metrics = measure([closed(0, 1), closed(1, 2)]);
    const none = { attempts: null, failed_attempts: null, peak_attempts_per_second: null };
    expect(metrics).toMatchObject({ ...none, welcomed: 2, losses: 2 });
  });

  it('count codes that a frame could carry, whether or not a protocol knows them', () => {
    const codes = [60_000, 60_000, 70_000, -1, 1000.5];
    const lines = codes.map((code, at) => closed(at, 1, { close_code: code }));
    expect(measure(lines).close_codes.client).toEqual({ 60000: 2 });
  });
});

describe('attempt rates', () => {
  const times = (...values: number[]) => Float64Array.from(values);

  it('take the fullest second, wherever it begins', () => {
    expect(peakPerSecond(times())).toBe(0);
    expect(peakPerSecond(times(0, 900, 1000, 1899, 1900))).toBe(3);
    expect(peakPerSecond(times(0, 1000, 2000))).toBe(1);
  });

  it('count each tenth of a second since the first, of a short run', () => {
    expect(countOverTime(times())).toEqual({ bucket_seconds: 0.1, counts: [] });
    expect(countOverTime(times(500, 599, 600, 810))).toEqual({
      bucket_seconds: 0.1,
      counts: [2, 1, 0, 1],
    });
  });

  it('count in 60 buckets at most, whatever a line says', () => {
    expect(countOverTime(times(0, 59_000)).bucket_seconds).toBe(1);
    const { counts } = countOverTime(times(0, Date.UTC(9999, 0, 1)));
    expect(counts.length).toBeLessThanOrEqual(60);
    expect([counts[0], counts.at(-1)]).toEqual([1, 1]);
  });

  it('have no peak where logs are read one after the other, and more than can be held', () => {
    const [ordered, unordered] = [true, false].map((areInOrder) => {
      const rate = new AttemptRate({ areInOrder, maxHeld: 2000 });
      for (let time = 0; time < 5000; time++) rate.add(200 * time);
      return rate.finish();
    });
    expect(ordered?.peakPerSecond).toBe(5);
    expect(unordered?.peakPerSecond).toBeNull();
    expect(unordered?.overTime).toEqual(ordered?.overTime);
  });

  it('count alike when they are more than can be held', () => {
    const few = new AttemptRate({ maxHeld: 1000 });
    const late = 30;
    for (let second = 0; second < 3 * 86_400; second++) {
      // Out of order, within a minute.
      const place = second % late;
      few.add(1000 * (second - place + late - 1 - place));
      if (second === 1000) few.add(1000 * second);
    }
    const { peakPerSecond: peak, overTime } = few.finish();
    expect(peak).toBe(2);
    expect(overTime.bucket_seconds).toBe(6 * 3600);
    expect(overTime.counts).toEqual([21_601, ...Array(11).fill(21_600)]);
  });

  it('count attempts in any order of lines', () => {
    expect(
      judge({ client: [attempt(5000, 2), attempt(0, 1)] } as Record<LogName, Line[]>).metrics,
    ).toMatchObject({
      peak_attempts_per_second: 1,
      attempts_over_time: { bucket_seconds: 0.1, counts: { length: 51 } },
    });
  });
});
