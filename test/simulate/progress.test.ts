import { describe, expect, it } from 'vitest';
import { Counters } from '../../src/simulate/progress.ts';

/** Counters by a clock of their own, and an attempt at each of those milliseconds. */
function count(times: number[]): { counters: Counters; at: (ms: number) => void } {
  let now = 0;
  const counters = new Counters(() => now);
  const write = counters.counting(() => {});
  for (const time of times) {
    now = time;
    write('connection_attempt', {} as never);
  }
  return {
    counters,
    at: (ms) => {
      now = ms;
    },
  };
}

const every = (ms: number, until: number) =>
  Array.from({ length: until / ms }, (_, index) => index * ms);

describe('pages', () => {
  const counters = new Counters(() => 0);
  const write = counters.counting(() => {});
  const page = (document_id: string, session_id = document_id) => ({
    load: () => write('document_loaded', { document_id, session_id } as never),
    open: () => write('connection_opened', { document_id } as never),
    close: (close_code: number) => write('connection_closed', { document_id, close_code } as never),
    go: (reason: string) => write('document_unloaded', { document_id, reason } as never),
  });
  const seen = () => [counters.tabs, counters.connected, counters.losses];

  it('count while they are there, however they go', () => {
    const [one, other] = [page('a'), page('b')];
    one.load();
    one.open();
    other.load();
    expect(seen()).toEqual([2, 1, 0]);
    other.open();
    other.close(1006);
    expect(seen()).toEqual([2, 1, 1]);
    one.go('vanished');
    expect(seen()).toEqual([1, 0, 1]);
    other.go('bfcache');
    expect(seen()).toEqual([0, 0, 1]);
  });

  it('count once, though one vanished that had said that it went', () => {
    const [one, other] = [page('c'), page('d')];
    one.load();
    one.open();
    one.go('reload');
    one.go('vanished');
    other.load();
    other.open();
    expect(seen()).toEqual([1, 1, 2]);
  });

  it('count once a session, though no line tells that the one before was killed', () => {
    const [one, other] = [page('x', 's'), page('y', 's')];
    one.load();
    one.open();
    const before = seen();
    other.load();
    other.open();
    expect(seen()).toEqual(before);
    other.go('end');
  });

  it('count that had their connection from a session before', () => {
    const one = page('e');
    one.open();
    expect(seen()).toEqual([2, 2, 2]);
  });

  it('lose their connection by any close, and by a reload or a navigation, but not as they end', () => {
    const before = counters.losses;
    const went = ['reload', 'navigate', 'close', 'end'].map((reason) => {
      const one = page(`by ${reason}`);
      one.load();
      one.open();
      one.go(reason);
      return counters.losses - before;
    });
    expect(went).toEqual([1, 2, 2, 2]);
    const restarted = page('restarted');
    restarted.open();
    restarted.close(1012);
    restarted.go('reload');
    expect(counters.losses - before).toBe(3);
  });
});

describe('attempts per second', () => {
  it('are those of one second, though nobody looked for longer', () => {
    const { counters } = count(every(10, 3000));
    expect(counters.attemptsPerSecond).toBe(100);
    expect(counters.peakAttemptsPerSecond).toBe(100);
  });

  it('fall to none, and leave the peak', () => {
    const { counters, at } = count([...every(100, 1000), 1950, 1951]);
    expect(counters.attemptsPerSecond).toBe(2);
    at(5000);
    expect(counters.attemptsPerSecond).toBe(0);
    expect(counters.peakAttemptsPerSecond).toBe(10);
  });
});
