import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { proxied } from '../../src/cli/proxied-faults.ts';
import { PROXY_FAULTS } from '../../src/proxy/faults/index.ts';
import { loadScenario } from '../../src/scenario/index.ts';
import { connect } from '../proxy/support.ts';
import { readLines, runCli, shipped, startCli } from '../support/cli.ts';
import { startBrowser, startServer, temporaryDirectory } from '../support/world.ts';

function scenarioText(timeline: string[], duration = '800ms'): string {
  const entries = timeline.map((entry) => `  - { ${entry} }`).join('\n');
  return `name: net\nduration: ${duration}\nseed: 5\nclients: { count: 3 }\ntimeline:\n${entries}\n`;
}

const play = (upstream: string, ...args: string[]) => [
  ...['proxy', '--listen', '0', '--upstream', upstream, '--scenario', '-'],
  ...args,
];

describe('proxy --scenario', () => {
  it('plays the timeline from the first WebSocket on, heals, and passes on', async () => {
    const { url: upstream } = await startServer();
    const directory = temporaryDirectory();
    const [log, faults] = ['proxy.ndjson', 'faults.ndjson'].map((name) =>
      path.join(directory, name),
    ) as [string, string];
    const cli = startCli(play(upstream, '--log', log, '--faults-log', faults), {
      input: scenarioText([
        'at: 0s, fault: reject_handshakes, for: 100ms, status: 429',
        'every: 50ms, from: 100ms, until: 800ms, fault: drop, how: fin, count: 1',
        'at: 700ms, fault: latency, for: 1h, delay: 1h',
      ]),
    });
    const [, url = ''] = await cli.until(/wsdiag proxy on (ws:\/\/[\w.:]+), to/);
    await cli.until(/net: its 800ms begin with the first WebSocket; seed 5/);
    expect(cli.stderr).not.toContain('begins');
    const { browser, log: clientLog } = startBrowser(url, {
      handshake: 'query',
      backoff: { policy: 'fixed', baseMs: 10, maxMs: 10 },
    });
    browser.open('tab').load();
    await clientLog.next('connection_failed', { connection_sequence: 1 });
    await cli.until(/0\.800s {2}all is healed, and passes on/);
    // An hour's latency would be on it.
    await connect(url);
    cli.kill('SIGINT');
    const { code, stderr } = await cli.outcome;
    expect(code).toBe(0);
    expect(stderr).toMatch(/net: begins\n {4}0\.000s {2}reject_handshakes for=100ms status=429/);
    expect(stderr).toMatch(/ {4}0\.100s {2}drop how=fin: (?:0 connections|1 connection)\n/);
    expect(stderr.match(/ drop how=fin: /g)).toHaveLength(14);
    expect(readLines(log).find(({ event }) => event === 'handshake_rejected')).toMatchObject({
      connection_sequence: 1,
      http_status: 429,
      fault: 'reject_handshakes',
    });
    const injected = readLines(faults).map(({ fault }) => fault);
    expect(injected).toContain('latency');
    expect(injected.filter((fault) => fault === 'drop')).toHaveLength(14);
  });

  it('at a terminal tells connections and faults as a timeline does', async () => {
    const { url: upstream } = await startServer();
    const cli = startCli(play(upstream), {
      input: scenarioText(['every: 100ms, from: 100ms, until: 2s, fault: drop, how: rst'], '2s'),
      columns: 120,
      env: { NO_COLOR: '1' },
    });
    const [, url = ''] = await cli.until(/wsdiag proxy on (ws:\/\/[\w.:]+), to/);
    const { browser } = startBrowser(url);
    browser.open('tab').load();
    await cli.until(/ #1 {3}opened \(page 1\)\n/);
    await cli.until(/\d {17}drop how=rst: 1 connection\n/);
    await cli.until(/ #1 {3}fault: drop \(client sees 1006, server sees 1006\)\n/);
    await cli.until(/ #2 {3}opened \(page 1\)\n/);
    await cli.until(/\d {17}all is healed, and passes on\n/);
    cli.kill('SIGINT');
    const { stdout } = await cli.outcome;
    expect(stdout).not.toContain('"event"');
    expect(stdout).toMatch(/^1 session in .*: \d+ opened,.* \d+ closed/m);
    expect(stdout).toContain('no log was kept; with --log and --faults-log, wsdiag check judges');
  });

  it('takes another seed, and a signal before anybody comes', async () => {
    const log = path.join(temporaryDirectory(), 'proxy.ndjson');
    const cli = startCli(play('ws://127.0.0.1:1', '--seed', '7', '--log', log), {
      input: scenarioText(['at: 0s, fault: drop']),
    });
    await cli.until(/begin with the first WebSocket; seed 7/);
    cli.kill('SIGTERM');
    expect(await cli.outcome).toMatchObject({ code: 0 });
  });

  it('names every entry that a proxy can’t do, and exits 2 before it listens', async () => {
    const file = shipped('flaky.yaml');
    const log = path.join(temporaryDirectory(), 'proxy.ndjson');
    const { code, stderr } = await runCli([
      ...['proxy', '--upstream', 'ws://127.0.0.1:1', '--scenario', file, '--log', log],
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      `${file}: entry 2 of the timeline is refresh, which a proxy can't do: it happens in a page`,
    );
    expect(stderr).toContain(`${file}: entry 5 of the timeline is restart_server, which`);
    expect(stderr).not.toContain('wsdiag proxy on');
    expect(fs.existsSync(log)).toBe(false);
  });

  it.each([
    ['mistakes in it', 'name: net\n', /-:1:1: .*"duration"/],
    ['nothing in its timeline', scenarioText([]).replace('timeline:\n', ''), /nothing to play/],
  ])('exits 2 with %s', async (_, input, problem) => {
    const { code, stderr } = await runCli(play('ws://127.0.0.1:1'), { input });
    expect(code).toBe(2);
    expect(stderr).toMatch(problem);
  });
});

describe('a fault of a scenario', () => {
  it.each([
    ['fault: drop', 'drop', { how: 'rst' }],
    ['fault: drop, how: silent, share: 40%', 'drop', { how: 'silent', share: 0.4 }],
    ['fault: close, code: 4000, count: 2', 'close', { code: 4000, reason: '', count: 2 }],
    [
      'fault: latency, for: 0s, delay: 20ms, count: 1',
      'latency',
      { delayMs: 20, jitterMs: 0, forMs: 0, count: 1 },
    ],
    [
      'fault: reject_handshakes, for: 1s, retry_after: 1500ms, share: 50%',
      'refuse',
      { status: 503, share: 0.5, forMs: 1000, retryAfter: 2 },
    ],
    ['fault: stall_handshakes, for: 24h', 'stall', { forMs: 86_400_000 }],
    [
      'fault: close_on_open, for: 1s',
      'close',
      { code: 1013, share: 1, forMs: 1000, lasting: 'later' },
    ],
  ] as const)('{ %s } is the proxy’s %s', (text, fault, options) => {
    const played = playedFor(text);
    expect(played).toEqual({ fault, options });
    expect(PROXY_FAULTS[fault].params.safeParse(options).error).toBeUndefined();
  });

  it.each([
    ['fault: close, by: client', 'is done by a page: use `by: server`'],
    ['fault: offline, for: 1s', 'happens in a browser'],
    ['fault: freeze_server, for: 1s', 'happens to the server'],
  ])('{ %s } is nothing for a proxy', (text, why) => {
    expect(playedFor(text)).toBe(why);
  });

  function playedFor(text: string) {
    const result = loadScenario(scenarioText([`at: 0s, ${text}`]), 'net.yaml');
    if ('problems' in result) throw new Error(JSON.stringify(result.problems));
    return result.scenario.timeline.map(proxied)[0];
  }
});
