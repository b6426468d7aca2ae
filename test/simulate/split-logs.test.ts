import { describe, expect, it } from 'vitest';
import { findSources } from '../../src/logs/index.ts';
import type { Coverage } from '../../src/model/result.ts';
import { judgeLogs } from '../../src/simulate/judge.ts';
import { logFiles as files, judgeFiles } from '../support/judge-file.ts';

const line = (event: string, number: number, second: number) => ({
  time: new Date(Date.UTC(2026, 2, 1, 0, 0, second)).toISOString(),
  event,
  session_id: 's1',
  connection_sequence: number,
  client_id: `c${number}`,
  ...(event === 'connection_closed' && { close_code: 1006, duration_seconds: 5 }),
});

const OPENS = [1, 2, 3].map((number) => line('connection_opened', number, 10 * number));
const CLOSES = [1, 2, 3].map((number) => line('connection_closed', number, 10 * number + 5));

const ORDER = 'sequence-not-increasing';
const ofOrder = (coverage: Coverage[]) => coverage.find(({ code }) => code === ORDER);

describe('a server whose opens and closes are in two logs', () => {
  it.each([
    ['opens', OPENS, CLOSES],
    ['closes', CLOSES, OPENS],
  ])('is sound whichever comes first: %s', async (_, first, second) => {
    const result = await judgeFiles(files(first, second), 'server');
    expect(result).toMatchObject({ verdict: 'pass', findings: [] });
  });

  it('is one server, whose opens have an order', async () => {
    const { coverage } = await judgeFiles(files(OPENS, CLOSES), 'server');
    expect(ofOrder(coverage)).toEqual({ code: ORDER, ran: true, lacking: null });
  });

  it('is found to lack an open', async () => {
    const [first, , third] = OPENS as [object, object, object];
    const { findings } = await judgeFiles(files([first, third], CLOSES), 'server');
    expect(findings).toMatchObject([{ code: 'close-orphaned', connection_sequence: 2 }]);
  });
});

describe('a server that logs closes only, beside one that logs opens too', () => {
  const whole = [OPENS[0], CLOSES[0], OPENS[1], CLOSES[1]] as object[];

  it('is sound, though its closes have no opens', async () => {
    const { verdict, findings, coverage } = await judgeFiles(
      files(whole, CLOSES.slice(2)),
      'server',
    );
    expect({ verdict, findings }).toEqual({ verdict: 'pass', findings: [] });
    expect(coverage).toContainEqual({ code: 'close-orphaned', ran: false, lacking: 'no-opens' });
  });
});

describe('two servers, whose clocks are not compared', () => {
  const first = [OPENS[0], CLOSES[0], OPENS[1], CLOSES[1]] as object[];
  const second = [OPENS[2], CLOSES[2]] as object[];

  it('are checked for order each, and not across', async () => {
    const { verdict, coverage } = await judgeFiles(files(first, second), 'server');
    expect(verdict).toBe('pass');
    expect(ofOrder(coverage)).toEqual({ code: ORDER, ran: true, lacking: 'no-common-clock' });
  });

  it('are said to be so beside what was found in one of them', async () => {
    const { findings, coverage } = await judgeFiles(files(first.toReversed(), second), 'server');
    expect(findings).toContainEqual(expect.objectContaining({ code: ORDER }));
    expect(ofOrder(coverage)).toEqual({ code: ORDER, ran: true, lacking: 'no-common-clock' });
  });
});

describe('opens and closes of one server in two logs', () => {
  it('may begin at different times', async () => {
    const late = OPENS.slice(1);
    const early = [line('connection_closed', 9, 1), ...CLOSES].map((one) => ({
      ...one,
      session_id: one.connection_sequence === 9 ? 's0' : 's1',
    }));
    expect(await judgeFiles(files(late, early), 'server')).toMatchObject({ findings: [] });
  });

  it('are not those of a server that logs closes only, and has sessions of its own', async () => {
    const closes = CLOSES.map((one) => ({ ...one, session_id: 's2' }));
    const { findings, metrics } = await judgeFiles(files(OPENS.slice(0, 1), closes), 'server');
    expect(findings).toEqual([]);
    expect(metrics.sessions).toBe(2);
  });
});

describe('a log of closes alone, beside one of opens alone', () => {
  const fall = [line('connection_closed', 2, 60), line('connection_closed', 1, 90)];
  const twice = [1, 2].map((n) => ({
    ...line('connection_closed', 1, 30 * n),
    client_id: `x${n}`,
  }));

  it.each([
    ['sequence-not-increasing', fall],
    ['sequence-duplicated', twice],
  ])(
    'is checked by itself for %s where the other has nothing of a session',
    async (code, lines) => {
      const closes = lines.map((one) => ({ ...one, session_id: 's2' }));
      const { findings, coverage } = await judgeFiles(files(OPENS.slice(0, 1), closes), 'server');
      expect(findings).toMatchObject([{ code, session_id: 's2' }]);
      expect(coverage).toContainEqual({ code: 'close-orphaned', ran: true, lacking: 'no-opens' });
    },
  );

  it('is excused by the beginning of its own other half only', async () => {
    const opens = [OPENS[0], OPENS[2]] as object[];
    const later = [line('connection_opened', 8, 7200), line('connection_closed', 8, 7210)];
    const whole = later.map((one) => ({ ...one, session_id: 'z' }));
    const { findings } = await judgeFiles(files(opens, CLOSES, whole), 'server');
    expect(findings).toMatchObject([{ code: 'close-orphaned', connection_sequence: 2 }]);
  });

  it('lets nothing go by what is not known yet', async () => {
    const old = { ...line('connection_closed', 5, 1800), session_id: 'x' };
    const opens = [line('connection_opened', 1, 3600), line('connection_opened', 2, 3700)];
    const whole = [
      { ...OPENS[0], event: 'handshake_rejected', time: '2026-03-01T00:00:00.000Z' },
      old,
      line('connection_opened', 7, 1900),
      line('connection_closed', 7, 1950),
    ].map((one, index) => (index === 1 ? one : { ...one, session_id: 'y' }));
    const { findings } = await judgeFiles(files(opens, whole), 'server');
    expect(findings).toMatchObject([{ code: 'close-orphaned', session_id: 'x' }]);
  });
});

describe('a log of opens alone, of what is still open', () => {
  const half = line('connection_opened', 1, 1);

  it('is not the other half of a server that logs closes only', async () => {
    const { findings } = await judgeFiles(files([half], CLOSES.slice(1)), 'server');
    expect(findings).toEqual([]);
  });

  it('has its numbers held against those closes, in either order of files', async () => {
    const other = { ...line('connection_closed', 1, 90), client_id: 'other' };
    for (const logs of [[half], [other]].flatMap((log, at, all) => [[log, all.at(at - 1)]])) {
      const { findings } = await judgeFiles(files(...(logs as object[][])), 'server');
      expect(findings).toMatchObject([{ code: 'sequence-duplicated' }]);
    }
  });
});

describe('a server in two logs, and one that logs closes only, of the same session', () => {
  it('are sound together', async () => {
    const opens = OPENS.slice(0, 2);
    const { findings } = await judgeFiles(
      files(opens, CLOSES.slice(0, 2), CLOSES.slice(2)),
      'server',
    );
    expect(findings).toEqual([]);
  });
});

describe('a server that logs closes only, beside a whole one', () => {
  it('has its connections counted with the other’s', async () => {
    const whole = [OPENS[0], CLOSES[0]] as object[];
    const { metrics } = await judgeFiles(files(whole, CLOSES.slice(1)), 'server');
    expect(metrics.welcomed).toBe(3);
  });

  it('is told of where its order can’t be checked', async () => {
    const untimed = CLOSES.slice(1).map((one) => ({ ...one, duration_seconds: undefined }));
    const { coverage, verdict, doubts } = await judgeFiles(
      files([OPENS[0], CLOSES[0]] as object[], untimed),
      'server',
    );
    expect(ofOrder(coverage)).toEqual({ code: ORDER, ran: true, lacking: 'no-durations' });
    expect(verdict).toBe('unknown');
    expect(doubts).toMatchObject([{ code: 'order-unknown', value: '1' }]);
  });
});

describe('a log that is a part of one server’s, beside a whole one of another', () => {
  it('denies nothing that came before it', async () => {
    const started = { time: OPENS[0]?.time, event: 'server_started' };
    const stopped = { time: CLOSES[2]?.time, event: 'server_stopped' };
    const [whole, part, client] = files(
      [started, stopped],
      [OPENS[1], CLOSES[1]] as object[],
      [1, 2].flatMap((n) => [
        line('connection_attempt', n, 10 * n),
        OPENS[n - 1],
        CLOSES[n - 1],
      ]) as object[],
    ) as [string, string, string];
    const { findings } = await judgeLogs(findSources([whole, part], { client: [client] }));
    expect(findings).toEqual([]);
  });
});
