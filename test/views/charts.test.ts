import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogName } from '../../src/core/records.ts';
import { type ChartData, ENDS } from '../../src/model/chart-data.ts';
import type { LogRecord } from '../../src/model/record.ts';
import { judge } from '../judge/judging.ts';
import { type Step, TAB_STEPS, World } from '../judge/world.ts';
import { drawing } from '../support/drawing.ts';
import { isThorough, runs } from '../support/thorough.ts';

const T0 = Date.UTC(2026, 0, 1);

type Line = Partial<Omit<LogRecord, 'fields'>> & Record<string, unknown> & { event: string };

/** A record at so many milliseconds. */
function record(log: LogName, time: number, line: Line): LogRecord {
  const { event, session_id, connection_sequence, client_id, document_id, ...fields } = line;
  const of = { session_id, connection_sequence, client_id, document_id };
  return { log, file: log, line: 1, time: T0 + time, event, ...of, fields };
}

function draw(records: LogRecord[], first?: Set<string>): ChartData {
  const charts = drawing(first);
  for (const one of records) charts.add(one);
  return charts.finish();
}

const client = (time: number, event: string, session_id: string, sequence: number, more = {}) =>
  record('client', time, { event, session_id, connection_sequence: sequence, ...more });
const server = (time: number, event: string, session_id: string, sequence: number, more = {}) =>
  record('server', time, { event, session_id, connection_sequence: sequence, ...more });

/** The lane's connections as objects. */
function lane(charts: ChartData, session_id: string) {
  const { lanes } = charts;
  const index = lanes.session_id.indexOf(session_id);
  const begin = lanes.size.slice(0, index).reduce((sum, size) => sum + size, 0);
  return Array.from({ length: lanes.size[index] ?? 0 }, (_, row) => ({
    sequence: lanes.connection_sequence[begin + row],
    attempted: lanes.attempted_ms[begin + row],
    opened: lanes.opened_ms[begin + row],
    ended: lanes.ended_ms[begin + row],
    end: lanes.end[begin + row],
  }));
}

describe('charts of a client log', () => {
  const records = [
    client(0, 'connection_attempt', 'a', 1),
    client(10, 'connection_opened', 'a', 1),
    client(500, 'connection_closed', 'a', 1, { close_code: 1006, duration_seconds: 0.49 }),
    client(600, 'connection_attempt', 'a', 2),
    client(650, 'connection_failed', 'a', 2),
    client(700, 'connection_attempt', 'a', 3),
    client(720, 'connection_opened', 'a', 3, { client_id: 'c' }),
    client(800, 'document_unloaded', 'a', 3, { reason: 'reload', client_id: 'c' }),
    client(810, 'connection_attempt', 'a', 4),
    client(820, 'connection_opened', 'a', 4),
    client(830, 'connection_attempt', 'b', 1),
    client(1900, 'document_unloaded', 'a', 4, { reason: 'end' }),
    client(2000, 'document_unloaded', 'b', 1, { reason: 'end' }),
  ];

  it('has a lane a session, with each connection from attempt to end', () => {
    expect(lane(draw(records), 'a')).toEqual([
      { sequence: 1, attempted: 0, opened: 10, ended: 500, end: 1006 },
      { sequence: 2, attempted: 600, opened: -1, ended: 650, end: ENDS.failed },
      { sequence: 3, attempted: 700, opened: 720, ended: 800, end: ENDS.reloaded },
      { sequence: 4, attempted: 810, opened: 820, ended: 1900, end: ENDS.run_ended },
    ]);
  });

  it('ends what a page had that vanished, where the next one finds it gone', () => {
    const charts = draw([
      client(0, 'connection_attempt', 'a', 1),
      client(10, 'connection_opened', 'a', 1),
      client(900, 'document_unloaded', 'a', 0, { reason: 'vanished' }),
      client(910, 'connection_attempt', 'a', 2),
      client(1900, 'document_unloaded', 'a', 2, { reason: 'reload' }),
    ]);
    expect(lane(charts, 'a')).toEqual([
      { sequence: 1, attempted: 0, opened: 10, ended: 900, end: ENDS.page_left },
      { sequence: 2, attempted: 910, opened: -1, ended: 1900, end: ENDS.reloaded },
    ]);
    expect(charts.connected).toEqual({ time_ms: [10, 900], sessions: [1, 0] });
  });

  it('ends it where the next one learns that its storage is older, and keeps its own', () => {
    const charts = draw([
      client(0, 'connection_attempt', 'a', 3),
      client(10, 'connection_opened', 'a', 3),
      client(500, 'connection_attempt', 'a', 3),
      client(510, 'connection_opened', 'a', 3),
      client(520, 'sequence_advanced', 'a', 3),
      client(900, 'document_unloaded', 'a', 3, { reason: 'end' }),
    ]);
    expect(lane(charts, 'a')).toEqual([
      { sequence: 3, attempted: 0, opened: 10, ended: 520, end: ENDS.page_left },
      { sequence: 3, attempted: 500, opened: 510, ended: 900, end: ENDS.run_ended },
    ]);
    expect(charts.lanes.lost).toEqual([false]);
  });

  it('has the worst lanes first: those named, those lost at the end, those with most trouble', () => {
    expect(draw(records).lanes.session_id).toEqual(['b', 'a']);
    expect(draw(records).lanes.lost).toEqual([true, false]);
    expect(draw(records, new Set(['a'])).lanes.session_id).toEqual(['a', 'b']);
  });

  it('counts attempts and welcomes in bins, each in its own', () => {
    const { rate } = draw(records);
    expect(rate).toMatchObject({ bin_ms: 10, first_ms: 0 });
    const filled = (counts: number[]) => counts.flatMap((count, bin) => (count ? [bin] : []));
    expect(filled(rate.attempts)).toEqual([0, 60, 70, 81, 83]);
    expect(filled(rate.welcomes)).toEqual([1, 72, 82]);
    expect(rate.attempts).toHaveLength(201);
  });

  it('begins its bins on round times, wherever the logs begin', () => {
    const { rate } = draw([
      client(7, 'connection_attempt', 'a', 1),
      client(9, 'connection_opened', 'a', 1),
      client(11, 'connection_attempt', 'b', 1),
    ]);
    expect(rate).toEqual({ bin_ms: 10, first_ms: -7, attempts: [1, 1], welcomes: [1, 0] });
  });

  it('counts connected sessions from step to step', () => {
    expect(draw(records).connected).toEqual({
      time_ms: [10, 500, 720, 800, 820, 1900],
      sessions: [1, 0, 1, 0, 1, 0],
    });
  });

  it('sorts recoveries by how long they took', () => {
    // 500 to 720, and 800 to 820.
    expect(draw(records).recoveries).toEqual({
      edges_ms: [20, 30, 50, 70, 100, 150, 200, 300],
      counts: [1, 0, 0, 0, 0, 0, 1],
    });
  });

  it('is the same, in whatever order the files are read', () => {
    const other = [
      server(10, 'connection_opened', 'a', 1),
      record('faults', 490, { event: 'fault_injected', fault: 'drop', occurrence: 1 }),
    ];
    expect(draw([...other, ...records])).toEqual(draw([...records, ...other]));
  });

  it('has each occurrence of a fault once, with the number of sessions hit', () => {
    const hit = (time: number, fault: string, occurrence: number, session_id?: string) =>
      record('faults', time, { event: 'fault_injected', fault, occurrence, session_id });
    const { faults } = draw([
      ...records,
      hit(900, 'restart_server', 2),
      record('faults', 1700, { event: 'fault_ended', fault: 'restart_server', occurrence: 2 }),
      record('faults', 1800, { event: 'fault_ended', fault: 'drop', occurrence: 3 }),
      hit(490, 'drop', 1, 'a'),
      hit(491, 'drop', 1, 'b'),
    ]);
    expect(faults).toEqual({
      time_ms: [490, 900],
      // What was over at once has no end.
      ended_ms: [-1, 1700],
      fault: [0, 1],
      sessions: [2, 0],
      names: ['drop', 'restart_server'],
    });
  });
});

describe('charts of a server log alone', () => {
  it('are drawn also beside a client log that tells of pages alone', () => {
    const { side, sessions, duration_ms } = draw([
      server(0, 'connection_opened', 'a', 1),
      server(500, 'connection_closed', 'a', 1, { close_code: 1006 }),
      record('client', 0, { event: 'session_started', session_id: 'a', reason: 'new' }),
      record('client', 0, { event: 'document_loaded', session_id: 'b' }),
    ]);
    expect({ side, sessions, duration_ms }).toEqual({
      side: 'server',
      sessions: 1,
      duration_ms: 500,
    });
  });

  it('takes the beginning of a connection from its length, where there are closes only', () => {
    const charts = draw([
      server(1000, 'connection_closed', 'a', 1, { close_code: 1001, duration_seconds: 0.9 }),
      server(2000, 'connection_closed', 'a', 2, { close_code: 1006, duration_seconds: 0.5 }),
    ]);
    expect(charts.side).toBe('server');
    expect(charts.started_at_ms).toBe(T0 + 100);
    expect(lane(charts, 'a')).toEqual([
      { sequence: 1, attempted: -1, opened: 0, ended: 900, end: 1001 },
      { sequence: 2, attempted: -1, opened: 1400, ended: 1900, end: 1006 },
    ]);
    expect(charts.connected.sessions).toEqual([1, 0, 1, 0]);
  });

  it('takes a session for connected while an older, half-open connection is left', () => {
    const charts = draw([
      server(0, 'connection_opened', 'a', 1),
      server(100, 'connection_opened', 'a', 2),
      server(200, 'connection_closed', 'a', 1, { close_code: 1006 }),
      server(300, 'connection_closed', 'a', 2, { close_code: 1006 }),
    ]);
    expect(charts.connected).toEqual({ time_ms: [0, 300], sessions: [1, 0] });
  });

  it('ends what was open when the server was killed with its last line', () => {
    const charts = draw([
      record('server', 0, { event: 'server_started' }),
      server(10, 'connection_opened', 'a', 1),
      server(50, 'connection_opened', 'b', 1),
      record('server', 900, { event: 'server_started' }),
      server(950, 'connection_opened', 'a', 2),
    ]);
    expect(lane(charts, 'a')).toMatchObject([{ ended: 50, end: ENDS.untold }, { ended: -1 }]);
  });

  it('ends what was open at a kill also where its log goes on in another file', () => {
    const told = [
      server(0, 'connection_opened', 'a', 1),
      server(100, 'connection_opened', 'b', 1),
      server(400, 'server_started', 'a', 1),
      server(500, 'connection_opened', 'b', 2),
    ];
    const connected = (stream: number) => {
      const rotated = told.map((one, at) => ({
        ...one,
        file: at < 2 ? 'server.1' : 'server',
        stream: at < 2 ? 0 : stream,
      }));
      return draw(rotated).connected.sessions;
    };
    // With its last line, which is where b opened.
    expect(connected(0)).toEqual([1, 0, 1]);
    // Another server's start ends nothing of this one's.
    expect(connected(1)).toEqual([1, 2]);
  });

  it('takes a number that is used again while it is open for two connections', () => {
    const events = ['connection_opened', 'connection_opened', 'connection_closed'];
    const closed = { close_code: 1006, duration_seconds: 0.1 };
    const charts = draw(
      [...events, 'connection_closed'].map((event, at) =>
        server(100 * at, event, 'a', 1, event === 'connection_closed' ? closed : {}),
      ),
    );
    expect(charts.connected).toEqual({ time_ms: [0, 300], sessions: [1, 0] });
    expect(lane(charts, 'a')).toHaveLength(2);
  });

  it('says what attempts failed with, each reason once', () => {
    const failed = (time: number, sequence: number, error?: string) =>
      client(time, 'connection_failed', 'a', sequence, { error });
    const { lanes } = draw([
      failed(1, 1, 'ECONNREFUSED'),
      client(2, 'connection_opened', 'a', 2),
      failed(3, 3, 'timeout'),
      failed(4, 4),
      failed(5, 5, 'ECONNREFUSED'),
    ]);
    expect(lanes.failures).toEqual(['ECONNREFUSED', 'timeout']);
    // Of those that failed alone, in order; nothing is known of number 4.
    expect(lanes.failure).toEqual([0, 1, -1, 0]);
  });

  it('has rejected handshakes as attempts that failed', () => {
    const charts = draw([server(0, 'handshake_rejected', 'a', 7), server(5, 'x', 'a', 1)]);
    expect(lane(charts, 'a')).toMatchObject([{ sequence: 7, attempted: 0, end: ENDS.failed }]);
    expect(charts.rate.attempts).toEqual([1]);
  });
});

describe('charts of whatever a log may hold', () => {
  it('is empty where there is nothing', () => {
    expect(draw([])).toMatchObject({ side: 'server', sessions: 0, duration_ms: 0 });
  });

  it('takes names of object members for text', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const charts = draw([
        client(0, name, name, 1),
        client(0, 'connection_attempt', name, 1),
        client(9, 'document_unloaded', name, 1, { reason: name }),
      ]);
      expect(lane(charts, name)).toMatchObject([{ ended: 9, end: ENDS.untold }]);
    }
  });

  it('holds no more for a time that is far off', () => {
    const { rate } = draw([
      client(-T0, 'connection_attempt', 'a', 1),
      client(0, 'connection_attempt', 'a', 2),
      client(100 * T0, 'connection_attempt', 'a', 3),
    ]);
    expect(rate.attempts.length).toBeLessThanOrEqual(6001);
    expect(rate.attempts.reduce((sum, count) => sum + count)).toBe(3);
    expect(rate.bin_ms).toBeGreaterThan(1000);
  });

  it('draws a bounded number of connections, and says how many it left out', () => {
    const charts = drawing(['kept']);
    // Enough for too many sessions; for too many connections as well, among the long tests.
    const [many, connections] = isThorough ? [20_000, 500_000] : [11_000, 22_000];
    charts.add(client(0, 'connection_attempt', 'kept', 1));
    for (let index = 0; index < connections; index++) {
      const session = `s${index % many}`;
      charts.add(client(index, 'connection_attempt', session, index));
      charts.add(client(index, 'connection_failed', session, index));
    }
    const { lanes, sessions } = charts.finish();
    expect(sessions).toBe(many + 1);
    expect(lanes.session_id.length).toBeLessThanOrEqual(10_000);
    expect(lanes.session_id[0]).toBe('kept');
    expect(lanes.end.length).toBeLessThanOrEqual(200_000);
    const drawn = lanes.session_id.map(
      (id, index) => (lanes.size[index] ?? 0) + (lanes.undrawn[index] ?? 0) * Number(id !== 'kept'),
    );
    expect(new Set(drawn.slice(1))).toEqual(new Set([connections / many]));
  });

  it('agrees with the metrics on any story', () => {
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.constantFrom<Step>('open', 'open-continued', 'restart', 'kill'),
      fc.tuple(fc.nat(4), fc.constantFrom(...TAB_STEPS)),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = new World();
        for (const one of ['open' as const, ...steps]) world.play(one);
        world.end();
        const { metrics } = judge(world.lines);
        const charts = drawing();
        for (const log of ['server', 'client', 'faults'] as const) {
          for (const { time, ...line } of world.lines[log]) {
            charts.add(record(log, Date.parse(time) - T0, line));
          }
        }
        const { recoveries, rate, lanes } = charts.finish();
        const recovered = recoveries.counts.reduce((sum, count) => sum + count, 0);
        expect(recovered === 0).toBe(metrics.recovery_max === null);
        const longest = (metrics.recovery_max ?? 0) * 1000;
        if (recovered > 0) {
          expect(longest).toBeGreaterThanOrEqual(recoveries.edges_ms.at(-2) ?? 0);
          expect(longest).toBeLessThan(recoveries.edges_ms.at(-1) ?? 0);
        }
        expect(lanes.lost.filter(Boolean).length).toBe(metrics.unrecovered_sessions);
        expect(lanes.attempted_ms.filter((time) => time >= 0).length).toBe(metrics.attempts);
        expect(lanes.opened_ms.filter((time) => time >= 0).length).toBe(metrics.welcomed);
        expect(lanes.end.filter((end) => end === ENDS.failed).length).toBe(metrics.failed_attempts);
        const total = (counts: number[]) => counts.reduce((sum, count) => sum + count, 0);
        expect(total(rate.attempts)).toBe(metrics.attempts);
        expect(total(rate.welcomes)).toBe(metrics.welcomed);
      }),
      { numRuns: runs(200) },
    );
  });
});
