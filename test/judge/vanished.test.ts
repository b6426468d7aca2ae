/** Pages that go without a word, browsers that bring back older storage, and sessions that fork again and again. */
import { describe, expect, it } from 'vitest';
import type { FindingCode } from '../../src/model/findings.ts';
import { codesOf, judge, only, patched, without } from './judging.ts';
import { type Line, type Lines, play } from './world.ts';

const T0 = Date.UTC(2026, 0, 1);
/** Lines of a log, a second apart. */
const log = (...lines: [event: string, fields?: object][]): Line[] =>
  lines.map(([event, fields], index) => ({
    time: new Date(T0 + index * 1000).toISOString(),
    event,
    ...fields,
  }));

const s = (connection_sequence: number | null, document_id: string, more: object = {}) => ({
  session_id: 's',
  connection_sequence,
  document_id,
  ...more,
});

const excused = (lines: Partial<Lines>) =>
  Object.fromEntries(judge(lines).excused.map(({ code, connections }) => [code, connections]));
const codes = (lines: Partial<Lines>): FindingCode[] => codesOf(judge(lines));
const begun = ['client_started', { log_schema: 1 }] as [string, object];
const stopped = ['client_stopped', { log_schema: 1 }] as [string, object];

describe('a page that vanished', () => {
  const crashed = play([
    [0, 'drop'],
    [0, 'crash'],
    [0, 'crash-in-mid-dial'],
  ]);
  const vanished = { event: 'document_unloaded', reason: 'vanished' };

  it('is excused where the next page says so, with what it had under way', () => {
    expect(judge(crashed)).toMatchObject({ verdict: 'pass', findings: [] });
    expect(excused(crashed)).toEqual({ 'page-vanished': 2 });
    const { client, server } = crashed;
    expect(codes({ client })).toEqual([]);
    expect(codes({ server })).toEqual([]);
  });

  it('is a fork, and has ends missing, where no page says so', () => {
    const untold = without(crashed, 'client', vanished);
    expect(codes(untold)).toEqual(expect.arrayContaining(['session-forked', 'close-missing']));
    expect(excused(untold)).toEqual({});
  });

  it.each(['connection_closed', 'connection_attempt', 'document_loaded', 'document_unloaded'])(
    'is a fork where it speaks again: %s',
    (event) => {
      const client = log(
        ['document_loaded', s(null, 'a')],
        ['connection_attempt', s(1, 'a')],
        ['connection_opened', s(1, 'a', { client_id: 'c1' })],
        ['document_unloaded', s(null, 'a', { reason: 'vanished' })],
        ['document_loaded', s(null, 'b')],
        [event, s(event === 'connection_attempt' ? 2 : 1, 'a', { client_id: 'c1' })],
        ['document_unloaded', s(null, 'b', { reason: 'close' })],
      );
      expect(only(judge({ client }), 'session-forked')).toMatchObject([
        { session_id: 's', details: { documents: ['a', 'b'] } },
        ...(event === 'document_loaded' ? [{ details: { documents: ['b', 'a'] } }] : []),
      ]);
    },
  );

  it('is excused for what it used last alone', () => {
    const closed = { event: 'connection_closed', connection_sequence: 1 };
    const endless = without(crashed, 'client', closed);
    expect(only(judge(endless), 'close-missing')).toMatchObject([
      { connection_sequence: 1, details: { side: 'client', event: 'connection_opened' } },
    ]);
  });

  it('is none where every page said that it went, so numbers used again are found', () => {
    // A full storage that kept the number, and the name of the page.
    const used = (document: string, id: string) => [
      ['connection_attempt', s(2, document)] as [string, object],
      ['connection_opened', s(2, document, { client_id: id })] as [string, object],
      ['connection_closed', s(2, document, { client_id: id, close_code: 1006 })] as [
        string,
        object,
      ],
    ];
    const client = log(
      ['document_loaded', s(null, 'a')],
      ...used('a', 'c1'),
      ['document_unloaded', s(null, 'a', { reason: 'pagehide' })],
      ['document_unloaded', s(null, 'a', { reason: 'vanished' })],
      ['document_loaded', s(null, 'b')],
      ...used('b', 'c2').slice(0, 2),
      ['sequence_advanced', s(2, 'b', { last_seen_sequence: 2 })],
      ...used('b', 'c2').slice(2),
      ['document_unloaded', s(null, 'b', { reason: 'pagehide' })],
    );
    expect(codes({ client })).toContain('sequence-duplicated');
    expect(excused({ client })).toEqual({});
  });

  it('may have made its session itself, under a page that was there', () => {
    const client = log(
      begun,
      ['session_started', s(null, 'a', { reason: 'storage-cleared', parent_session_id: 'p' })],
      ['connection_attempt', s(1, 'a')],
      ['connection_opened', s(1, 'a', { client_id: 'c1' })],
      ['document_unloaded', s(null, 'a', { reason: 'vanished' })],
      ['document_loaded', s(null, 'b', { navigation: 'reload' })],
      ['document_unloaded', s(null, 'b', { reason: 'close' })],
      stopped,
    );
    expect(only(judge({ client }), 'close-missing')).toEqual([]);
    expect(only(judge({ client }), 'session-forked')).toEqual([]);
  });

  it('needs no later page where a fault took it', () => {
    const lines = play(['open', [1, 'restore']]);
    const tab = lines.client.find(({ event }) => event === 'session_started')?.session_id;
    // The storage that came back is older than the session, so nobody goes on in it.
    const isEnd = ({ event, session_id }: Line) =>
      session_id === tab && event === 'document_unloaded';
    const ofNobody = { ...lines, client: lines.client.filter((line) => !isEnd(line)) };
    expect(codes(ofNobody)).toEqual(['close-missing']);
    const fault = lines.client.find(({ event }) => event === 'connection_opened') as Line;
    const taken: Line = {
      ...(lines.faults[0] as Line),
      time: fault.time,
      event: 'fault_injected',
      session_id: tab,
      connection_sequence: 1,
      takes_page: true,
    };
    const faults = lines.faults.toSpliced(-1, 0, taken);
    expect(codes({ ...ofNobody, faults })).toEqual([]);
    const before = { ...taken, time: lines.client[0]?.time as string };
    expect(codes({ ...ofNobody, faults: lines.faults.toSpliced(-1, 0, before) })).toEqual([
      'close-missing',
    ]);
  });
});

describe('a storage of some time ago', () => {
  const restored = play([
    [0, 'drop'],
    [0, 'drop'],
    [0, 'restore'],
    [0, 'drop'],
  ]);
  const withoutFaults = {
    ...restored,
    faults: restored.faults.filter(({ event }) => event !== 'fault_injected'),
  };
  const advanced = { event: 'sequence_advanced' };

  it('is excused in both logs where the client says that it went on from where the server was', () => {
    expect(judge(restored)).toMatchObject({ verdict: 'pass', findings: [] });
    expect(excused(restored)).toMatchObject({ 'storage-restored': 2, 'page-vanished': 1 });
    const { client, server } = restored;
    expect(judge({ client, server }).findings).toEqual([]);
    expect(excused({ client, server })).toMatchObject({ 'storage-restored': 2 });
    expect(excused({ client })).toMatchObject({ 'storage-restored': 1 });
  });

  it('is found where no client’s log tells of it', () => {
    expect(codes({ server: restored.server })).toEqual(
      expect.arrayContaining(['sequence-not-increasing', 'sequence-duplicated']),
    );
  });

  it('is found where the client does not say that it went on', () => {
    const { client, server } = without(restored, 'client', advanced);
    expect(codes({ client, server })).toEqual(
      expect.arrayContaining(['sequence-duplicated', 'session-forked', 'close-missing']),
    );
  });

  it('is found in a page behind one that said that it went: a counter that a refresh sets back', () => {
    const at = restored.client.findIndex(
      ({ event, navigation }) => event === 'document_loaded' && navigation === 'back_forward',
    );
    const opened = restored.client[at - 1] as Line;
    const went = { ...opened, event: 'document_unloaded', reason: 'reload' };
    const client = restored.client.toSpliced(at, 0, went);
    const lines = { server: restored.server, client };
    expect(codes(lines)).toEqual(
      expect.arrayContaining(['sequence-duplicated', 'sequence-not-increasing']),
    );
    expect(excused(lines)).toEqual({});
  });

  describe('in a client’s log', () => {
    const page = (document: string, ...attempts: [number, ...[string, object?][]][]) => [
      ['document_loaded', s(null, document, { navigation: 'reload' })] as [string, object],
      ...attempts.flatMap(([number, ...lines]): [string, object][] => [
        ['connection_attempt', s(number, document)],
        ...lines.map(([event, more]): [string, object] => [
          event,
          s(number, document, { client_id: `${document}${number}`, ...more }),
        ]),
      ]),
    ];
    const failed: [string] = ['connection_failed'];
    const opened: [string] = ['connection_opened'];
    const closed: [string, object] = ['connection_closed', { close_code: 1006 }];
    const went = (document: string) =>
      ['document_unloaded', s(null, document, { reason: 'reload' })] as [string, object];
    const advance = (document: string, number: number) =>
      ['sequence_advanced', s(number, document, { last_seen_sequence: number })] as [
        string,
        object,
      ];
    const first = page('a', [1, opened, closed], [2, opened, closed], [3, opened]);
    const last = [...page('z', [9, failed]), went('z')];
    const found = (...lines: [string, object?][]) =>
      judge({ client: log(begun, ...lines, stopped) }).findings.map(
        ({ code, connection_sequence: number }) => `${code} ${number}`,
      );

    it('is excused up to the line that tells of it', () => {
      const b = page('b', [1, failed], [2, opened]);
      expect(found(...first, ...b, advance('b', 3))).not.toContain('sequence-duplicated 1');
      const behind = page('b', [1, failed], [2, opened]).concat([
        advance('b', 3),
        ['connection_closed', s(2, 'b', { client_id: 'b2', close_code: 1006 })],
        ['connection_attempt', s(3, 'b')],
        ['connection_failed', s(3, 'b')],
      ]);
      expect(found(...first, ...behind, went('b'))).toEqual(['sequence-duplicated 3']);
    });

    it('is excused in pages that went before they were welcomed', () => {
      const chain = [
        ...page('b', [2, failed]),
        went('b'),
        ...page('c', [3, opened]),
        advance('c', 3),
        ['connection_closed', s(3, 'c', { client_id: 'c3', close_code: 1006 })] as [string, object],
        went('c'),
      ];
      expect(found(...first, ...chain)).toEqual([]);
    });

    it('is found behind a page that was welcomed, and told of nothing newer', () => {
      const welcomed = [...page('b', [4, opened, closed]), went('b')];
      const set = [...page('c', [2, opened]), advance('c', 4)];
      expect(found(...first, ...welcomed, ...set, went('c'))).toContain('sequence-duplicated 2');
    });

    it('is found where one page uses a number twice', () => {
      const b = [...page('b', [2, failed], [2, opened]), advance('b', 3)];
      expect(found(...first, ...b, ...last)).toContain('sequence-duplicated 2');
    });

    it('excuses no end that an earlier use lacks', () => {
      const unended = page('a', [1, opened, closed], [2, opened], [3, opened]);
      const b = [...page('b', [2, opened]), advance('b', 3)];
      expect(found(...unended, ...b, ...last)).toContain('close-missing 2');
    });

    it('is no number that the session skips', () => {
      const earlier = [
        ...page('a', [3, opened]),
        advance('a', 9),
        ...page('b', [2, opened]),
        advance('b', 9),
      ];
      expect(found(...earlier)).not.toContain('attempt-skipped 2');
    });
  });

  it('is found where a server accepts a connection of the restored page twice', () => {
    const { server } = restored;
    const at = server.findLastIndex(
      ({ event, connection_sequence: number }) => event === 'connection_opened' && number === 2,
    );
    const twice = { ...restored, server: server.toSpliced(at, 0, server[at] as Line) };
    expect(codes(twice)).toContain('sequence-duplicated');
  });

  describe('that a fault brought back', () => {
    const isFault = ({ fault }: Line) => fault === 'restore';

    it('needs no advance for a number that no server process saw twice', () => {
      // The first use was refused, so nothing was newer than what the page had.
      const lines = play([
        [0, 'drop'],
        [0, 'fail-dial'],
        [0, 'connect'],
        [0, 'restore'],
      ]);
      const opened = { event: 'connection_opened' };
      expect(lines.server.filter(({ event }) => event === opened.event)).toHaveLength(3);
      const number = lines.faults.find(isFault)?.connection_sequence;
      expect(number).toBe(3);
      const unadvanced = without(lines, 'client', advanced);
      expect(codes(unadvanced)).toEqual([]);
      expect(codes({ ...unadvanced, faults: [] })).toContain('sequence-duplicated');
    });

    it('is found where the page goes on to use numbers that the server had seen', () => {
      const at = restored.client.findIndex(({ event }) => event === 'sequence_advanced');
      const { session_id, document_id } = restored.client[at] as Line;
      const renumbered = (line: Line): Line =>
        line.session_id === session_id && Number(line.connection_sequence) > 3
          ? { ...line, connection_sequence: Number(line.connection_sequence) - 1 }
          : line;
      const lines = without(
        {
          server: restored.server.map(renumbered),
          client: restored.client.map(renumbered),
          faults: restored.faults.map(renumbered),
        },
        'client',
        advanced,
      );
      expect(lines.client.some((line) => line.document_id === document_id)).toBe(true);
      // The first one too: who heeds nothing shows no older storage.
      const numbers = only(judge(lines), 'sequence-duplicated').map(
        (finding) => finding.connection_sequence,
      );
      expect(numbers.toSorted()).toEqual([2, 2, 3, 3]);
    });

    it('is found in a page that was there before', () => {
      const end = restored.client.at(-1)?.time as string;
      const late = patched(restored, 'faults', { fault: 'restore' }, { time: end });
      expect(codes(without(late, 'client', advanced))).toContain('sequence-duplicated');
    });
  });

  it('is as good as none where nothing was brought back', () => {
    expect(codes(withoutFaults)).toEqual([]);
  });
});

describe('fork-repeated', () => {
  const copy = (session: string, parent: string): [string, object] => [
    'session_started',
    {
      session_id: session,
      reason: 'duplicate-tab',
      parent_session_id: parent,
      document_id: 'd',
    },
  ];
  const told = (session: string): [string, object] => [
    'connection_closed',
    {
      session_id: session,
      connection_sequence: 1,
      document_id: 'd',
      client_id: `c-${session}`,
      close_code: 4409,
    },
  ];
  const found = (...lines: [string, object?][]) =>
    only(judge({ client: log(...lines) }), 'fork-repeated');

  it('finds a page that is a copy again and again, once', () => {
    expect(found(copy('t', 's'), copy('u', 't'), copy('v', 'u'))).toMatchObject([
      {
        session_id: 'v',
        connection_sequence: null,
        details: { times: 3 },
        evidence: [{ line: 1 }, { line: 2 }, { line: 3 }],
      },
    ]);
  });

  it('lets a page be a copy once, and each page of a tab', () => {
    const other: [string, object] = [
      'session_started',
      { session_id: 'u', reason: 'duplicate-tab', parent_session_id: 't', document_id: 'e' },
    ];
    expect(found(copy('t', 's'), other)).toEqual([]);
  });

  it('lets a page leave a session as often as the server tells it to', () => {
    expect(found(copy('t', 's'), told('t'), copy('u', 't'))).toEqual([]);
    expect(found(copy('t', 's'), told('t'), copy('u', 't'), copy('v', 'u'))).toMatchObject([
      { details: { times: 2 } },
    ]);
  });

  it('lets a page begin sessions for other reasons', () => {
    const cleared: [string, object] = [
      'session_started',
      { session_id: 'u', reason: 'storage-cleared', parent_session_id: 't', document_id: 'd' },
    ];
    expect(found(copy('t', 's'), cleared)).toEqual([]);
  });

  it('says what it lacks to look', () => {
    const coverage = (lines: Partial<Lines>) =>
      judge(lines).coverage.find(({ code }) => code === 'fork-repeated');
    const opened: [string, object] = [
      'connection_opened',
      { session_id: 's', connection_sequence: 1 },
    ];
    expect(coverage({ server: log(opened) })).toMatchObject({ lacking: 'no-client-log' });
    expect(coverage({ client: log(opened) })).toMatchObject({ lacking: 'no-session-starts' });
  });
});

describe('a session of a frame', () => {
  const framed = play([
    [0, 'frame'],
    [1, 'drop'],
    [0, 'refresh'],
  ]);

  it('is one of its own', () => {
    expect(judge(framed)).toMatchObject({ verdict: 'pass', findings: [] });
  });

  it('says from which it comes', () => {
    const orphaned = patched(
      framed,
      'client',
      { event: 'session_started', reason: 'frame' },
      { parent_session_id: null },
    );
    expect(only(judge(orphaned), 'lines-disagree')).toMatchObject([
      { details: { about: 'reason', one: 'frame', other: 'no parent_session_id' } },
    ]);
  });
});

it('a page that goes hears of 1001, whatever the server says meanwhile', () => {
  const lines = play([[0, 'server-close']]);
  const closed = { event: 'connection_closed', connection_sequence: 1 };
  const heard = patched(lines, 'client', closed, { close_code: 1001, was_clean: true });
  expect(codes(heard)).toEqual(['logs-disagree']);
  const at = heard.client.findIndex(({ event }) => event === 'connection_closed');
  const last = heard.client[at] as Line;
  const went = { ...last, event: 'document_unloaded', reason: 'reload', connection_sequence: null };
  const loaded = { ...last, event: 'document_loaded', navigation: 'reload' };
  const { client_id: _, ...page } = { ...went, client_id: null };
  const client = heard.client.toSpliced(at + 1, 0, page as Line, loaded as Line);
  expect(only(judge({ ...heard, client }), 'logs-disagree')).toEqual([]);
});

describe('a page that begins sessions', () => {
  /** Each with a dial. */
  const starts = (...reasons: string[]) =>
    log(
      ...reasons.flatMap((reason, index): [string, object][] => {
        const names = { session_id: `s${index}`, document_id: 'a' };
        const dial = { ...names, connection_sequence: 1 };
        return [
          ['session_started', { ...names, reason }],
          ['connection_attempt', dial],
          ['connection_failed', dial],
        ];
      }),
    );

  it('is new once', () => {
    expect(codes({ client: starts('new') })).toEqual([]);
    expect(only(judge({ client: starts('new', 'new', 'new') }), 'fork-repeated')).toMatchObject(
      ['s0', 's1', 's2'].map((session_id) => ({ session_id, details: { times: 3 } })),
    );
  });
});

it('a page that says that it went in mid-dial is followed by no older storage: its number is used twice', () => {
  const started = ['session_started', s(null, 'a', { reason: 'new', parent_session_id: null })];
  const client = log(
    begun,
    started as [string, object],
    ['document_loaded', s(null, 'a', { navigation: 'navigate' })],
    ['connection_attempt', s(1, 'a')],
    ['document_unloaded', s(1, 'a', { reason: 'reload', client_id: null })],
    ['document_loaded', s(null, 'b', { navigation: 'reload' })],
    ['connection_attempt', s(1, 'b')],
    ['connection_opened', s(1, 'b', { client_id: 'c2' })],
    ['sequence_advanced', s(1, 'b', { last_seen_sequence: 1 })],
    ['document_unloaded', s(1, 'b', { reason: 'end', client_id: 'c2' })],
    stopped,
  );
  const ended = { close_code: 1001, closed_by: 'peer' };
  const server = log(
    ['server_started', { log_schema: 1 }],
    ['connection_opened', s(1, 'a', { client_id: 'c1', session_verified: true })],
    ['connection_closed', s(1, 'a', { client_id: 'c1', ...ended })],
    ['connection_opened', s(1, 'b', { client_id: 'c2', session_verified: true })],
    ['connection_closed', s(1, 'b', { client_id: 'c2', ...ended })],
    ['server_stopped', { log_schema: 1 }],
  );
  const judged = judge({ server, client });
  expect(judged.verdict).toBe('fail');
  expect(codesOf(judged)).toContain('sequence-duplicated');
  expect(judged.excused).toEqual([]);
});
