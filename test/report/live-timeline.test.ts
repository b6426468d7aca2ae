import { describe, expect, it } from 'vitest';
import { LiveTimeline } from '../../src/report/index.ts';

const ONE = '3f2a91c0-0000-4000-8000-000000000001';
/** Begins as the first does. */
const TWO = '3f2a91c0-0000-4000-8000-000000000002';

const live = (width?: number) => new LiveTimeline(0, { width });

describe('a line', () => {
  it('has when, whose, which and what', () => {
    const fields = { session_id: ONE, connection_sequence: 12, document_id: 'D' };
    expect(live().tell('server', 'connection_opened', fields, 3204)).toBe(
      ' 0:03.204  3f2a91c0  #12  opened (page 1)',
    );
  });

  it('says how long a connection lived that went with its page', () => {
    const timeline = live();
    const fields = { session_id: ONE, connection_sequence: 1, document_id: 'D', client_id: 'C' };
    timeline.tell('client', 'connection_opened', fields, 500);
    const line = timeline.tell(
      'client',
      'document_unloaded',
      { ...fields, reason: 'reload' },
      2500,
    );
    expect(line).toContain('page 1 went (reload), and its connection, lived 2 s');
  });

  it('is of no session where none is known', () => {
    const fields = { reason: 'hello-timeout', close_code: 1008, session_id: undefined };
    expect(live().tell('server', 'handshake_rejected', fields, 1)).toBe(
      ' 0:00.001                 rejected: hello-timeout (1008)',
    );
  });

  it('has no control characters of a peer', () => {
    const fields = { session_id: 'a\u001b[2J', connection_sequence: 1 };
    expect(live().tell('server', 'connection_opened', fields, 1)).not.toContain('\u001b');
  });

  it('goes on below itself where the terminal is narrow', () => {
    const fields = { session_id: ONE, connection_sequence: 1, close_code: 1006 };
    const lines = live(50).tell('server', 'connection_closed', fields, 1)?.split('\n');
    expect(lines).toEqual([
      ' 0:00.001  3f2a91c0  #1   closed: 1006 dropped',
      '                          without a close frame',
    ]);
  });
});

describe('a session', () => {
  it('that begins as another does is called by all of its id', () => {
    const timeline = live();
    const opened = (session_id: string) =>
      timeline.tell('server', 'connection_opened', { session_id, connection_sequence: 1 }, 0);
    expect(opened(ONE)).toContain(' 3f2a91c0  #1');
    expect(opened(TWO)).toContain(` ${TWO}  #1`);
    expect(opened(ONE)).toMatch(/ 3f2a91c0 +#1/);
  });
});

it('what frames a log is not told', () => {
  for (const event of ['client_started', 'server_stopped', 'faults_started'])
    expect(live().tell('server', event, {}, 0)).toBeNull();
});

describe('the summary', () => {
  it('counts what was told', () => {
    const timeline = live(200);
    const fields = { session_id: ONE, connection_sequence: 1 };
    timeline.tell('client', 'connection_attempt', fields, 0);
    timeline.tell('client', 'connection_opened', fields, 10);
    for (const close_code of [1006, 1001, 1006])
      timeline.tell('client', 'connection_closed', { ...fields, close_code }, 20);
    expect(timeline.summary(12_300)).toBe(
      '1 session in 12.3 s: 1 attempt, 1 opened, 3 closed ' +
        '(1006 dropped without a close frame ×2, 1001 going away)',
    );
  });

  it('of nothing says so', () => {
    expect(live().summary(500)).toBe('0 sessions in 500 ms');
  });
});
