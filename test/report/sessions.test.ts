import { describe, expect, it } from 'vitest';
import type { SessionSummary } from '../../src/model/session-view.ts';
import { shortIds, shownId } from '../../src/report/ids.ts';
import { reportSessions, type SessionList, sessionsJson } from '../../src/report/index.ts';

const LIST: SessionList = {
  sort: 'reconnects',
  total: 1203,
  given_up_sessions: 0,
  lines_without_session: 2,
  evidence: [{ file: 'a.ndjson', lines: 640, records: 622, ignored: 10, rejected: 8 }],
  doubts: [],
};

const session = (session_id: string, fields: Partial<SessionSummary> = {}): SessionSummary => ({
  session_id,
  told_by: 'server',
  connections: 13,
  reconnects: 12,
  failed_attempts: null,
  gave_up: null,
  lowest_sequence: 1,
  highest_sequence: 20,
  gaps: 7,
  at_once: 2,
  ended_connections: 13,
  known_lifetimes: 13,
  open_connections: 0,
  churn: 4,
  abnormal_closes: 3,
  last_close_code: 1006,
  first_seen: '2026-01-01T00:00:00.000Z',
  last_seen: '2026-01-02T03:04:05.678Z',
  connected_seconds: 100.5,
  longest_gap_seconds: 7201,
  ...fields,
});

const UUIDS = ['1f0c1f5e-0000-4000-8000-000000000001', '1f0c1f5e-0000-4000-8000-000000000002'];
const UNSAFE = /[\p{Cf}]|(?!\n)\p{Cc}/u;
const EVIL = '\u001b[2J\n\u202e<img src=x>';

describe('the table of sessions', () => {
  it('has all columns where there is room', () => {
    expect(reportSessions(LIST, [session('a'), session('b', { churn: null })])).toBe(
      [
        '2 of 1,203 sessions, most reconnects first',
        '',
        'session  reconnects  gaps  churn  1006  last  numbers  failed  connected  at once  open  longest gap           first seen            last seen',
        'a                12     7      4     3  1006     1–20       –    100.5 s        2     0    2 h 0 min  2026-01-01 00:00:00  2026-01-02 03:04:05',
        'b                12     7      –     3  1006     1–20       –    100.5 s        2     0    2 h 0 min  2026-01-01 00:00:00  2026-01-02 03:04:05',
        '',
        'gaps: numbers between a session’s lowest and highest connection_sequence that no line has · churn:',
        'connections that lived under 10 s · 1006: dropped without a close frame · last: last close code ·',
        'failed: attempts that failed, by the client’s log · at once: most connections open at the same time',
        '· open: connections open at the end of the log · times are UTC',
        '640 lines read in 1 log, 622 used, 10 ignored, 8 rejected',
        'What the rejected lines told is missing here; check names them.',
        '2 lines about connections name no session',
        '',
      ].join('\n'),
    );
  });

  it('tells who gave up, and how many did', () => {
    const givenUp = session('a', { last_close_code: 4401, gave_up: true });
    const text = reportSessions({ ...LIST, given_up_sessions: 2 }, [givenUp]);
    expect(text).toContain('  4401 gave up  ');
    expect(text).toContain('2 sessions gave up for good at a close code\n');
  });

  it('has no columns about numbers where no session has one, and no legend where there is none', () => {
    const unnumbered = { lowest_sequence: null, highest_sequence: null, gaps: null };
    const text = reportSessions(LIST, [session('a', { ...unnumbered, open_connections: null })]);
    expect(text).not.toMatch(/gaps|numbers/);
    expect(text).toMatch(/ open .*\na .* 2 +– /);
    expect(reportSessions({ ...LIST, lines_without_session: 0 }, [])).toBe(
      `0 of 1,203 sessions, most reconnects first

640 lines read in 1 log, 622 used, 10 ignored, 8 rejected
What the rejected lines told is missing here; check names them.
`,
    );
  });

  it('says of how many the lifetimes are known where not all are', () => {
    const told = (known_lifetimes: number, connected_seconds: number | null) =>
      reportSessions(LIST, [session('a', { known_lifetimes, connected_seconds })]);
    expect(told(12, 100.5)).toContain(' 100.5 s (12 of 13) ');
    expect(told(13, 100.5)).not.toContain('of 13)');
    expect(told(0, null)).not.toContain('of 13)');
  });

  it.each([60, 80, 100, 120, 180])('fits into %i columns, and names what does not', (width) => {
    const text = reportSessions(
      LIST,
      UUIDS.map((id) => session(id)),
      { width },
    );
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
    expect(text.includes('No room here for')).toBe(width < 180);
    expect(text).toContain('reconnects');
  });

  it('keeps the column that it is sorted by', () => {
    const text = reportSessions({ ...LIST, sort: 'last' }, [session('a')], { width: 40 });
    expect(text).toContain('last seen first');
    expect(text).toContain('2026-01-02 03:04:05');
  });

  it('says how to go on, and acts on no id', () => {
    const text = reportSessions(LIST, [session(EVIL)], { next: `wsdiag timeline '${EVIL}' a` });
    expect(text).toContain('one session’s story: wsdiag timeline');
    expect(text).not.toMatch(UNSAFE);
    expect(text).toContain(String.raw`"\u001b[2J\n\u202e<img src=x>"`);
  });

  it('tells what came up while the logs were read', () => {
    const doubts = [
      { code: 'log-truncated', where: { file: 'a.ndjson', line: 9 }, value: '' } as const,
    ];
    expect(reportSessions({ ...LIST, doubts }, [])).toContain('a.ndjson:9: The last line');
  });

  it('is complete and exact as JSON', () => {
    const sessions = [session(EVIL), session('b', { highest_sequence: Number.MAX_SAFE_INTEGER })];
    const text = [...sessionsJson(LIST, sessions)].join('');
    expect(text).not.toMatch(UNSAFE);
    expect(JSON.parse(text)).toEqual({
      sessions_version: 1,
      sort: 'reconnects',
      total_sessions: 1203,
      lines_without_session: 2,
      evidence: LIST.evidence,
      doubts: [],
      sessions,
    });
    expect(JSON.parse([...sessionsJson(LIST, [])].join('')).sessions).toEqual([]);
  });
});

describe('ids', () => {
  it.each([
    ['abc-1._~:/@', 'abc-1._~:/@'],
    ['', '""'],
    ['a b', '"a b"'],
    ['a\\u001b', String.raw`"a\\u001b"`],
    ['a\u001b', String.raw`"a\u001b"`],
    // A Cyrillic а is no Latin a.
    ['а', String.raw`"\u0430"`],
    ['😀', String.raw`"\ud83d\ude00"`],
  ])('shows %j', (id, shown) => {
    expect(shownId(id)).toBe(shown);
  });

  it('are cut in the middle', () => {
    expect(shortIds(['abcdefghijklmnop', 'short'], 9)).toEqual(['abcd…mnop', 'short']);
  });

  it('are never cut so that two look alike', () => {
    const alike = ['a', 'b'].map((middle) => `${'x'.repeat(20)}${middle}${'y'.repeat(20)}`);
    const cut = shortIds([...alike, 'xxxx…yyyy'], 9);
    expect(new Set(cut).size).toBe(3);
    expect(cut.slice(0, 2)).toEqual(alike);
  });
});
