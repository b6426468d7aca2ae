import { describe, expect, it } from 'vitest';
import type { LogName } from '../../src/core/records.ts';
import type { LogRecord } from '../../src/model/record.ts';
import type { Chapter, SessionView } from '../../src/model/session-view.ts';
import { reportTimeline, timelineJson } from '../../src/report/index.ts';

const START = Date.UTC(2026, 0, 1);
const READING = {
  evidence: [{ file: 'server.ndjson', lines: 9, records: 9, ignored: 0, rejected: 0 }],
  doubts: [],
};

function record(log: LogName, event: string, seconds: number, fields: object = {}): LogRecord {
  const {
    session_id = 's',
    client_id,
    document_id,
    connection_sequence,
  } = fields as Partial<LogRecord>;
  return {
    log,
    file: `${log}.ndjson`,
    line: 7,
    time: START + seconds * 1000,
    event,
    session_id,
    connection_sequence,
    client_id,
    document_id,
    fields: { ...fields },
  };
}

const chapter = (connection_sequence: number | null, told: Partial<Chapter>): Chapter => ({
  connection_sequence,
  client: [],
  server: [],
  faults: [],
  lived_seconds: { client: null, server: null },
  ...told,
});

const clock = (side: 'client' | 'server', start = 0) => ({
  side,
  files: [`${side}.ndjson`],
  lines: 4,
  start: START + start * 1000,
});

const attempt = (at: number, fields = {}) => record('client', 'connection_attempt', at, fields);
const opened = (log: LogName, at: number, fields = {}) =>
  record(log, 'connection_opened', at, { document_id: 'd1', ...fields });
const closed = (log: LogName, at: number, fields = {}) =>
  record(log, 'connection_closed', at, { close_code: 1006, duration_seconds: 2, ...fields });

const STORY: SessionView = {
  session_id: 's',
  clocks: [clock('server', 1000), clock('client')],
  children: [
    record('client', 'session_started', 9, { session_id: 'copy', reason: 'duplicate-tab' }),
    record('client', 'session_started', 9, { session_id: 'heir', reason: 'storage-cleared' }),
  ],
  chapters: [
    chapter(1, {
      client: [
        record('client', 'session_started', 0, { reason: 'duplicate-tab', parent_session_id: 'p' }),
        record('client', 'document_loaded', 0, { document_id: 'd1', navigation: 'navigate' }),
        attempt(0),
        opened('client', 0.5),
        closed('client', 2.5),
      ],
      server: [opened('server', 1000), closed('server', 1002.25, { closed_by: 'network' })],
      faults: [
        record('faults', 'fault_injected', 2, {
          fault: 'drop',
          client_close_code: 1006,
          server_close_code: 1006,
        }),
      ],
    }),
    chapter(2, {
      client: [
        attempt(3, { delay_ms: 450, backoff_attempt: 1 }),
        record('client', 'connection_failed', 3.25, { error: 'ECONNREFUSED' }),
      ],
    }),
    chapter(3, { client: [attempt(4), opened('client', 4.5)], server: [opened('server', 1004)] }),
  ],
  left_out: 0,
};

describe('the timeline', () => {
  it('has client and server side by side', () => {
    expect(reportTimeline(STORY, READING, { width: 90 })).toBe(
      `session s
  client       client.ndjson: 4 lines, 0:00.000 is 2026-01-01T00:00:00.000Z
  server       server.ndjson: 4 lines, 0:00.000 is 2026-01-01T00:16:40.000Z
  comes from   p
  forked into  copy
  goes on as   heir

What stands side by side has the same connection number, not the same time: each log’s
times count from its own first line here, by its own clock.

#1  0:00.000  session began (duplicate-tab),    0:00.000  opened (page 1)
              from p                            0:02.250  closed: 1006 dropped without a
    0:00.000  page 1 loaded (navigate)                    close frame, by network, lived
    0:00.000  attempt                                     2 s
    0:00.500  opened
    0:02.500  closed: 1006 dropped without a
              close frame, lived 2 s
    fault: drop (client sees 1006, server sees 1006)

#2            500 ms later                                not in the server’s log
    0:03.000  attempt (waited 450 ms, after 1
              failure)
    0:03.250  failed: ECONNREFUSED

#3            750 ms later                                1.75 s later
    0:04.000  attempt                           0:04.000  opened (page 1)
    0:04.500  opened                                      still open at the end of the
              still open at the end of the                log
              log

9 lines read in 1 log, 9 used, 0 ignored, 0 rejected
`,
    );
  });

  it.each([40, 60, 80, 140])('fits into %i columns', (width) => {
    const text = reportTimeline(STORY, READING, { width });
    const story = text.slice(text.indexOf('#1'));
    for (const line of story.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
    expect(story.includes('  server  ')).toBe(width < 80);
  });

  it('has one column where one side is all there is', () => {
    const chapters = [chapter(4, { server: [opened('server', 0), closed('server', 2)] })];
    const text = reportTimeline({ ...STORY, clocks: [clock('server')], chapters }, READING);
    expect(text).not.toContain('client');
    expect(text).not.toContain('side by side');
    expect(text).toContain('#4  0:00.000  opened (page 1)\n    0:02.000  closed: 1006');
  });

  it('says what is odd about numbers', () => {
    const chapters = [1, 5, 7, 2, 7].map((number) =>
      chapter(number, { server: [opened('server', 0)] }),
    );
    const text = reportTimeline({ ...STORY, clocks: [clock('server')], chapters }, READING);
    expect(text).toContain('#5  2 to 4 have no line.');
    expect(text).toContain('#7  6 has no line.');
    expect(text).toContain('#2  The number is lower than 7, which stands before it.');
    expect(text).toContain('#7  The number is used again.');
  });

  it('names pages, and shows that they alternate', () => {
    const server = ['a', 'b', 'a'].map((document_id) => opened('server', 0, { document_id }));
    const chapters = [chapter(1, { server })];
    const text = reportTimeline({ ...STORY, clocks: [clock('server')], chapters }, READING);
    expect(text.match(/page \d/g)).toEqual(['page 1', 'page 2', 'page 1']);
  });

  it('compares no times of two servers', () => {
    const other = { ...clock('server', 500), files: ['other.ndjson'] };
    const moved = { ...opened('server', 500), file: 'other.ndjson' };
    const chapters = [
      chapter(1, { server: [opened('server', 0), closed('server', 2)] }),
      chapter(2, { server: [moved] }),
    ];
    const text = reportTimeline({ ...STORY, clocks: [clock('server'), other], chapters }, READING);
    expect(text).toContain('server 2: opened');
    expect(text).not.toContain('later');
  });

  /** Of a server's log alone. */
  const told = (...chapters: Chapter[]) => {
    const text = reportTimeline({ ...STORY, clocks: [clock('server')], chapters }, READING);
    return text.slice(text.indexOf('goes on as   heir') + 19, text.indexOf('9 lines read'));
  };

  it('calls connections without numbers by their ids, and says whose they are named', () => {
    const of = (client_id: string) => ({ client_id });
    expect(
      told(
        chapter(null, {
          server: [
            opened('server', 0, of('c-1')),
            record('server', 'connection_named', 1, { ...of('c-1'), session_id: 'alice' }),
            record('server', 'connection_closed', 4, of('c-1')),
          ],
          lived_seconds: { client: null, server: 4 },
        }),
        chapter(null, { server: [record('server', 'connection_opened', 5)] }),
      ),
    ).toBe(`connection c-1
  0:00.000  opened (page 1)
  0:01.000  named alice
  0:04.000  closed: without a code, lived 4 s

a connection
            1 s later
  0:05.000  opened
            still open at the end of the log

`);
  });

  it('reckons when a connection began that only its end tells of', () => {
    expect(
      told(
        chapter(null, { server: [closed('server', 2)] }),
        chapter(null, { server: [closed('server', 7, { duration_seconds: 4 })] }),
        chapter(null, { server: [closed('server', 9, { duration_seconds: -1 })] }),
      ),
    ).toBe(`a connection
  0:00.000  opened (reckoned from its duration)
  0:02.000  closed: 1006 dropped without a close frame, lived 2 s

a connection
            1 s later
  0:03.000  opened (reckoned from its duration)
  0:07.000  closed: 1006 dropped without a close frame, lived 4 s

a connection
  0:09.000  closed: 1006 dropped without a close frame

`);
  });

  it('takes only the last connection for open, and compares no time to the end of an open one', () => {
    const opens = chapter(1, { server: [opened('server', 3)] });
    const ends = chapter(0, { server: [opened('server', 0), closed('server', 2)] });
    const text = told(ends, opens, { ...opens, connection_sequence: 2 });
    expect(text.match(/.* later|no line.*|still.*/g)).toEqual([
      '#1            1 s later',
      'no line tells of its end',
      'still open at the end of the log',
    ]);
    expect(told(opens)).toContain('no line tells of its end');
  });

  it('does not say that what is left out has no end', () => {
    const chapters = [chapter(1, { server: [opened('server', 0)] })];
    const story = { ...STORY, clocks: [clock('server')], chapters, left_out: 3 };
    expect(reportTimeline(story, READING)).not.toMatch(/still open|tells of its end/);
  });

  it('shows connections that overlap, and days', () => {
    const server = [opened('server', 0), closed('server', 100_000)];
    const chapters = [chapter(1, { server }), chapter(2, { server: [opened('server', 99_998)] })];
    const text = reportTimeline({ ...STORY, clocks: [clock('server')], chapters }, READING);
    expect(text).toContain('27:46:40.000  closed');
    expect(text).toContain('overlaps the one before by 2 s');
  });

  it('acts on nothing that a log holds, and stays in its columns', () => {
    const reason = `\u001b[2J\n\u202e${'x'.repeat(120)}`;
    const chapters = [chapter(1, { server: [closed('server', 2, { close_reason: reason })] })];
    const story = { ...STORY, session_id: '\u001b', chapters };
    const text = reportTimeline(story, READING, { width: 80 });
    expect(text).not.toMatch(/[\p{Cf}]|(?!\n)\p{Cc}/u);
    for (const line of text.slice(text.indexOf('#1')).split('\n')) {
      expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  it('says what is left out', () => {
    expect(reportTimeline({ ...STORY, left_out: 3 }, READING)).toContain('3 later lines');
  });

  it('is exact as JSON, but for objects and lists in a line', () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    const fields = { deep, __proto__: null, close_reason: '\u009b', n: 1, no: null };
    const story = { ...STORY, chapters: [chapter(1, { server: [closed('server', 2, fields)] })] };
    const text = timelineJson(story, READING);
    expect(text).not.toContain('\u009b');
    const { connections, clocks, timeline_version } = JSON.parse(text);
    expect(timeline_version).toBe(1);
    expect(clocks[0]).toMatchObject({ side: 'server', start: '2026-01-01T00:16:40.000Z' });
    expect(connections[0].server).toEqual([
      {
        log: 'server',
        file: 'server.ndjson',
        line: 7,
        time: '2026-01-01T00:00:02.000Z',
        event: 'connection_closed',
        fields: { close_code: 1006, duration_seconds: 2, close_reason: '\u009b', n: 1, no: null },
      },
    ]);
  });
});
