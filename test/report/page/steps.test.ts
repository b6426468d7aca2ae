import { describe, expect, it } from 'vitest';
import { connectedSteps, rateSteps, stepAt, stepRows } from '../../../src/report/page/steps.ts';
import { drawing } from '../../support/drawing.ts';

/** Charts of a client's log with attempts at these times. */
function attemptsAt(...times: number[]) {
  const charts = drawing();
  for (const [index, time] of times.entries()) {
    charts.add({
      log: 'client',
      file: 'client',
      line: index + 1,
      time: Date.UTC(2026, 0, 1) + time,
      event: 'connection_attempt',
      session_id: `s${index}`,
      connection_sequence: 1,
      client_id: undefined,
      document_id: undefined,
      fields: {},
    });
  }
  return charts.finish();
}

describe('attempts over time', () => {
  const charts = attemptsAt(0, 5, 12, 95, 1000, 1999);

  it('are counted in bins as narrow as there is room for, each in one', () => {
    const { label, timeMs, columns } = rateSteps(charts)(0, 2000, 20);
    expect(label).toBe('Attempts in each 100 ms');
    expect(columns[0]?.slice(0, 2)).toEqual([4, 0]);
    expect([columns[0]?.[10], columns[0]?.[19]]).toEqual([1, 1]);
    expect(timeMs.slice(0, 3)).toEqual([0, 100, 200]);
    expect(timeMs).toHaveLength(columns[0]?.length as number);
    // The second after a burst is as empty as it was.
    expect(columns[0]?.slice(1, 10)).toEqual(new Array(9).fill(0));
  });

  it('are told apart when one looks closer', () => {
    const { label, columns } = rateSteps(charts)(0, 100, 20);
    expect(label).toBe('Attempts in each 10 ms');
    expect(columns[0]?.slice(0, 10)).toEqual([2, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(rateSteps(charts)(0, 2000, 2).label).toBe('Attempts in each second');
  });

  it('are all in some bin, however these are joined', () => {
    for (const most of [1, 3, 7, 50, 1000]) {
      const [counts = []] = rateSteps(charts)(0, 2000, most).columns;
      expect(counts.slice(0, -1).reduce((sum, count) => sum + count, 0)).toBe(6);
    }
  });
});

describe('the step that holds', () => {
  it('is the last that has begun, and no later one, however near', () => {
    const { timeMs, columns } = connectedSteps({ time_ms: [100, 500], sessions: [3, 1] }, 900)(
      0,
      900,
      10,
    );
    const connectedAt = (ms: number) => columns[0]?.[stepAt(timeMs, ms)];
    expect([0, 99.9, 100, 499, 500, 900].map(connectedAt)).toEqual([0, 0, 3, 3, 1, 1]);
  });
});

describe('steps as a table', () => {
  const steps = (time_ms: number[], sessions: number[], end: number) =>
    connectedSteps({ time_ms, sessions }, end)(0, end, 1);

  it('have a row each', () => {
    expect(stepRows(steps([100], [3], 900), ['connected'], 10)).toEqual({
      head: ['connected'],
      rows: [
        [0, 0],
        [100, 3],
      ],
    });
  });

  it('are told by their extremes where they are many, so that no dip is lost', () => {
    const times = Array.from({ length: 1000 }, (_, index) => index + 1);
    const many = steps(
      times,
      times.map((time) => (time === 555 ? 0 : 5)),
      1000,
    );
    const { head, rows } = stepRows(many, ['connected'], 10);
    expect(head).toEqual(['Fewest connected', 'Most connected']);
    expect(rows).toHaveLength(10);
    expect([rows[0], rows[4], rows[5]]).toEqual([
      [0, 0, 5],
      [400, 5, 5],
      [500, 0, 5],
    ]);
  });
});
