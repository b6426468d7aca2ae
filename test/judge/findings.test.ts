import { describe, expect, it } from 'vitest';
import type { FindingCode } from '../../src/model/findings.ts';
import { change, codesOf, judge, only, patched, without } from './judging.ts';
import { type Line, type Lines, play } from './world.ts';

const T0 = Date.UTC(2026, 0, 1);
/** Lines of a log, a second apart unless they say otherwise. */
function log(...lines: [event: string, fields?: object][]): Line[] {
  return lines.map(([event, fields], index) => ({
    time: new Date(T0 + index * 1000).toISOString(),
    event,
    ...fields,
  }));
}

const s = (connection_sequence: unknown, more: object = {}) => ({
  session_id: 's',
  connection_sequence,
  ...more,
});

/** A quiet run of session `s1`, whose first connection was dropped. */
const dropped = play([[0, 'drop']]);
const innocent = (lines: Partial<Lines>) => expect(codesOf(judge(lines))).toEqual([]);
const bites = <C extends FindingCode>(lines: Partial<Lines>, code: C) => only(judge(lines), code);

describe('sequence-not-increasing', () => {
  it('finds a later connection with a lower number, and blames that one alone', () => {
    const server = log(
      ['connection_opened', s(3)],
      ['connection_opened', s(7)],
      ['connection_opened', s(4)],
      ['connection_opened', s(5)],
    );
    expect(bites({ server }, 'sequence-not-increasing')).toEqual([
      {
        code: 'sequence-not-increasing',
        session_id: 's',
        connection_sequence: 4,
        details: { previous: 7 },
        evidence: [
          { file: 'server', line: 2 },
          { file: 'server', line: 3 },
        ],
        after: { log: 'server', event: 'open', close_code: null, fault: null },
      },
    ]);
  });

  it('lets a server hear late of what its client had given up, and of the page that did', () => {
    const server = log(
      ['connection_opened', s(1, { client_id: 'c1', document_id: 'a' })],
      ['connection_opened', s(3, { client_id: 'c3', document_id: 'b' })],
      ['connection_opened', s(2, { client_id: 'c2', document_id: 'a' })],
    );
    const attempts = (gone: [string, object]) =>
      log(
        ['connection_attempt', s(1, { document_id: 'a' })],
        ['connection_opened', s(1, { client_id: 'c1' })],
        ['connection_closed', s(1, { client_id: 'c1', close_code: 1006 })],
        ['connection_attempt', s(2, { document_id: 'a' })],
        gone,
        ['connection_attempt', s(3, { document_id: 'b' })],
        ['connection_opened', s(3, { client_id: 'c3' })],
      );
    const codes = (client?: Line[]) => codesOf(judge(client ? { server, client } : { server }));
    const late = ['sequence-not-increasing', 'session-forked'];
    expect(codes()).toEqual(late);
    expect(codes(attempts(['connection_failed', s(2)]))).toEqual([]);
    expect(codes(attempts(['document_unloaded', s(2, { document_id: 'a' })]))).toEqual([]);
    const welcomed = attempts(['connection_opened', s(2, { client_id: 'c2' })]);
    expect(codes(welcomed)).toEqual(expect.arrayContaining(late));
  });

  it('finds a client whose attempts go back', () => {
    const client = log(['connection_attempt', s(3)], ['connection_attempt', s(2)]);
    expect(bites({ client }, 'sequence-not-increasing')).toHaveLength(1);
  });

  it('goes by the welcomes of a client that logs no attempts', () => {
    const client = [1, 3, 2].flatMap((n) =>
      log(
        ['connection_opened', s(n, { client_id: `c${n}` })],
        ['connection_closed', s(n, { client_id: `c${n}`, close_code: 1006 })],
      ),
    );
    expect(bites({ client }, 'sequence-not-increasing')).toMatchObject([
      { connection_sequence: 2, details: { previous: 3 } },
    ]);
  });

  it('lets a half-open connection close after its successor opened', () => {
    innocent(play([[0, 'half-open']]));
  });

  it('finds a counter that starts again', () => {
    const server = log(
      ...[1, 2, 1, 2, 3].map((n): [string, object] => ['connection_opened', s(n)]),
    );
    expect(bites({ server }, 'sequence-not-increasing')).toMatchObject([
      { connection_sequence: 1, details: { previous: 2 }, evidence: [{ line: 2 }, { line: 3 }] },
    ]);
  });

  it('leaves a number that is used twice in a row to sequence-duplicated', () => {
    const server = log(['connection_opened', s(3)], ['connection_opened', s(3)]);
    expect(bites({ server }, 'sequence-not-increasing')).toEqual([]);
  });

  it('keeps sessions apart, also those with names of object properties', () => {
    const server = ['__proto__', 'constructor', 's'].flatMap((session_id, index) =>
      log(['connection_opened', { session_id, connection_sequence: 9 - index }]),
    );
    expect(bites({ server }, 'sequence-not-increasing')).toEqual([]);
  });

  describe('in a server log of closes only', () => {
    const closed = (seconds: number, number: number, duration_seconds: number): Line => ({
      time: new Date(T0 + seconds * 1000).toISOString(),
      event: 'connection_closed',
      session_id: 's',
      connection_sequence: number,
      client_id: `c${number}`,
      duration_seconds,
    });

    it('goes by the starts, which are the closes less their durations', () => {
      const server = [closed(10, 2, 5), closed(20, 1, 19.9)];
      expect(codesOf(judge({ server }))).toEqual([]);
    });

    it('finds a lower number that started later', () => {
      const server = [closed(10, 1, 2), closed(20, 2, 15)];
      expect(bites({ server }, 'sequence-not-increasing')).toMatchObject([
        { connection_sequence: 1, details: { previous: 2 } },
      ]);
    });

    it.each([
      ['durations are whole seconds', [closed(0.4, 1, 0), closed(1.05, 2, 1), closed(9, 3, 7)]],
      ['durations are cut to seconds', [closed(10.5, 2, 10), closed(60.9, 1, 60)]],
      ['durations are tenths of a second', [closed(5, 1, 4.9), closed(10.06, 2, 10)]],
      ['times are whole seconds', [closed(1, 1, 0.12), closed(1, 2, 0.857)]],
    ])('takes for one moment what %s can’t tell apart', (_, server) => {
      expect(bites({ server }, 'sequence-not-increasing')).toEqual([]);
    });

    it('finds a fall that is larger than what whole seconds can’t tell apart', () => {
      const server = [closed(10, 2, 5), closed(20, 1, 12)];
      expect(bites({ server }, 'sequence-not-increasing')).toHaveLength(1);
    });

    it('takes starts that only rounding tells apart for one moment', () => {
      const server = [closed(10, 2, 5), closed(10.005, 1, 5)];
      expect(bites({ server }, 'sequence-not-increasing')).toEqual([]);
    });
  });
});

describe('sequence-duplicated', () => {
  it('finds two connections of one number, and shows both', () => {
    const server = log(
      ['connection_opened', s(1, { client_id: 'a' })],
      ['connection_opened', s(1, { client_id: 'b' })],
    );
    expect(bites({ server }, 'sequence-duplicated')).toMatchObject([
      { details: { event: 'connection_opened' }, evidence: [{ line: 1 }, { line: 2 }] },
    ]);
  });

  it('finds two attempts, and two welcomes', () => {
    const client = log(
      ['connection_attempt', s(1)],
      ['connection_opened', s(1)],
      ['connection_opened', s(1)],
      ['connection_attempt', s(1)],
    );
    const events = bites({ client }, 'sequence-duplicated').map(({ details }) => details.event);
    expect(events).toEqual(['connection_opened', 'connection_attempt']);
  });

  it('finds two closes of one number where the log has closes only', () => {
    const server = log(
      ['connection_closed', s(1, { client_id: 'a' })],
      ['connection_closed', s(1, { client_id: 'b' })],
    );
    expect(codesOf(judge({ server }))).toEqual(['sequence-duplicated']);
  });

  it.each([
    ['stuck at 1', () => 1],
    ['that counts welcomes only', (number: number) => Math.ceil(number / 2)],
  ])('is the only finding for a counter %s', (_, counter) => {
    const lines = play([[0, 'drop'], [0, 'fail-dial'], [0, 'refresh'], [0, 'half-open'], 'kill']);
    const counted = (line: Line): Line =>
      typeof line.connection_sequence === 'number'
        ? { ...line, connection_sequence: counter(line.connection_sequence) }
        : line;
    const { server, client, faults } = lines;
    expect(
      codesOf(
        judge({
          server: server.map(counted),
          client: client.map(counted),
          faults: faults.map(counted),
        }),
      ),
    ).toEqual(['sequence-duplicated']);
  });

  it('lets two sessions have the same number', () => {
    innocent(play(['open']));
  });
});

describe('sequence-missing', () => {
  it.each([
    [undefined, 'absent'],
    [null, 'null'],
    ['three', '"three"'],
    [-1, '-1'],
    [0, '0'],
    [1.5, '1.5'],
    [2 ** 53, '9007199254740992'],
    [[[1]], 'an array'],
    [{ a: 1 }, 'an object'],
    ['x'.repeat(99), `"${'x'.repeat(39)}`],
  ])('finds %j where a close has its number', (number, value) => {
    for (const name of ['server', 'client'] as const) {
      const lines = patched(
        dropped,
        name,
        { event: 'connection_closed', connection_sequence: 1 },
        {
          connection_sequence: number,
        },
      );
      const [finding, ...more] = judge(lines).findings;
      expect(more).toEqual([]);
      expect(finding).toMatchObject({
        code: 'sequence-missing',
        session_id: 's1',
        connection_sequence: null,
        details: { value },
        evidence: [{ file: name }],
      });
    }
  });

  it('finds an open without its number, and takes it for no other fault', () => {
    const lines = patched(
      dropped,
      'server',
      { event: 'connection_opened' },
      {
        connection_sequence: undefined,
      },
    );
    expect(codesOf(judge(lines))).toEqual(['sequence-missing']);
  });

  it('finds a close of no session', () => {
    const lines = patched(dropped, 'server', { event: 'connection_closed' }, { session_id: null });
    expect(bites(lines, 'sequence-missing')).toMatchObject([
      { session_id: null, details: { value: '1, and it names no session' } },
      { session_id: null, details: { value: '2, and it names no session' } },
    ]);
  });

  it('lets a page go that had no connection', () => {
    innocent(
      play([
        [0, 'drop'],
        [0, 'close-tab'],
      ]),
    );
  });
});

describe('sequence-not-from-one', () => {
  it('finds a new session that starts at 2', () => {
    const client = log(['session_started', { session_id: 's' }], ['connection_attempt', s(2)]);
    expect(bites({ client }, 'sequence-not-from-one')).toMatchObject([{ connection_sequence: 2 }]);
  });

  it('lets a session go on from an earlier run', () => {
    innocent(play(['open-continued']));
  });
});

describe('attempt-skipped', () => {
  it('finds a jump, and says what was due', () => {
    const client = log(['connection_attempt', s(3)], ['connection_attempt', s(5)]);
    expect(bites({ client }, 'attempt-skipped')).toMatchObject([
      { connection_sequence: 5, details: { expected: 4 } },
    ]);
  });

  it.each(['connection_opened', 'connection_failed', 'connection_closed', 'document_unloaded'])(
    'finds a %s line of no attempt, once',
    (event) => {
      const client = log(
        ['client_started', { log_schema: 1 }],
        ['connection_attempt', s(3)],
        [event, s(9)],
        ['document_unloaded', s(9)],
      );
      expect(bites({ client }, 'attempt-skipped')).toMatchObject([
        { connection_sequence: 9, details: { expected: 9 } },
      ]);
    },
  );

  it('lets a session jump to what the server had seen', () => {
    const lines = play(['open-continued', [1, 'drop']]);
    expect(lines.client.map(({ connection_sequence: number }) => number)).toContain(10);
    innocent(lines);
  });

  it('finds a jump beyond what the server had seen', () => {
    const client = log(
      ['connection_attempt', s(3)],
      ['sequence_advanced', s(7)],
      ['connection_attempt', s(9)],
    );
    expect(bites({ client }, 'attempt-skipped')).toMatchObject([{ details: { expected: 8 } }]);
  });
});

describe('gap-unexplained', () => {
  const unseen = without(dropped, 'server', { connection_sequence: 1 });

  it('finds a welcome that the server knows nothing of', () => {
    expect(judge(unseen).findings).toMatchObject([
      { code: 'gap-unexplained', session_id: 's1', connection_sequence: 1 },
    ]);
  });

  it('lets a failed dial, a refused one and a refresh in mid-dial leave a gap', () => {
    innocent(
      play([
        [0, 'fail-dial'],
        [0, 'reject'],
        [0, 'refresh-in-mid-dial'],
      ]),
    );
  });

  it('says nothing about one log alone', () => {
    innocent({ client: unseen.client });
  });
});

describe('close-missing', () => {
  const open = { event: 'connection_closed', connection_sequence: 1 };

  it('finds what the server opened and never closed', () => {
    expect(judge(without(dropped, 'server', open)).findings).toMatchObject([
      { code: 'close-missing', connection_sequence: 1, details: { side: 'server' } },
    ]);
  });

  it('finds a client connection, and a client attempt, without an end', () => {
    expect(judge(without(dropped, 'client', open)).findings).toMatchObject([
      { code: 'close-missing', details: { side: 'client', event: 'connection_opened' } },
    ]);
    const failed = without(play([[0, 'fail-dial']]), 'client', { event: 'connection_failed' });
    expect(bites(failed, 'close-missing')).toMatchObject([
      { details: { side: 'client', event: 'connection_attempt' } },
    ]);
  });

  it('says nothing of what is open at the end of an incomplete log', () => {
    const server = change(dropped, 'server', (lines) => lines.slice(0, -2)).server;
    expect(judge({ server })).toMatchObject({ verdict: 'unknown', findings: [], observations: [] });
    const client = change(dropped, 'client', (lines) => lines.slice(0, -2)).client;
    expect(judge({ client })).toMatchObject({ verdict: 'unknown', findings: [], observations: [] });
  });

  describe('with a server that was killed', () => {
    it('excuses what was open then', () => {
      innocent(play(['kill']));
    });

    const unclosed = without(play([[0, 'drop'], 'open', 'kill']), 'server', {
      ...open,
      session_id: 's1',
    });

    it('excuses what may have been open then, where no other log tells', () => {
      innocent({ server: unclosed.server });
    });

    it('finds a connection that ended before', () => {
      expect(judge(unclosed).findings).toMatchObject([
        { code: 'close-missing', session_id: 's1', connection_sequence: 1 },
      ]);
    });

    it('finds one that its successor replaced', () => {
      const { server, client } = without(play([[0, 'half-open'], 'kill']), 'server', open);
      expect(judge({ server, client }).findings).toMatchObject([
        { code: 'close-missing', connection_sequence: 1 },
      ]);
    });

    it.each([{ half_open: true }, { delays_frames: true }])(
      'excuses one whose end the server may not have heard of: %j',
      (fields) => {
        innocent(patched(unclosed, 'faults', { fault: 'drop' }, fields));
      },
    );

    it('excuses one of a tab that may have had latency as another session', () => {
      const s1 = { session_id: 's1' };
      const started = { event: 'session_started', ...s1 };
      const child = patched(unclosed, 'client', started, { parent_session_id: 'p' });
      const hit = { event: 'fault_injected', session_id: 'p', connection_sequence: 1 };
      const latency = log(['fault_injected', { ...hit, fault: 'latency', delays_frames: true }]);
      const faults = [...child.faults.slice(0, -1), ...latency, ...child.faults.slice(-1)];
      expect(bites(child, 'close-missing')).toHaveLength(1);
      expect(bites({ ...child, faults }, 'close-missing')).toEqual([]);
      const loaded = { event: 'document_loaded', ...s1 };
      const cleared = patched(unclosed, 'client', loaded, { navigation: 'reload' });
      expect(bites(cleared, 'close-missing')).toEqual([]);
    });

    const beforeKill = (lines: Lines, ms: number) => {
      const kill = lines.faults.find(({ kills_server }) => kills_server)?.time ?? '';
      return { time: new Date(Date.parse(kill) - ms).toISOString() };
    };
    const opened = { event: 'connection_opened' };

    describe.each([
      [50, 0],
      [200, 1],
    ])('and has %i ms after the last of a connection', (ms, found) => {
      const ofFirst = { session_id: 's1' };
      const time = beforeKill(unclosed, ms);

      it('finds one that was opened then only if that is time enough', () => {
        const lines = patched(unclosed, 'server', { ...opened, ...ofFirst }, time);
        expect(bites(lines, 'close-missing')).toHaveLength(found);
      });

      it('finds one that was replaced then only if that is time enough', () => {
        const replaced = without(play([[0, 'half-open'], 'kill']), 'server', open);
        const second = { ...opened, connection_sequence: 2 };
        const lines = patched(replaced, 'server', second, beforeKill(replaced, ms));
        expect(bites(lines, 'close-missing')).toHaveLength(found);
        // Of a crash that found the server down there is a kill, but no process.
        const [kill] = lines.faults.filter(({ kills_server }) => kills_server);
        const again = { ...(kill as Line), occurrence: 9 };
        const faults = [...lines.faults.slice(0, -1), again, ...lines.faults.slice(-1)];
        expect(bites({ ...lines, faults }, 'close-missing')).toEqual([]);
      });

      it('finds one that ended then only if that is time enough', () => {
        const lines = patched(unclosed, 'client', { ...open, ...ofFirst }, time);
        expect(bites(lines, 'close-missing')).toHaveLength(found);
      });
    });
  });
});

describe('close-orphaned', () => {
  it('finds a left-over number that is opened after all', () => {
    const [close, open] = ['connection_closed', 'connection_opened'];
    const server = log([close, s(2)], [open, s(2)], [close, s(2)]);
    expect(bites({ server }, 'close-orphaned')).toMatchObject([{ details: { earlier: true } }]);
  });

  it('lets a client end what it was welcomed to where it logs no welcome', () => {
    const client = log(
      ['connection_attempt', s(1)],
      ['connection_closed', s(1, { client_id: 'c' })],
      ['connection_attempt', s(2)],
      ['connection_failed', s(2)],
    );
    expect(judge({ client }).findings).toEqual([]);
  });

  it('finds a close of what was never opened', () => {
    const lines = without(dropped, 'server', {
      event: 'connection_opened',
      connection_sequence: 1,
    });
    expect(judge(lines).findings).toMatchObject([
      {
        code: 'close-orphaned',
        connection_sequence: 1,
        details: { side: 'server', earlier: false },
      },
    ]);
  });

  it('finds a second end, and shows the first', () => {
    const client = log(
      ['connection_attempt', s(1)],
      ['connection_failed', s(1)],
      ['connection_failed', s(1)],
    );
    expect(bites({ client }, 'close-orphaned')).toMatchObject([
      { details: { side: 'client', earlier: true }, evidence: [{ line: 2 }, { line: 3 }] },
    ]);
  });

  it.each([
    ['a welcome after the end', ['connection_failed', 'connection_opened'], true],
    ['a failure after the welcome', ['connection_opened', 'connection_failed'], false],
    ['a close without a welcome', ['connection_closed'], false],
  ])('finds %s', (_, events, earlier) => {
    const client = log(
      ['client_started', { log_schema: 1 }],
      ['connection_attempt', s(1)],
      ...events.map((event): [string, object] => [event, s(1, { client_id: 'c' })]),
    );
    expect(bites({ client }, 'close-orphaned')).toMatchObject([{ details: { earlier } }]);
  });

  it('finds a page that goes with a connection it never had', () => {
    const client = log(
      ['connection_attempt', s(1)],
      ['document_unloaded', s(1, { client_id: 'c' })],
    );
    expect(bites({ client }, 'close-orphaned')).toHaveLength(1);
  });

  it('lets a page go in mid-dial', () => {
    innocent(
      play([
        [0, 'refresh-in-mid-dial'],
        [0, 'refresh-in-mid-welcome'],
      ]),
    );
  });

  it('tells two connections of one number apart by their client ids', () => {
    const server = log(
      ['server_started'],
      ['connection_opened', s(1, { client_id: 'a' })],
      ['connection_opened', s(1, { client_id: 'b' })],
      ['connection_closed', s(1, { client_id: 'a' })],
      ['connection_closed', s(1, { client_id: 'b' })],
      ['server_stopped'],
    );
    expect(codesOf(judge({ server }))).toEqual(['sequence-duplicated']);
  });
});

describe('logs-disagree', () => {
  const about = (lines: Lines) => bites(lines, 'logs-disagree').map(({ details }) => details);
  const first = { connection_sequence: 1 };

  it('finds one client id under two numbers', () => {
    const lines = patched(dropped, 'server', first, { connection_sequence: 5 });
    expect(about(lines)).toEqual([{ about: 'connection_sequence', client: '1', server: '5' }]);
  });

  it('finds one client id in two sessions', () => {
    const lines = patched(dropped, 'server', first, { session_id: 'other' });
    expect(about(lines)).toEqual([{ about: 'session_id', client: 's1', server: 'other' }]);
  });

  it('lets a server count its connections anew with each process', () => {
    const all = play([
      'open',
      [0, 'drop'],
      [1, 'drop'],
      [0, 'connect'],
      [1, 'connect'],
      'restart',
      [1, 'lose-welcome'],
      [0, 'lose-welcome'],
      [1, 'connect'],
      [0, 'connect'],
    ]);
    const counted = new Map<unknown, string>();
    let connections = 0;
    for (const { event, client_id } of all.server) {
      if (event === 'server_started') connections = 0;
      if (event === 'connection_opened') counted.set(client_id, `n${++connections}`);
    }
    const renamed = (line: Line) =>
      counted.has(line.client_id) ? { ...line, client_id: counted.get(line.client_id) } : line;
    expect(new Set(counted.values()).size).toBeLessThan(counted.size);
    innocent(
      change(
        change(all, 'server', (of) => of.map(renamed)),
        'client',
        (of) => of.map(renamed),
      ),
    );
  });

  it('finds one number with two client ids, or two documents', () => {
    expect(about(patched(dropped, 'server', first, { client_id: 'x' }))).toEqual([
      { about: 'client_id', client: 'c3', server: 'x' },
    ]);
    const opened = { event: 'connection_opened', connection_sequence: 1 };
    expect(about(patched(dropped, 'server', opened, { document_id: 'x' }))).toEqual([
      { about: 'document_id', client: 'd2', server: 'x' },
    ]);
  });

  it('holds closes against closes, where both logs have no more', () => {
    const lines = (more: object = {}) => {
      const close = (n: number, code = 1001) =>
        s(n, { client_id: `c${n}`, close_code: code, duration_seconds: 1 });
      const server = [close(1), close(2), close(3)];
      const client = [close(1), { ...close(2), ...more }, close(3)];
      const closes = (of: object[]) =>
        log(...of.map((fields): [string, object] => ['connection_closed', fields]));
      return { server: closes(server), client: closes(client) };
    };
    expect(judge(lines()).findings).toEqual([]);
    const disagreement = (more: object) =>
      judge(lines(more)).findings.map(({ code, details }) => ({ code, ...details }));
    const code = 'logs-disagree';
    expect(disagreement({ client_id: 'x' })).toMatchObject([
      { code, about: 'client_id', client: 'x', server: 'c2' },
    ]);
    expect(disagreement({ close_code: 4000 })).toMatchObject([
      { code, about: 'close_code', client: '4000', server: '1001 by unknown' },
    ]);
    // Who ended it isn't told, so either may have heard no answer.
    expect(disagreement({ close_code: 1006 })).toEqual([]);
  });

  it('finds a connection that no client attempted', () => {
    const lines = without(dropped, 'client', first);
    expect(about(lines)).toEqual([{ about: 'connection_sequence', client: 'none', server: '1' }]);
  });

  it('finds a welcome to a handshake that the server rejected', () => {
    const lines = change(dropped, 'server', (all) =>
      all
        .filter(({ event, ...line }) => line.connection_sequence !== 1 || event.endsWith('opened'))
        .map((line) =>
          'client_id' in line && line.connection_sequence === 1
            ? { ...line, event: 'handshake_rejected' }
            : line,
        ),
    );
    expect(about(lines)).toEqual([{ about: 'outcome', client: 'opened', server: 'rejected' }]);
  });

  it('finds close codes that do not fit, and the fault they do not fit', () => {
    const closed = { event: 'connection_closed', connection_sequence: 1 };
    const other = patched(dropped, 'client', closed, { close_code: 1000 });
    expect(about(other)).toEqual([
      {
        about: 'fault',
        client: '1000',
        server: '1006 by network',
        expected: 'client 1006, server 1006',
      },
    ]);
    expect(about({ ...other, faults: [] })).toEqual([
      { about: 'close_code', client: '1000', server: '1006 by network' },
    ]);
  });

  it('lets a welcome be lost on the way', () => {
    innocent(play([[0, 'lose-welcome']]));
  });
});

describe('session-forked', () => {
  const load = (document_id: string, session_id = 's'): [string, object] => [
    'document_loaded',
    { session_id, document_id },
  ];

  it('finds two live documents in one session', () => {
    const client = log(['client_started', {}], load('a'), load('b'));
    expect(bites({ client }, 'session-forked')).toMatchObject([
      { session_id: 's', details: { documents: ['a', 'b'] }, evidence: [{ line: 2 }, { line: 3 }] },
    ]);
  });

  it('lets clients be that never log that a page goes', () => {
    const { findings, coverage } = judge({ client: log(load('a'), load('b')) });
    expect(findings).toEqual([]);
    expect(coverage).toContainEqual({
      code: 'session-forked',
      ran: false,
      lacking: 'no-unloads',
    });
  });

  it('lets a refresh replace the document', () => {
    innocent(
      play([
        [0, 'refresh'],
        [0, 'refresh'],
      ]),
    );
  });

  it('lets a duplicated tab have a session of its own', () => {
    innocent(
      play([
        [0, 'duplicate'],
        [0, 'drop'],
        [1, 'drop'],
      ]),
    );
  });

  it('lets a document load after the other has moved to another session', () => {
    const moved: [string, object] = ['session_started', { session_id: 't', document_id: 'a' }];
    expect(bites({ client: log(load('a'), moved, load('b')) }, 'session-forked')).toEqual([]);
    expect(bites({ client: log(load('a'), load('b', 't'), moved) }, 'session-forked')).toEqual([]);
  });

  it('finds documents that take turns at the server, once a session', () => {
    const opened = ['a', 'b', 'a', 'b'].map((document_id, index): [string, object] => [
      'connection_opened',
      s(index + 1, { document_id }),
    ]);
    expect(bites({ server: log(...opened) }, 'session-forked')).toMatchObject([
      { connection_sequence: 3, details: { documents: ['a', 'b'] } },
    ]);
  });
});

describe('session-lost', () => {
  it('finds a tab that the run left unconnected', () => {
    const lines = patched(
      dropped,
      'client',
      { event: 'document_unloaded' },
      {
        connection_sequence: null,
        client_id: null,
      },
    );
    expect(bites(lines, 'session-lost')).toMatchObject([{ connection_sequence: null }]);
    expect(judge(lines).metrics.unrecovered_sessions).toBe(1);
  });

  it('says why its last attempt failed, if none was welcomed since', () => {
    const failed = (connection_sequence: number): Lines =>
      change(dropped, 'client', (lines) =>
        lines.map((line) => {
          if (line.event === 'document_unloaded') {
            return { ...line, connection_sequence: null, client_id: null };
          }
          const isIt =
            line.event === 'connection_opened' && line.connection_sequence === connection_sequence;
          return isIt ? { ...line, event: 'connection_failed', error: 'no luck' } : line;
        }),
      );
    const details = (lines: Lines) => only(judge(lines), 'session-lost').map((one) => one.details);
    expect(details(failed(2))).toEqual([{ failure: 'no luck' }]);
    expect(details(failed(1))).toEqual([{}]);
  });

  it('finds nobody who gave up', () => {
    const last = { event: 'connection_closed', connection_sequence: 2 };
    const lines = patched(dropped, 'server', last, { close_code: 4401, closed_by: 'server' });
    const closed = { ...last, close_code: 4401, was_clean: true, duration_seconds: 0 };
    const nothing = { connection_sequence: null, client_id: null };
    const client = lines.client.flatMap((line) =>
      line.event === 'document_unloaded'
        ? [
            { ...line, ...closed },
            { ...line, ...nothing, reason: 'gave-up' },
          ]
        : [line],
    );
    innocent({ ...lines, client });
  });

  it('finds one that was still dialling', () => {
    const lines = patched(dropped, 'client', { event: 'document_unloaded' }, { client_id: null });
    expect(bites(lines, 'session-lost')).toMatchObject([{ connection_sequence: 2 }]);
  });

  it.each([
    { closed_by: 'heartbeat', close_code: 1006 },
    { closed_by: 'network', close_code: 1006 },
  ])('finds a connection that the server had lost ($closed_by)', (fields) => {
    const last = { event: 'connection_closed', connection_sequence: 2 };
    const lines = patched(dropped, 'server', last, fields);
    expect(bites(lines, 'session-lost')).toHaveLength(1);
  });

  it('finds a half-open connection, unless the server heard the page go', () => {
    const fault = (connection_sequence: number): Lines => ({
      ...dropped,
      faults: [
        ...dropped.faults.slice(0, -1),
        ...log(['fault_injected', s(connection_sequence, { session_id: 's1', half_open: true })]),
        ...dropped.faults.slice(-1),
      ],
    });
    innocent(fault(2));
    const last = { event: 'connection_closed', connection_sequence: 2 };
    const unheard = patched(fault(2), 'server', last, { close_code: 1006, closed_by: 'server' });
    expect(bites(unheard, 'session-lost')).toHaveLength(1);
  });

  it('finds a connection that a kill had ended without a word to the client', () => {
    const lines = change(dropped, 'server', (all) =>
      all.map((line) =>
        line.event === 'connection_closed' && line.connection_sequence === 2
          ? { ...(all[0] as Line), time: line.time }
          : line,
      ),
    );
    expect(bites(lines, 'session-lost')).toMatchObject([{ connection_sequence: 2 }]);
  });

  it('lets the user close a tab that is not connected', () => {
    innocent(
      play([
        [0, 'drop'],
        [0, 'close-tab'],
      ]),
    );
  });
});

describe('threshold-crossed', () => {
  const bound = { metric: 'losses', comparison: '<', value: 1, text: '< 1' } as const;
  const expecting = (bounds: object) =>
    judge(dropped, { bounds: [{ ...bound, ...bounds }], findings: [], observations: [] });

  it('finds a metric that is out of bounds', () => {
    expect(expecting({})).toMatchObject({
      verdict: 'fail',
      findings: [
        {
          code: 'threshold-crossed',
          session_id: null,
          details: { metric: 'losses', bound: '< 1', value: '1' },
        },
      ],
    });
  });

  it.each([
    ['<', 2, true],
    ['<=', 1, true],
    ['<=', 0, false],
    ['>', 0, true],
    ['>', 1, false],
    ['>=', 1, true],
    ['==', 1, true],
    ['==', 2, false],
  ])('holds one loss against %s %d', (comparison, value, kept) => {
    expect(expecting({ comparison, value }).verdict).toBe(kept ? 'pass' : 'fail');
  });

  it('is unknown where the server was late to be back, and no matter where it is kept', () => {
    const { server, ...others } = play(['restart']);
    const late = { start_ms: 2300 };
    const lines = {
      ...others,
      server: server.map((line) => ({ ...line, ...(line.event === 'server_started' && late) })),
    };
    const within = (value: number) =>
      judge(lines, { bounds: [{ ...bound, value }], findings: [], observations: [] });
    expect(within(1)).toMatchObject({ verdict: 'unknown', doubts: [{ code: 'server-late' }] });
    expect(within(1000)).toMatchObject({ verdict: 'pass', doubts: [] });
  });

  it('takes a bound on what was not measured for one that was not kept', () => {
    const bounds = [{ ...bound, metric: 'recovery_p95', value: 5, text: '< 5s' } as const];
    expect(judge(play([]), { bounds, findings: [], observations: [] })).toMatchObject({
      verdict: 'fail',
      findings: [{ details: { value: 'none' } }],
    });
  });
});
