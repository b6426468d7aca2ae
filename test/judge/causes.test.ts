import { describe, expect, it } from 'vitest';
import { randomFor } from '../../src/core/random.ts';
import { causeMessage, causeRule } from '../../src/report/causes.ts';
import { defectiveLogs, KINDS } from '../support/defective-logs.ts';
import { falseCauses } from '../support/false-causes.ts';
import { runs } from '../support/thorough.ts';
import { judge, patched } from './judging.ts';
import { type Line, type Lines, play, type Step } from './world.ts';

describe.each(KINDS)('causes of what is found in %s', (kind) => {
  it.each(Array.from({ length: runs(240) }, (_, seed) => seed))(
    'are true of the sessions that they name: seed %i',
    (seed) => {
      const size = { tabs: 6, steps: 30, edits: 1 + (seed % 12) };
      const logs = defectiveLogs(randomFor(seed, 'causes'), kind, size);
      const judged = judge(logs);
      expect(falseCauses(judged, logs)).toEqual([]);
    },
  );
});

describe('a server that numbers by itself', () => {
  const steps = [0, 1, 2].flatMap((tab): Step[] => [
    [tab, 'drop'],
    [tab, 'fail-dial'],
    [tab, 'refresh'],
    [tab, 'drop'],
  ]);
  const sound = play(['open', 'open', ...steps]);
  const numbered = (by: (number: number) => number): Lines => ({
    ...sound,
    server: sound.server.map((line) => {
      const number = line.connection_sequence;
      return typeof number === 'number' ? { ...line, connection_sequence: by(number) } : line;
    }),
  });

  it.each([
    ['one more', (number: number) => number + 1],
    ['the double', (number: number) => 2 * number],
    ['one less behind a failed dial', (number: number) => (number > 2 ? number - 1 : number)],
  ])('is one cause, of all findings: %s', (_, by) => {
    const { causes, findings } = judge(numbered(by));
    expect(causes.map(causeMessage)).toEqual([
      '3 sessions had connections that the server’s log has under another number.',
    ]);
    expect(causes[0]).toMatchObject({ misnumbered: true, findings: findings.length });
    expect(causes[0]?.examples.map(({ code }) => code)).toEqual(['logs-disagree', 'logs-disagree']);
    expect(falseCauses({ causes, findings }, numbered(by))).toEqual([]);
  });

  it('is a cause beside what has nothing to do with it', () => {
    const logs = numbered((number) => number + 1);
    const isOther = ({ event, session_id }: Line) =>
      event === 'connection_attempt' && session_id === logs.client.at(-2)?.session_id;
    const client = logs.client.filter(
      (line, at) => !isOther(line) || at < logs.client.findLastIndex(isOther),
    );
    const { causes } = judge({ ...logs, client });
    expect(causes.map(({ misnumbered }) => misnumbered)).toEqual([true, false]);
  });
});

it('what is expected has causes of its own', () => {
  const sound = play([[0, 'refresh']]);
  const server = patched(
    sound,
    'server',
    { connection_sequence: 2 },
    { connection_sequence: 1 },
  ).server;
  const findings = ['sequence-duplicated' as const];
  const judged = judge({ server }, { bounds: [], findings, observations: [] });
  expect(judged.causes.flatMap(({ codes }) => codes)).toEqual([]);
  expect(judged.expected_causes.map(({ codes }) => codes)).toEqual([findings]);
});

it('a page that begins at 1 again is told of as that, though the session got no further before', () => {
  const sound = play([[0, 'refresh']]);
  const logs = patched(
    patched(sound, 'client', { connection_sequence: 2 }, { connection_sequence: 1 }),
    'server',
    { connection_sequence: 2 },
    { connection_sequence: 1 },
  );
  const { causes } = judge(logs);
  expect(causes.map(causeMessage)).toEqual([
    '1 session began again at 1, each after the fault refresh and a reload.',
  ]);
});

describe('a number 1 that came again', () => {
  const sound = play([
    [0, 'drop'],
    [0, 'refresh'],
  ]);
  const server = patched(
    sound,
    'server',
    { connection_sequence: 3 },
    { connection_sequence: 1 },
  ).server;
  const rulesOf = (logs: Parameters<typeof judge>[0]) => judge(logs).causes.map(causeRule);

  it('is the page’s or the server’s doing, where there is a server’s log alone', () => {
    expect(rulesOf({ server })).toEqual([
      expect.stringMatching(/^A page keeps .* or the server numbers connections by itself/i),
    ]);
  });

  it('is the server’s where the client’s log has another', () => {
    const [rule] = rulesOf({ ...sound, server });
    expect(rule).toMatch(/^A server logs the number that the client sent/);
  });

  it('is the page’s where both logs have it', () => {
    const [rule] = rulesOf({
      server,
      client: patched(sound, 'client', { connection_sequence: 3 }, { connection_sequence: 1 })
        .client,
    });
    expect(rule).toMatch(/^A page keeps the number .*, 2 and 8\.$/);
  });
});
