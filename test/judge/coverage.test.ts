/** What logs do not tell is neither held against a session, nor said to have been checked. */
import { describe, expect, it } from 'vitest';
import type { FindingCode } from '../../src/model/findings.ts';
import { codesOf, judge } from './judging.ts';
import { type Line, type Lines, play } from './world.ts';

const at = (seconds: number, event: string, fields: object = {}): Line => ({
  time: new Date(Date.UTC(2026, 0, 1) + seconds * 1000 + 7).toISOString(),
  event,
  session_id: 's',
  ...fields,
});
const process = (seconds: number, event: string) => at(seconds, event, { session_id: undefined });
const of = (number: number, more: object = {}) => ({
  connection_sequence: number,
  client_id: `c${number}`,
  ...more,
});
const attempt = (seconds: number, number: number) =>
  at(seconds, 'connection_attempt', { connection_sequence: number });
const opened = (seconds: number, number: number, more: object = {}) =>
  at(seconds, 'connection_opened', of(number, more));
const closed = (seconds: number, number: number, more: object = {}) =>
  at(seconds, 'connection_closed', of(number, { close_code: 1000, ...more }));

const found = (lines: Partial<Lines>) => codesOf(judge(lines));
const coverage = (lines: Partial<Lines>, code: FindingCode) => {
  const { ran, lacking } = judge(lines).coverage.find((one) => one.code === code) ?? {};
  return [ran, lacking];
};

const server = [1, 2, 3].flatMap((n) => [opened(10 * n, n), closed(10 * n + 5, n)]);

describe('a client that logs no attempts', () => {
  it('denies no connection: its page may have gone, or the welcome', () => {
    expect(found({ server, client: [closed(15, 1), closed(35, 3)] })).toEqual([]);
    const client = [opened(10, 1), closed(15, 1), opened(30, 3), closed(35, 3)];
    expect(found({ server, client })).toEqual([]);
  });

  it('still tells of a welcome that the server knows nothing of', () => {
    const client = [1, 2, 3].flatMap((n) => [opened(10 * n, n), closed(10 * n + 5, n)]);
    const without = server.filter(({ connection_sequence: number }) => number !== 2);
    expect(found({ server: without, client })).toEqual(['gap-unexplained']);
  });
});

describe('a log that begins in the middle of things', () => {
  const older = closed(1, 5, { duration_seconds: 60 });

  it.each([
    [5, 'sequence-duplicated'],
    [3, 'sequence-not-increasing'],
  ])('holds what is older against what begins in it: number %i', (number, code) => {
    const later = { ...opened(2, number), client_id: 'other' };
    expect(found({ server: [older, later] })).toEqual([code]);
    expect(found({ client: [older, attempt(2, number)] })).toEqual([code]);
  });

  it.each(['connection_failed', 'document_unloaded', 'connection_opened'])(
    'knows what is older by %s, too',
    (event) => {
      expect(found({ client: [at(1, event, of(5)), attempt(2, 1)] })).toEqual([
        'sequence-not-increasing',
      ]);
    },
  );

  it('has nothing older where it begins with its process', () => {
    const server = [process(0, 'server_started'), older, opened(2, 6)];
    expect(found({ server })).toEqual(['close-orphaned']);
  });
});

describe('a server that logs closes only', () => {
  it('may still hold what was dropped in silence', () => {
    const client = [1, 2, 3].flatMap((n) => [
      attempt(10 * n, n),
      opened(10 * n + 1, n),
      closed(10 * n + 5, n, { close_code: n === 2 ? 1006 : 1000 }),
    ]);
    const closes = (...numbers: number[]) => numbers.map((n) => closed(10 * n + 5, n));
    expect(found({ server: closes(1, 3), client })).toEqual([]);
    expect(found({ server: closes(1, 2).slice(0, 1).concat(closes(3).slice(1)), client })).toEqual(
      [],
    );
  });
});

describe('a server that tells no client_id', () => {
  it('may open a number twice, and close it as often', () => {
    const twice = [0, 20].flatMap((later) => [
      opened(later, 1, { client_id: undefined }),
      closed(later + 5, 1, { client_id: undefined }),
    ]);
    expect(found({ server: twice })).toEqual(['sequence-duplicated']);
    const again = closed(40, 1, { client_id: undefined });
    expect(found({ server: [...twice, again] })).toContain('close-orphaned');
  });

  it('still tells that it lost what the page thought it had', () => {
    const run = play([[0, 'half-open']]);
    const ends = run.client.filter(({ event }) => event === 'document_unloaded');
    expect(ends).not.toEqual([]);
    const lost = {
      server: [
        process(0, 'server_started'),
        closed(9, 1, { client_id: undefined, close_code: 1006, closed_by: 'heartbeat' }),
        process(20, 'server_stopped'),
      ],
      client: [
        process(0, 'client_started'),
        attempt(1, 1),
        opened(2, 1),
        at(10, 'document_unloaded', of(1, { reason: 'end' })),
        process(20, 'client_stopped'),
      ],
    };
    expect(found(lost)).toContain('session-lost');
    expect(judge(lost).metrics.unrecovered_sessions).toBe(1);
  });
});

it('finds a page’s end that names no session, whoever else there is', () => {
  const client = [
    attempt(1, 1),
    opened(2, 1),
    at(3, 'document_unloaded', of(2, { session_id: undefined })),
  ];
  expect(found({ client })).toEqual(['sequence-missing']);
});

describe('a client’s log', () => {
  const whole = (lines: Line[]) => [
    process(0, 'client_started'),
    ...lines,
    process(90, 'client_stopped'),
  ];
  const bounded = [process(0, 'server_started'), ...server, process(90, 'server_stopped')];

  it('tells of its own sessions only', () => {
    const other = whole([at(5, 'session_started', { session_id: 'other', reason: 'new' })]);
    expect(found({ server: bounded, client: other })).toEqual([]);
  });

  it('is that of all clients in a run', () => {
    const run = play([[0, 'drop']]);
    const ghost = [
      opened(1, 1, { session_id: 'ghost', session_verified: true }),
      closed(2, 1, {
        session_id: 'ghost',
        was_clean: true,
        closed_by: 'peer',
        duration_seconds: 1,
      }),
    ];
    const last = run.server.length - 1;
    const haunted = { ...run, server: run.server.toSpliced(last, 0, ...ghost) };
    expect(judge(haunted).findings).toMatchObject([{ code: 'logs-disagree', session_id: 'ghost' }]);
  });

  it('of attempts and closes counts who was welcomed by the closes', () => {
    const { metrics } = judge({ client: [attempt(1, 1), closed(2, 1)] });
    expect(metrics).toMatchObject({ attempts: 1, welcomed: 1 });
  });

  it('denies what it would have told of', () => {
    const client = whole([attempt(10, 1), opened(11, 1), closed(15, 1)]);
    expect(found({ server: bounded, client })).toEqual(['logs-disagree']);
  });

  it('that has nothing of the connections is as good as not there', () => {
    const { metrics } = judge({ server, client: [at(0, 'document_loaded', { document_id: 'd' })] });
    expect(metrics).toMatchObject({ sessions: 1, attempts: null, welcomed: 3 });
  });
});

describe('the coverage', () => {
  const pages = [{ document_id: 'd1' }, { document_id: 'd2' }];

  it.each<[string, Partial<Lines>, FindingCode, unknown[]]>([
    [
      'closes, some without a duration',
      { server: [closed(1, 1), closed(9, 2, { duration_seconds: 1.5 })] },
      'sequence-not-increasing',
      [true, 'no-durations'],
    ],
    [
      'closes of both, those of one without any',
      { server: [closed(1, 1)], client: [closed(1, 1, { duration_seconds: 0.5 })] },
      'sequence-not-increasing',
      [true, 'no-durations'],
    ],
    [
      'closes without any',
      { server: [closed(1, 1)] },
      'sequence-not-increasing',
      [false, 'no-durations'],
    ],
    ['welcomes of a client', { client: [opened(1, 1)] }, 'sequence-not-increasing', [true, null]],
    [
      'documents on closes alone',
      { server: pages.map((page, n) => closed(n, n + 1, page)) },
      'session-forked',
      [false, 'no-documents'],
    ],
    [
      'documents on attempts alone',
      { client: [{ ...attempt(1, 1), document_id: 'd' }] },
      'session-forked',
      [false, 'no-documents'],
    ],
    [
      'a session’s start and no attempts',
      { client: [at(0, 'session_started', { reason: 'new' }), opened(1, 2)] },
      'sequence-not-from-one',
      [false, 'no-attempts'],
    ],
    [
      'a stop without a start',
      { server: [...server, process(99, 'server_stopped')] },
      'close-missing',
      [false, 'no-bounds'],
    ],
    [
      'a start and a stop',
      { server: [process(0, 'server_started'), process(99, 'server_stopped')] },
      'close-missing',
      [true, null],
    ],
    [
      'pages that were there to the end',
      { client: [at(9, 'document_unloaded', { reason: 'end' })] },
      'session-lost',
      [true, null],
    ],
  ])('of %s', (_, lines, code, expected) => {
    expect(coverage(lines, code)).toEqual(expected);
  });

  it('is whole no more for what was found by half of a check', () => {
    const twice = { server: [closed(1, 1), closed(9, 1)] };
    expect(found(twice)).toEqual(['close-orphaned']);
    expect(coverage(twice, 'close-orphaned')).toEqual([true, 'no-opens']);
  });
});
