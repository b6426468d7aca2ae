/** What looks wrong and is none is told of, and what nobody can know is no pass. */
import { describe, expect, it } from 'vitest';
import { codesOf, judge, patched, without } from './judging.ts';
import { type Line, type Lines, play, type Step } from './world.ts';

const excused = (lines: Partial<Lines>) => judge(lines).excused.map(({ code }) => code);

describe('an excuse', () => {
  it.each<[string, Step[]]>([
    ['server-killed', ['kill']],
    ['half-open', [[0, 'half-open']]],
  ])('is told of: %s', (code, steps) => {
    const lines = play(steps);
    const told = code === 'half-open' ? otherEnds(lines) : lines;
    expect(judge(told)).toMatchObject({ verdict: 'pass', findings: [] });
    expect(excused(told)).toEqual([code]);
  });

  it('is not told of where there was none', () => {
    expect(judge(play([[0, 'drop']])).excused).toEqual([]);
  });

  it('is told of where a log begins in the middle of things', () => {
    const server = play([[0, 'drop']]).server.slice(2, -1);
    expect(excused({ server })).toEqual(['older-than-log']);
  });
});

/** Each side gave the other up in its own way, which only the fault explains. */
function otherEnds(lines: Lines): Lines {
  const closed = { event: 'connection_closed', connection_sequence: 1 };
  const codes = { client_close_code: null, server_close_code: null };
  const faults = patched(lines, 'faults', { fault: 'drop' }, codes);
  const server = patched(faults, 'server', closed, { closed_by: 'network' });
  return patched(server, 'client', closed, { close_code: 1000, was_clean: true });
}

/** A page that keeps its token in memory begins again at 1 with each load, unverified. */
function forgetful(): Lines {
  const lines = play([
    [0, 'refresh'],
    [0, 'refresh'],
    [0, 'refresh'],
  ]);
  let opens = 0;
  const renumbered = (line: Line): Line =>
    typeof line.connection_sequence === 'number' ? { ...line, connection_sequence: 1 } : line;
  return {
    ...lines,
    faults: lines.faults.map(renumbered),
    client: lines.client.map(renumbered),
    server: lines.server.map((line) =>
      line.event === 'connection_opened'
        ? { ...renumbered(line), session_verified: opens++ === 0 }
        : renumbered(line),
    ),
  };
}

describe('a page without its token', () => {
  it('fails by what a client’s log shows to be its own', () => {
    const judgement = judge(forgetful());
    expect(judgement.verdict).toBe('fail');
    expect(codesOf(judgement)).toContain('sequence-duplicated');
  });

  it('is no pass where nothing shows whose its connections are', () => {
    const { server } = forgetful();
    const { verdict, findings, doubts } = judge({ server });
    expect({ verdict, findings }).toEqual({ verdict: 'unknown', findings: [] });
    expect(doubts).toEqual([
      {
        code: 'session-unverified',
        where: { file: 'server', line: expect.any(Number) },
        value: '3 of 4 connections, of session s1',
      },
    ]);
  });

  it('is no pass where its numbers are right, with and without a client’s log', () => {
    const lines = play([
      [0, 'refresh'],
      [0, 'drop'],
    ]);
    const opened = { event: 'connection_opened', connection_sequence: 2 };
    const untokened = patched(lines, 'server', opened, { session_verified: false });
    const count = expect.stringMatching(/^1 of \d connections, of session s1$/);
    for (const seen of [untokened, { server: untokened.server }]) {
      const { verdict, findings, doubts } = judge(seen);
      expect({ verdict, findings }).toEqual({ verdict: 'unknown', findings: [] });
      expect(doubts).toMatchObject([{ code: 'session-unverified', value: count }]);
    }
  });

  it('fails where a verified connection has the same document', () => {
    const server = forgetful().server.map((line) =>
      line.event === 'connection_opened' ? { ...line, document_id: 'd' } : line,
    );
    expect(codesOf(judge({ server }))).toContain('sequence-duplicated');
  });
});

describe('lines of one log', () => {
  const lines = play([
    [0, 'drop'],
    [0, 'fail-dial'],
    [0, 'refresh'],
  ]);
  const first = { connection_sequence: 1 };

  it.each<[string, 'server' | 'client', object, object]>([
    [
      'another document on an attempt',
      'client',
      { event: 'connection_attempt', ...first },
      { document_id: 'x' },
    ],
    [
      'another document on a close',
      'client',
      { event: 'connection_closed', ...first },
      { document_id: 'x' },
    ],
    [
      'another document on a failure',
      'client',
      { event: 'connection_failed' },
      { document_id: 'x' },
    ],
    ['no client_id', 'server', { event: 'connection_closed', ...first }, { client_id: undefined }],
    [
      'a successor that never came',
      'server',
      { event: 'connection_closed', connection_sequence: 3 },
      { closed_by: 'superseded' },
    ],
    [
      'no close frame, and a clean code',
      'server',
      { event: 'connection_closed', connection_sequence: 3 },
      { closed_by: 'network' },
    ],
    ['another start of the session', 'client', { event: 'session_started' }, { document_id: 'x' }],
    [
      'a clean end without a close frame',
      'client',
      { event: 'connection_closed', ...first },
      { was_clean: true },
    ],
  ])('do not pass with %s', (_, log, match, fields) => {
    const judgement = judge(patched(lines, log, match as Partial<Line>, { ...fields }));
    expect(judgement.verdict).toBe('fail');
    expect(judgement.findings.map(({ session_id }) => session_id)).not.toContain('s2');
  });

  it('do not pass where the session is started twice, or never', () => {
    const started = lines.client.findIndex(({ event }) => event === 'session_started');
    const twice = lines.client.toSpliced(started, 0, lines.client[started] as Line);
    expect(judge({ ...lines, client: twice }).verdict).toBe('fail');
    const never = without(lines, 'client', { event: 'session_started' });
    expect(judge(never)).toMatchObject({
      verdict: 'unknown',
      doubts: [{ code: 'session-start-missing' }],
    });
  });

  it.each(['connection_opened', 'connection_closed'])(
    'do not pass where the time of a %s line contradicts a duration',
    (event) => {
      const [line] = lines.server.filter((one) => one.event === event);
      const time = new Date(Date.parse(line?.time ?? '') + 3_600_000).toISOString();
      const moved = patched(lines, 'server', { event, ...first }, { time });
      expect(judge(moved)).toMatchObject({
        verdict: 'unknown',
        doubts: [{ code: 'times-disagree' }],
      });
    },
  );
});
