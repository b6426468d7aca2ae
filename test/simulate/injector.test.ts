import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LogEvents, WriteLog } from '../../src/core/records.ts';
import type { ServerControl, ServerNode, Tab } from '../../src/core/world.ts';
import { realClock } from '../../src/real/clock.ts';
import { type Injection, Injector } from '../../src/simulate/injector.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Writes down what is asked of it. */
function recorder(nodes: 1 | 2 = 1, worker: number | null = null) {
  const told: string[] = [];
  /** Until then, a server that was started is not up. */
  let boot = () => {};
  const booted = new Promise<void>((resolve) => {
    boot = resolve;
  });
  const tell =
    (what: string) =>
    (...args: unknown[]) => {
      told.push([what, ...args.map((arg) => JSON.stringify(arg))].join(' '));
    };
  const nodeCalled = (name: string) => {
    const node = {
      down: false as boolean,
      stop(how: string) {
        tell(`${name}stop`)(how);
        node.down = true;
      },
      start(isDone: () => void) {
        tell(`${name}start`)();
        node.down = false;
        void booted.then(isDone);
      },
      freeze: tell(`${name}freeze`),
    } satisfies ServerNode;
    return node;
  };
  const server = {
    goodbyeCode: 1012,
    nodes: nodes === 1 ? [nodeCalled('')] : ['one ', 'two '].map(nodeCalled),
    rejectHandshakes: tell('reject'),
    stallHandshakes: tell('stall'),
    closeOnOpen: tell('close-on-open'),
    closeSessions: tell('close'),
  } satisfies ServerControl;
  const lines: LogEvents['faults']['fault_injected'][] = [];
  const ended: LogEvents['faults']['fault_ended'][] = [];
  const log: WriteLog<'faults'> = (event, fields) => {
    if (event === 'fault_injected') lines.push(fields as (typeof lines)[number]);
    else ended.push(fields as (typeof ended)[number]);
  };
  const tab = (name: string) =>
    ({
      open: true,
      connected: true,
      sessions: [{ sessionId: name, connectionSequence: 1 }],
      cut: tell(`${name} cut`),
      setOnline: tell(`${name} online`),
      setLatency: tell(`${name} latency`),
    }) as unknown as Tab;
  const injected = new Injector({ clock: realClock, server }, log, worker);
  let occurrence = 0;
  const injector = {
    healAll: () => injected.healAll(),
    inject: (injection: Omit<Injection, 'occurrence'>) => {
      occurrence += 1;
      injected.inject({ ...injection, occurrence });
    },
  };
  const since = () => told.splice(0);
  return { tab, injector, since, lines, ended, boot };
}

describe('a computer that sleeps', () => {
  it('is used by nobody, but its server goes on', () => {
    const { tab, injector, since, lines } = recorder();
    const asleep = { ...tab('a'), asleep: true } as Tab;
    injector.inject({ fault: 'offline', params: { for: 100 }, tabs: [asleep] });
    expect([since(), lines]).toEqual([[], []]);
    injector.inject({ fault: 'restart_server', params: { down_for: 100 }, tabs: [asleep] });
    expect(lines).toMatchObject([{ fault: 'restart_server', session_id: 'a' }]);
  });
});

describe('a worker', () => {
  it('marks the lines of its sessions, and leaves what is the server’s alone to the coordinator', async () => {
    const { tab, injector, lines, ended, boot } = recorder(1, 2);
    injector.inject({ fault: 'drop', params: { how: 'rst' }, tabs: [] });
    injector.inject({ fault: 'restart_server', params: { down_for: 100 }, tabs: [] });
    injector.inject({ fault: 'restart_server', params: { down_for: 100 }, tabs: [tab('a')] });
    injector.inject({ fault: 'offline', params: { for: 100 }, tabs: [tab('a')] });
    boot();
    await vi.advanceTimersByTimeAsync(200);
    expect(lines).toMatchObject([{ occurrence: 4, session_id: 'a', worker: 2 }]);
    expect(ended).toEqual([{ fault: 'offline', occurrence: 4 }]);
  });
});

describe('faults that last', () => {
  it('end after their time', () => {
    const { tab, injector, since } = recorder();
    injector.inject({ fault: 'offline', params: { for: 100 }, tabs: [tab('a'), tab('b')] });
    expect(since()).toEqual(['a online false', 'b online false']);
    vi.advanceTimersByTime(100);
    expect(since()).toEqual(['a online true', 'b online true']);
  });

  it('are told of when they end; a restart, once the server is up', async () => {
    const { tab, injector, ended, boot } = recorder();
    injector.inject({ fault: 'drop', params: { how: 'rst' }, tabs: [tab('a')] });
    injector.inject({ fault: 'restart_server', params: { how: 'crash', down_for: 100 }, tabs: [] });
    injector.inject({ fault: 'offline', params: { for: 200 }, tabs: [tab('a')] });
    await vi.advanceTimersByTimeAsync(200);
    expect(ended).toEqual([{ fault: 'offline', occurrence: 3 }]);
    boot();
    await vi.advanceTimersByTimeAsync(0);
    expect(ended[1]).toEqual({ fault: 'restart_server', occurrence: 2 });
    expect(ended).toHaveLength(2);
  });

  it('are over with the last of those that overlap', () => {
    const { tab, injector, since } = recorder();
    const [a, b] = [tab('a'), tab('b')];
    injector.inject({ fault: 'offline', params: { for: 300 }, tabs: [a] });
    injector.inject({ fault: 'offline', params: { for: 100 }, tabs: [a, b] });
    vi.advanceTimersByTime(100);
    expect(since().filter((line) => line.endsWith('true'))).toEqual(['b online true']);
    vi.advanceTimersByTime(200);
    expect(since()).toEqual(['a online true']);
  });

  it('give way to the latest, and come back where that ends first', () => {
    const { tab, injector, since } = recorder();
    const tabs = [tab('a')];
    injector.inject({ fault: 'latency', params: { for: 300, delay: 50, jitter: 0 }, tabs });
    injector.inject({ fault: 'latency', params: { for: 100, delay: 1, jitter: 0 }, tabs });
    const latencies = () => since().map((line) => /:(\d+)/.exec(line)?.[1] ?? 'none');
    expect(latencies()).toEqual(['50', '1']);
    vi.advanceTimersByTime(100);
    expect(latencies()).toEqual(['50']);
    vi.advanceTimersByTime(200);
    expect(latencies()).toEqual(['none']);
  });

  it('are each node’s own', () => {
    const { injector, since, lines } = recorder(2);
    const restart = (node: number, down_for: number) =>
      injector.inject({
        fault: 'restart_server',
        params: { how: 'crash', down_for, node },
        tabs: [],
      });
    restart(1, 300);
    restart(2, 100);
    expect(since()).toEqual(['one stop "crash"', 'two stop "crash"']);
    vi.advanceTimersByTime(100);
    expect(since()).toEqual(['two start']);
    vi.advanceTimersByTime(200);
    expect(since()).toEqual(['one start']);
    expect(lines.map(({ node }) => node)).toEqual([1, 2]);
  });

  it('keep the server down until the last of its restarts', () => {
    const { injector, since } = recorder();
    const restart = (down_for: number) =>
      injector.inject({ fault: 'restart_server', params: { how: 'crash', down_for }, tabs: [] });
    restart(300);
    restart(100);
    vi.advanceTimersByTime(299);
    expect(since()).not.toContain('start');
    vi.advanceTimersByTime(1);
    expect(since()).toEqual(['start']);
  });

  it('claim one kill, and nobody hit, for crashes that find the server down', () => {
    const { tab, injector, lines } = recorder();
    const restart = (how: string, down_for = 100) =>
      injector.inject({ fault: 'restart_server', params: { how, down_for }, tabs: [tab('a')] });
    restart('crash');
    restart('crash');
    restart('graceful');
    vi.advanceTimersByTime(100);
    restart('graceful');
    restart('crash');
    const claims = lines.map(({ occurrence, session_id, kills_server, ...codes }) => [
      occurrence,
      session_id,
      kills_server,
      codes.client_close_code,
      codes.server_close_code,
    ]);
    expect(claims).toEqual([
      [1, 'a', true, 1006, null],
      [2, null, false, null, null],
      [3, null, false, null, null],
      [4, 'a', false, 1012, 1012],
      [5, null, false, null, null],
    ]);
  });

  it('are all taken back at once at the end', () => {
    const { tab, injector, since } = recorder();
    const tabs = [tab('a')];
    injector.inject({ fault: 'offline', params: { for: 300 }, tabs });
    injector.inject({ fault: 'offline', params: { for: 100 }, tabs });
    injector.inject({
      fault: 'reject_handshakes',
      params: { for: 900, status: 503, share: 1 },
      tabs,
    });
    since();
    injector.healAll();
    expect(since().filter((line) => !line.endsWith('false'))).toEqual([
      'a online true',
      'reject null',
    ]);
    vi.advanceTimersByTime(1000);
    expect(since()).toEqual([]);
  });
});
