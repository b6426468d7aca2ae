import { describe, expect, it } from 'vitest';
import { change, codesOf, judge, only, patched } from './judging.ts';
import { type Line, play } from './world.ts';

const lines = play([
  [0, 'drop'],
  [0, 'drop'],
]);

/** What a peer without the session's token leaves behind, which the server takes and says so. */
function stranger(number: number) {
  const peer = {
    time: lines.server[1]?.time ?? '',
    session_id: 's1',
    connection_sequence: number,
    client_id: 'stranger',
  };
  return [
    { ...peer, event: 'connection_opened', session_verified: false },
    {
      ...peer,
      event: 'connection_closed',
      close_code: 1006,
      was_clean: false,
      duration_seconds: 0,
      closed_by: 'network',
    },
  ];
}

describe('a stranger with a session’s id', () => {
  it.each([1, 2, 1000])('as number %i spoils nothing of its order', (number) => {
    const visited = change(lines, 'server', (all) => all.toSpliced(-1, 0, ...stranger(number)));
    const codes = codesOf(judge({ server: visited.server }));
    expect(codes).toEqual([]);
  });

  it('makes no orphan of what began before the log, and no fork by its document', () => {
    const connection = { session_id: 's1', client_id: 'own', close_code: 1006 };
    const left = { ...connection, time: '2026-01-01T00:00:10.000Z', connection_sequence: 5 };
    const old = { ...left, event: 'connection_closed', duration_seconds: 3600 };
    expect(codesOf(judge({ server: [...stranger(1), old] }))).toEqual([]);
    const opened = (connection_sequence: number, document_id: string, client_id: string) => ({
      ...left,
      event: 'connection_opened',
      connection_sequence,
      document_id,
      client_id,
      session_verified: client_id !== 'stranger',
    });
    const visits = [opened(1, 'd1', 'a'), opened(9, 'dx', 'stranger'), opened(2, 'd1', 'b')];
    expect(codesOf(judge({ server: visits }))).toEqual([]);
  });

  it.each([3, 4, 50])('as number %i from before the log spoils nothing in it', (number) => {
    const [, left] = stranger(number);
    const own = { ...left, client_id: 'own', connection_sequence: 3, duration_seconds: 3600 };
    const opened = { ...left, event: 'connection_opened', connection_sequence: 4, client_id: 'b' };
    const server = [left, own, { ...opened, session_verified: true }] as Line[];
    expect(codesOf(judge({ server }))).toEqual([]);
  });

  it('still can’t hide a number that its owner repeats', () => {
    const repeated = patched(lines, 'server', { event: 'connection_opened' }, {});
    const opened = repeated.server.find(({ event }) => event === 'connection_opened');
    repeated.server.splice(-1, 0, { ...opened, client_id: 'other' } as (typeof lines.server)[0]);
    expect(only(judge(repeated), 'sequence-duplicated')).not.toEqual([]);
  });
});

describe('an end with another connection’s client id', () => {
  it('is no end of this one', () => {
    const wrong = patched(lines, 'client', { event: 'connection_closed' }, { client_id: 'wrong' });
    expect(only(judge(wrong), 'close-orphaned').length).toBeGreaterThan(0);
  });
});
