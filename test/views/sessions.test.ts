import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closed, opened, row, summaryOf, total, worst } from './rows.ts';

describe('connections', () => {
  it('are the openings where the log has them', () => {
    const rows = [opened(0, 1), closed(5, 1), opened(6, 2), closed(8, 2)];
    expect(summaryOf(rows)).toMatchObject({ connections: 2, reconnects: 1, abnormal_closes: 2 });
  });

  it('are the closes where the log has no others', () => {
    const rows = [closed(5, 1), closed(8, 2), closed(20, 3, { close_code: 1000 })];
    expect(summaryOf(rows)).toMatchObject({
      connections: 3,
      abnormal_closes: 2,
      last_close_code: 1000,
    });
  });

  it('are also those whose opening is in an earlier log', () => {
    expect(summaryOf([closed(5, 1), opened(6, 2), closed(8, 2)])).toMatchObject({ connections: 2 });
  });

  it('are not counted twice where one half-open one ends after the next has opened', () => {
    const rows = [opened(0, 1), opened(3, 2), closed(5, 1), closed(8, 2)];
    expect(summaryOf(rows)).toMatchObject({ connections: 2, longest_gap_seconds: null });
  });

  it('that a kill left open are not taken for those of the next process', () => {
    const started = row('server_started', 10, { session_id: undefined });
    const rows = [opened(0, 1), started, closed(12, 2), closed(14, 3)];
    expect(summaryOf(rows)).toMatchObject({ connections: 3 });
  });
});

describe('open connections', () => {
  const lifecycle = (event: string, time: number) => row(event, time, { session_id: undefined });

  it('are those without an end', () => {
    const rows = [opened(0, 1), closed(5, 1), opened(6, 2)];
    expect(summaryOf(rows).open_connections).toBe(1);
    expect(summaryOf(rows.slice(0, 2)).open_connections).toBe(0);
  });

  it('are not known where the log tells of no ends or no opens, whoever’s', () => {
    const other = { session_id: 'other' };
    expect(summaryOf([opened(0, 1)]).open_connections).toBeNull();
    expect(summaryOf([closed(0, 1)]).open_connections).toBeNull();
    expect(summaryOf([opened(0, 1), closed(5, 1, other)]).open_connections).toBe(1);
  });

  it.each(['server_started', 'server_stopped'])('are not those of a process before %s', (event) => {
    const rows = [opened(0, 1), closed(5, 1), opened(6, 2), lifecycle(event, 8)];
    expect(summaryOf(rows).open_connections).toBe(0);
  });
});

describe('sides', () => {
  const client = { log: 'client', file: 1 } as const;
  const clientRows = [
    row('connection_attempt', 100, { ...client, connection_sequence: 1 }),
    opened(101, 1, client),
    closed(102, 1, client),
    row('connection_attempt', 103, { ...client, connection_sequence: 2 }),
    row('connection_failed', 104, { ...client, connection_sequence: 2 }),
  ];
  const serverRows = [opened(0, 1), closed(1, 1)];

  it.each([
    ['server first', [...serverRows, ...clientRows]],
    ['client first', [...clientRows, ...serverRows]],
  ])('are not added up: %s', (_, rows) => {
    expect(summaryOf(rows, [0, 1])).toMatchObject({
      told_by: 'server',
      connections: 1,
      failed_attempts: 1,
      first_seen: '2026-01-01T00:00:00.000Z',
      last_seen: '2026-01-01T00:00:01.000Z',
    });
  });

  it('leave the client to tell of what no server log has', () => {
    expect(summaryOf(clientRows, [0, 1])).toMatchObject({
      told_by: 'client',
      connections: 1,
      failed_attempts: 1,
      highest_sequence: 2,
      gaps: 0,
    });
  });

  it('have no failed attempts to tell of without a client log', () => {
    expect(summaryOf(serverRows).failed_attempts).toBeNull();
  });

  it('tell of a page that gave up, unless the session was welcomed again', () => {
    const gaveUp = row('document_unloaded', 106, { ...client, reason: 'gave-up' });
    expect(summaryOf([...clientRows, gaveUp], [0, 1]).gave_up).toBe(true);
    expect(summaryOf([...clientRows, gaveUp, opened(107, 3, client)], [0, 1]).gave_up).toBe(false);
    expect(summaryOf(clientRows, [0, 1]).gave_up).toBe(false);
    expect(summaryOf(serverRows).gave_up).toBeNull();
  });

  it('end a connection with its page, and a dial with nothing', () => {
    const unloaded = (time: number) =>
      row('document_unloaded', time, { ...client, connection_sequence: 1 });
    const rows = [...clientRows.slice(0, 2), unloaded(106), unloaded(107)];
    expect(summaryOf(rows, [0, 1])).toMatchObject({
      connections: 1,
      connected_seconds: 5,
      churn: 1,
    });
  });

  it('do not show sessions that the fault log alone has', () => {
    const fault = row('fault_injected', 0, { log: 'faults' });
    expect(total([fault, opened(0, 1, { session_id: '1' })])).toBe(1);
  });
});

describe('gaps', () => {
  it('are numbers between the lowest and the highest', () => {
    const rows = [3, 4, 7, 9].map((number) => opened(number, number));
    expect(summaryOf(rows)).toMatchObject({ lowest_sequence: 3, highest_sequence: 9, gaps: 3 });
  });

  it('are told exactly, in whatever order numbers come', () => {
    const numbers = fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(numbers, (numbers) => {
        const { gaps } = summaryOf(numbers.map((number, at) => closed(at, number)));
        const missing = Math.max(...numbers) - Math.min(...numbers) + 1 - new Set(numbers).size;
        expect(gaps).toBe(missing);
      }),
    );
  });

  it('hold the highest number that there can be', () => {
    const rows = [opened(0, 1), opened(1, Number.MAX_SAFE_INTEGER)];
    expect(summaryOf(rows).gaps).toBe(Number.MAX_SAFE_INTEGER - 2);
  });
});

describe('lifetimes', () => {
  it('are those that the closes give', () => {
    const rows = [
      closed(9.9, 1, { duration_seconds: 9.9 }),
      closed(40, 2, { duration_seconds: 10 }),
    ];
    expect(summaryOf(rows)).toMatchObject({
      churn: 1,
      connected_seconds: 19.9,
      longest_gap_seconds: 20.1,
    });
  });

  it('are measured where the closes give none', () => {
    const rows = [opened(0, 1), closed(4, 1), opened(5, 2), closed(30, 2)];
    expect(summaryOf(rows)).toMatchObject({ churn: 1, connected_seconds: 29 });
  });

  it('are not made up where nothing tells of them', () => {
    expect(summaryOf([closed(4, 1)])).toMatchObject({ churn: null, connected_seconds: null });
    const unnamed = { connection_sequence: undefined };
    const overlapping = [
      ...[opened(0, 1, unnamed), opened(2, 2, unnamed)],
      ...[closed(4, 2, unnamed), closed(9, 1, unnamed)],
    ];
    expect(summaryOf(overlapping)).toMatchObject({
      connections: 2,
      ended_connections: 2,
      known_lifetimes: 0,
      connected_seconds: null,
    });
    const negative = [closed(4, 1, { duration_seconds: -1 })];
    expect(summaryOf(negative)).toMatchObject({ churn: null, connected_seconds: null });
  });

  it('are known again once all are closed whose ends may be one another’s', () => {
    const unnamed = { connection_sequence: undefined };
    const rows = [
      ...[opened(0, 1, unnamed), opened(2, 2, unnamed)],
      ...[closed(4, 2, unnamed), closed(9, 1, unnamed)],
      ...[opened(10, 3, unnamed), closed(13, 3, unnamed)],
    ];
    expect(summaryOf(rows)).toMatchObject({ known_lifetimes: 1, connected_seconds: 3 });
  });

  it('are those of connections that are open at once, each by its number or its client_id', () => {
    const byNumber = [opened(0, 1), opened(2, 2), closed(4, 2), closed(9, 1)];
    expect(summaryOf(byNumber)).toMatchObject({ connected_seconds: 11, at_once: 2 });
    const id = (client_id: string) => ({ client_id, connection_sequence: undefined });
    const byId = [
      ...[opened(0, 1, id('a')), opened(2, 2, id('b'))],
      ...[closed(3, 1, id('a')), closed(9, 2, id('b'))],
    ];
    expect(summaryOf(byId)).toMatchObject({ connected_seconds: 10, at_once: 2 });
  });

  it('begin anew where a client_id is used again', () => {
    const id = { client_id: 'a', connection_sequence: undefined };
    const rows = [opened(0, 1, id), closed(3, 1, id), opened(10, 2, id), closed(12, 2, id)];
    expect(summaryOf(rows)).toMatchObject({
      connections: 2,
      connected_seconds: 5,
      longest_gap_seconds: 7,
      at_once: 1,
    });
  });

  it('are not known where their own opens contradict them', () => {
    const rows = [opened(0, 1), closed(60, 1, { duration_seconds: 60_001 })];
    expect(summaryOf(rows)).toMatchObject({
      ended_connections: 1,
      known_lifetimes: 0,
      connected_seconds: null,
    });
  });

  it('have no gap where a connection that began nobody knows when may have been open', () => {
    const rows = [opened(0, 1), closed(1, 1), closed(50, 9), opened(60, 10)];
    expect(summaryOf(rows).longest_gap_seconds).toBe(10);
    expect(summaryOf([closed(4, 1), closed(9, 2)])).toMatchObject({
      longest_gap_seconds: null,
      at_once: null,
    });
  });

  it('have no gap between two clocks', () => {
    const rows = [
      ...[opened(0, 1), closed(1, 1)],
      ...[opened(90, 2, { file: 1 }), closed(91, 2, { file: 1 }), opened(94, 3, { file: 1 })],
    ];
    expect(summaryOf(rows, [0, 1]).longest_gap_seconds).toBe(3);
    expect(summaryOf(rows, [0, 0]).longest_gap_seconds).toBe(89);
  });

  it('have no gap from a connection of which nobody knows when it ended', () => {
    const started = row('server_started', 10, { session_id: undefined });
    const rows = [opened(0, 1), closed(1, 1), opened(2, 2), started, opened(50, 3)];
    expect(summaryOf(rows).longest_gap_seconds).toBe(1);
  });
});

describe('the worst', () => {
  const sessions = [
    // 0: two reconnects; 1: gaps; 2: churn, and seen last; 3: two reconnects.
    ...[1, 2, 3].map((number) => opened(number, number, { session_id: '0' })),
    ...[1, 9].map((number) => opened(number, number, { session_id: '1' })),
    closed(1, 1, { session_id: '2', duration_seconds: 1 }),
    closed(99, 2, { session_id: '2', duration_seconds: 1 }),
    ...[1, 2, 3].map((number) => opened(number, number, { session_id: '3' })),
  ];

  it.each([
    ['reconnects', [0, 3, 1, 2]],
    ['gaps', [1, 0, 3, 2]],
    ['churn', [2, 0, 3, 1]],
    ['last', [2, 1, 0, 3]],
  ] as const)('come first by %s', (sort, expected) => {
    expect(worst(sessions, sort, 10)).toEqual(expected);
    expect(worst(sessions, sort, 2)).toEqual(expected.slice(0, 2));
  });

  it('are the first of all, however many', () => {
    const counts = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 70 }), (counts, limit) => {
        const rows = counts.flatMap((count, session) =>
          Array.from({ length: count }, (_, at) =>
            opened(at, at + 1, { session_id: `${session}` }),
          ),
        );
        const expected = counts
          .map((count, session) => ({ count, session }))
          .sort((one, other) => other.count - one.count || one.session - other.session)
          .map(({ session }) => session);
        expect(worst(rows, 'reconnects', limit)).toEqual(expected.slice(0, limit));
      }),
    );
  });

  it('are none of none', () => {
    expect(worst([], 'gaps', 10)).toEqual([]);
    expect(total([])).toBe(0);
  });
});
