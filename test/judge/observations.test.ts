import { describe, expect, it } from 'vitest';
import type { Observation, ObservationName } from '../../src/model/observations.ts';
import { observationMessage } from '../../src/report/observations.ts';
import { judge, only } from './judging.ts';
import type { Line } from './world.ts';

const T0 = Date.UTC(2026, 0, 1);

interface Lived {
  session: string;
  from: number;
  to?: number;
  code?: number | null;
  by?: string;
}

/** Lines of connections, in order of time; times in seconds. */
function lines(connections: readonly Lived[]): Line[] {
  const at = (seconds: number) => new Date(T0 + Math.round(seconds * 1000)).toISOString();
  return connections
    .flatMap(({ session, from, to, code = 1006, by }, nth): Line[] => {
      const ids = { session_id: session, client_id: `c${nth}` };
      const opened = { time: at(from), event: 'connection_opened', ...ids };
      const end = { event: 'connection_closed', close_code: code, closed_by: by, ...ids };
      return to === undefined ? [opened] : [opened, { time: at(to), ...end }];
    })
    .sort((one, other) => (one.time < other.time ? -1 : Number(one.time > other.time)));
}

const observe = (connections: readonly Lived[]): Observation[] =>
  judge({ server: lines(connections) }).observations;

const seen = (connections: readonly Lived[], name: ObservationName): Observation | undefined =>
  observe(connections).find((one) => one.name === name);

const many = <T>(count: number, make: (nth: number) => T): T[] =>
  Array.from({ length: count }, (_, nth) => make(nth));

/** Sessions that are lost together, and come back after so many seconds each. */
const wave = (count: number, delay: (nth: number) => number, lostAt = 60): Lived[] =>
  many(count, (nth) => {
    const session = `s${nth}`;
    const to = lostAt + (0.9 * nth) / count;
    return [
      { session, from: lostAt - 40 + nth, to, code: 1012 },
      { session, from: to + delay(nth), to: lostAt + 240 + 7 * nth, code: 1001 },
    ];
  }).flat();

describe('one-lifetime', () => {
  const aged = (ages: number[], apart = 7) =>
    ages.map((age, nth) => ({ session: `s${nth}`, from: apart * nth, to: apart * nth + age }));

  it('is seen where most connections that get so old end then', () => {
    const observation = seen(aged([60.01, 60.02, 60, 3, 600]), 'one-lifetime');
    expect(observation).toMatchObject({
      told_by: 'server',
      details: { connections: 3, of: 5, seconds: 60.01, within_seconds: 0.02 },
    });
    expect(observation && observationMessage(observation)).toBe(
      '3 of 5 connections lived 60.0 s ± 0.1 s, so something closes them at 60 s.',
    );
  });

  it.each([
    ['too few', aged([60, 60.1, 3])],
    ['lives that differ', aged([60, 62, 64, 66])],
    ['a wave, which ends what began together', aged([60, 60, 60, 60], 0.01)],
    ['many that grow older', aged([60, 60, 60, ...many(4, (nth) => 100 + 30 * nth)])],
    ['connections that hardly live', aged([1.5, 1.5, 1.5, 1.5])],
  ])('is not seen in %s', (_, connections) => {
    expect(seen(connections, 'one-lifetime')).toBeUndefined();
  });
});

describe('lockstep', () => {
  const inSeconds = (connections: Lived[]): Lived[] =>
    connections.map((one) => ({
      ...one,
      from: Math.floor(one.from),
      to: one.to && Math.floor(one.to),
    }));

  it('is seen where sessions come back with the same delay', () => {
    const twice = [...wave(20, (nth) => 15 + 0.001 * nth), ...wave(20, () => 15, 3600)];
    const observation = seen(twice, 'lockstep');
    expect(observation).toMatchObject({
      details: { sessions: 20, within_seconds: 0.019, times: 2 },
      evidence: { length: 2 },
    });
    expect(observation && observationMessage(observation)).toBe(
      '20 sessions came back 15 s after they were lost, all within 19 ms, twice.',
    );
  });

  it('is seen in whole seconds where the delay is long', () => {
    expect(seen(inSeconds(wave(20, () => 12)), 'lockstep')).toMatchObject({
      details: { sessions: 20 },
    });
  });

  it.each([
    ['nine sessions', wave(9, () => 15)],
    ['delays with jitter', wave(20, (nth) => 1 + nth)],
    ['short delays with jitter', wave(20, (nth) => 0.005 * nth)],
    ['what whole seconds tell of short delays', inSeconds(wave(20, () => 2))],
    ['sessions that do not come back', wave(20, () => 15).filter((_, nth) => nth % 2 === 0)],
  ])('is not seen in %s', (_, connections) => {
    expect(seen(connections, 'lockstep')).toBeUndefined();
  });
});

describe('flapping', () => {
  const flaps = (count: number, seconds: number, code: number | null = 1008) =>
    many(count, (nth) => ({ session: 's', from: 5 * nth, to: 5 * nth + seconds, code }));

  it('is seen in three losses in a row, with their codes', () => {
    const observation = seen(flaps(4, 0.5), 'flapping');
    expect(observation).toMatchObject({
      session_id: 's',
      details: { sessions: 1, in_a_row: 4, close_codes: ['1008'] },
      evidence: { length: 3 },
    });
  });

  it.each([
    ['two', flaps(2, 0.5)],
    ['connections that live', flaps(5, 1.5)],
    ['pages that are reloaded', flaps(5, 0.5, 1001)],
    [
      'two, and two more',
      [
        ...flaps(2, 0.5),
        { session: 's', from: 20, to: 30 },
        ...flaps(2, 0.5).map((one) => ({ ...one, from: one.from + 40, to: one.to + 40 })),
      ],
    ],
  ])('is not seen in %s', (_, connections) => {
    expect(seen(connections, 'flapping')).toBeUndefined();
  });
});

describe('ghosts', () => {
  const beside = (code: number, by?: string, to?: number): Lived[] => [
    { session: 's', from: 0, to: to ?? 60, code, by },
    { session: 's', from: 10, to: 50, code: 1000 },
  ];

  it('are seen where connections of one session stay alive beside each other', () => {
    expect(seen(beside(1000), 'ghosts')).toMatchObject({
      session_id: 's',
      details: { sessions: 1, at_once: 2 },
    });
  });

  it('are seen where they are open at the end of the log', () => {
    const tab = [0, 5, 9].map((from) => ({ session: 's', from }));
    const other = { session: 't', from: 0, to: 30, code: 1000 };
    const observation = seen([...tab, other], 'ghosts');
    expect(observation).toMatchObject({ details: { at_once: 3 }, evidence: { length: 3 } });
  });

  it.each([
    ['a wire that was dead', beside(1006)],
    ['what the heartbeat ended', beside(1011, 'heartbeat')],
    ['what was superseded', beside(1000, 'superseded')],
    ['a change-over', beside(1000, undefined, 10.9)],
    ['a log without closes', [0, 5, 9].map((from) => ({ session: 's', from }))],
    [
      'two sessions',
      [
        { session: 's', from: 0, to: 60 },
        { session: 't', from: 1, to: 50 },
      ],
    ],
  ])('are not seen in %s', (_, connections) => {
    expect(seen(connections, 'ghosts')).toBeUndefined();
  });
});

describe('one-code', () => {
  const ended = (codes: (number | null)[], by?: string) =>
    codes.map((code, nth) => ({ session: `s${nth}`, from: nth, to: 50 + 9 * nth, code, by }));

  it('is seen where nine of ten closes have it', () => {
    const observation = seen(ended([...many(9, () => 4401), 1000]), 'one-code');
    expect(observation).toMatchObject({ details: { closes: 9, of: 10, how: '4401' } });
    const replaced = seen(ended([1006, 1006], 'superseded'), 'one-code');
    expect(replaced).toMatchObject({ details: { closes: 2, of: 2, how: 'superseded' } });
  });

  it.each([
    ['one close', [4401]],
    ['eight of ten', [...many(8, () => 4401), 1000, 1000]],
    ['codes that say nothing', many(20, () => 1006)],
    ['no codes', many(20, () => null)],
  ])('is not seen in %s', (_, codes) => {
    expect(seen(ended(codes), 'one-code')).toBeUndefined();
  });
});

describe('waves', () => {
  it('are seen where a tenth of all sessions are lost within a second', () => {
    const quiet = many(50, (nth) => ({ session: `q${nth}`, from: 2 * nth }));
    const observation = seen([...wave(10, (nth) => 3 * nth + 1), ...quiet], 'waves');
    expect(observation).toMatchObject({ details: { sessions: 10, of: 60, times: 1 } });
  });

  it('are one where two seconds share it', () => {
    expect(
      seen(
        wave(10, (nth) => 3 * nth + 1, 60.5),
        'waves',
      ),
    ).toMatchObject({
      details: { sessions: 10, of: 10, times: 1 },
    });
  });

  it('counts a session once that was lost twice in one second', () => {
    const again = many(20, (nth) => {
      const session = `s${nth}`;
      return [
        { session, from: nth, to: 59.7 + 0.001 * nth },
        { session, from: 60, to: 60.2 + 0.001 * nth },
        { session, from: 70 + nth },
      ];
    }).flat();
    expect(seen(again, 'waves')?.details).toEqual({ sessions: 20, of: 20, times: 1 });
  });

  it('is seen where a process was killed, whose log has no closes of what was open', () => {
    const before = lines([
      ...many(20, (nth) => ({ session: `s${nth}`, from: nth })),
      { session: 's19', from: 19.5, to: 19.7, code: 1000 },
      { session: 's19', from: 19.8 },
    ]);
    const after = lines(many(20, (nth) => ({ session: `s${nth}`, from: 90 + nth })));
    const started = (time: string): Line => ({ time, event: 'server_started' });
    const server = [
      started(before[0]?.time as string),
      ...before,
      started(after[0]?.time as string),
      ...after,
    ];
    const { observations, metrics } = judge({ server });
    expect(observations.find(({ name }) => name === 'waves')).toMatchObject({
      details: { sessions: 20, of: 20, times: 1 },
      evidence: [{ line: before.length + 2 }],
    });
    expect(metrics).toMatchObject({ losses: 20, peak_sessions_down: 20, recovery_max: null });
  });

  it('tells how long sessions were lost, but by the log of one node of several', () => {
    const measured = (node?: number) => {
      const connections = lines(wave(20, () => 15));
      const started = { time: connections[0]?.time as string, event: 'server_started', node };
      return judge({ server: [started, ...connections] }).metrics;
    };
    expect(measured()).toMatchObject({ losses: 20, recovery_p50: 15, peak_sessions_down: 20 });
    expect(measured(1)).toMatchObject({
      losses: 20,
      recovery_p50: null,
      peak_sessions_down: null,
    });
  });

  it.each([
    ['four sessions', wave(4, () => 3)],
    [
      'a twentieth of all',
      [...wave(5, () => 3), ...many(95, (nth) => ({ session: `q${nth}`, from: nth }))],
    ],
    [
      'losses that are spread',
      many(40, (nth) => ({ session: `s${nth}`, from: nth, to: 60 + 2 * nth })),
    ],
    ['pages that go', wave(20, () => 3).map((one) => ({ ...one, code: 1001 }))],
  ])('are not seen in %s', (_, connections) => {
    expect(seen(connections, 'waves')).toBeUndefined();
  });
});

describe('an observation that was expected not to be made', () => {
  it('is a finding, and no other is', () => {
    const server = lines(wave(20, () => 15));
    const expecting = (...observations: ObservationName[]) =>
      judge({ server }, { bounds: [], findings: [], observations });
    const judged = expecting('lockstep');
    expect(judged.observations.map(({ name }) => name)).toEqual(['lockstep', 'waves']);
    expect(only(judged, 'observation-unexpected')).toMatchObject([
      { session_id: null, details: { observation: 'lockstep' }, evidence: { length: 1 } },
    ]);
    expect(judged.expected_observations).toEqual([{ name: 'lockstep', text: 'none', held: false }]);
    const other = expecting('ghosts', 'ghosts');
    expect(only(other, 'observation-unexpected')).toEqual([]);
    expect(other.expected_observations).toEqual([{ name: 'ghosts', text: 'none', held: true }]);
  });
});
