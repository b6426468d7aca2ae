import { describe, expect, it } from 'vitest';
import type { LogName } from '../../src/core/records.ts';
import type { LogRecord } from '../../src/model/record.ts';
import { createTimeline } from '../../src/views/index.ts';

const START = Date.UTC(2026, 0, 1);

/** `s3`: a line of the server's log with number 3; `c-`: one of the client's without a number. */
function told(lines: [name: string, event: string, fields?: object][]) {
  const logs = [
    { file: 'a', log: 'server' as const, stream: 0 },
    { file: 'b', log: 'server' as const, stream: 1 },
    { file: 'c', log: 'client' as const, stream: 2 },
    { file: 'f', log: 'faults' as const, stream: 3 },
  ];
  const timeline = createTimeline('s', logs);
  lines.forEach(([name, event, fields = {}], index) => {
    timeline.onRecord(record(name, event, index + 1, fields));
  });
  return timeline.finish();
}

const LOGS: Record<string, LogName> = { a: 'server', b: 'server', c: 'client', f: 'faults' };

function record(name: string, event: string, line: number, fields: object): LogRecord {
  const [file = '', number = ''] = [name.slice(0, 1), name.slice(1)];
  return {
    log: LOGS[file] ?? 'server',
    file,
    line,
    time: START + line * 1000,
    event,
    session_id: 's',
    connection_sequence: number === '-' ? undefined : Number(number),
    client_id: undefined,
    document_id: undefined,
    fields: { ...fields },
    ...fields,
  };
}

/** `3: client events | server events | faults`. */
const shown = (story: ReturnType<typeof told>) =>
  story.chapters.map(({ connection_sequence, client, server, faults }) => {
    const events = (records: LogRecord[]) =>
      records.map(({ event }) => event.replace('connection_', '')).join(' ');
    return `${connection_sequence}: ${events(client)} | ${events(server)} | ${events(faults)}`;
  });

const OPENED = 'connection_opened';
const CLOSED = 'connection_closed';
const ATTEMPT = 'connection_attempt';
const FAILED = 'connection_failed';

describe('a story', () => {
  it('puts what both logs tell of one number side by side', () => {
    const story = told([
      ['a1', OPENED],
      ['a1', CLOSED],
      ['a3', OPENED],
      ['c-', 'session_started'],
      ['c1', ATTEMPT],
      ['c1', OPENED],
      ['c1', CLOSED],
      ['c2', ATTEMPT],
      ['c2', FAILED],
      ['c3', ATTEMPT],
      ['f1', 'fault_injected'],
      ['f-', 'fault_injected'],
    ]);
    expect(shown(story)).toEqual([
      '1: session_started attempt opened closed | opened closed | fault_injected',
      '2: attempt failed |  | ',
      '3: attempt | opened | ',
      'null:  |  | fault_injected',
    ]);
    expect(story.clocks).toEqual([
      { side: 'server', files: ['a'], lines: 3, start: START + 1000 },
      { side: 'client', files: ['c'], lines: 7, start: START + 4000 },
    ]);
  });

  it('keeps the order of a log in which numbers fall', () => {
    const story = told([
      ['a1', OPENED],
      ['a2', OPENED],
      ['a1', OPENED],
      ['c1', ATTEMPT],
      ['c2', ATTEMPT],
      ['c1', ATTEMPT],
      ['c2', ATTEMPT],
    ]);
    expect(shown(story)).toEqual([
      '1: attempt | opened | ',
      '2: attempt | opened | ',
      '1: attempt | opened | ',
      '2: attempt |  | ',
    ]);
  });

  it('tells two connections of one number apart by their client ids', () => {
    const story = told([
      ['a1', OPENED, { client_id: 'x' }],
      ['a1', OPENED, { client_id: 'y' }],
      ['a1', CLOSED, { client_id: 'x' }],
      ['c1', ATTEMPT],
      ['c1', OPENED, { client_id: 'y' }],
    ]);
    expect(shown(story)).toEqual(['1:  | opened closed | ', '1: attempt opened | opened | ']);
  });

  it('puts what one side alone tells of between the others by its number', () => {
    const story = told([
      ['a1', OPENED],
      ['a3', OPENED],
      ['a5', OPENED],
      ['c1', ATTEMPT],
      ['c2', ATTEMPT],
      ['c4', ATTEMPT],
      ['c5', ATTEMPT],
      ['c-', 'document_unloaded'],
    ]);
    expect(shown(story).map((line) => Number.parseInt(line, 10))).toEqual([
      1,
      2,
      3,
      4,
      5,
      Number.NaN,
    ]);
  });

  it('loses nothing where the two logs have another order', () => {
    const story = told([
      ['a2', OPENED],
      ['a1', OPENED],
      ['a9', OPENED],
      ['c1', ATTEMPT],
      ['c2', ATTEMPT],
    ]);
    expect(shown(story)).toEqual([
      '1: attempt | opened | ',
      '2: attempt | opened | ',
      '9:  | opened | ',
    ]);
  });

  it('puts closes without openings where their connections began', () => {
    const story = told([
      ['a2', CLOSED, { duration_seconds: 0.5 }],
      ['a1', CLOSED, { duration_seconds: 2 }],
    ]);
    expect(shown(story)).toEqual(['1:  | closed | ', '2:  | closed | ']);
  });

  it('gives an end that names nothing to the connection that is open', () => {
    const unnamed = told([
      ['a-', OPENED],
      ['a-', CLOSED],
      ['a-', OPENED],
      ['a-', CLOSED],
      ['a-', OPENED],
    ]);
    expect(shown(unnamed)).toEqual([
      'null:  | opened closed | ',
      'null:  | opened closed | ',
      'null:  | opened | ',
    ]);
    expect(unnamed.chapters.map(({ lived_seconds }) => lived_seconds.server)).toEqual([1, 1, null]);
    const numbered = told([
      ['a1', OPENED],
      ['a-', CLOSED],
      ['a2', OPENED],
      ['a-', CLOSED],
    ]);
    expect(shown(numbered)).toEqual(['1:  | opened closed | ', '2:  | opened closed | ']);
  });

  it('has no lifetime where an end may be that of several', () => {
    const { chapters } = told([
      ['a-', OPENED],
      ['a-', OPENED],
      ['a-', CLOSED],
      ['a-', CLOSED],
      ['a-', OPENED],
      ['a-', CLOSED],
    ]);
    expect(chapters.map(({ lived_seconds }) => lived_seconds.server)).toEqual([null, null, 1]);
  });

  it('has each close of a log without opens by itself, though a name comes again', () => {
    const story = told([
      ['a-', CLOSED, { client_id: '192.0.2.1' }],
      ['a-', CLOSED, { client_id: '192.0.2.1' }],
    ]);
    expect(shown(story)).toEqual(['null:  | closed | ', 'null:  | closed | ']);
  });

  it('tells a client’s attempts apart that have no numbers', () => {
    const story = told([
      ['c-', 'document_loaded'],
      ['c-', ATTEMPT],
      ['c-', OPENED, { client_id: 'x' }],
      ['c-', CLOSED],
      ['c-', ATTEMPT],
      ['c-', FAILED],
      ['c-', ATTEMPT],
      ['c-', CLOSED],
    ]);
    expect(shown(story)).toEqual([
      'null: document_loaded attempt opened closed |  | ',
      'null: attempt failed |  | ',
      'null: attempt closed |  | ',
    ]);
  });

  it('joins the logs of several servers by number', () => {
    const story = told([
      ['a1', OPENED],
      ['a4', OPENED],
      ['b2', OPENED],
      ['b3', OPENED],
      ['b5', OPENED],
    ]);
    expect(story.chapters.map(({ connection_sequence }) => connection_sequence)).toEqual([
      1, 2, 3, 4, 5,
    ]);
    expect(story.clocks.map(({ files }) => files)).toEqual([['a'], ['b']]);
  });

  it('knows the sessions that came from it', () => {
    const timeline = createTimeline('s', []);
    const fields = { session_id: 't', parent_session_id: 's' };
    timeline.onRecord(record('c-', 'session_started', 1, fields));
    expect(timeline.finish()).toMatchObject({ chapters: [], children: [{ session_id: 't' }] });
  });
});
