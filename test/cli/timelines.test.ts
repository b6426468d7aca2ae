/** Timelines in which faults meet each other, or the end of the run, on real sockets. */
import { expect, it } from 'vitest';
import { runCli, scenarioFile } from '../support/cli.ts';
import { isThorough, oneOfEach } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const CLIENTS = 'clients: { count: 2, backoff: { policy: fixed, base: 20ms, max: 20ms } }';

const TIMELINES: [string, string, string][] = [
  ['a close by the server as it ends', '{ at: 800ms, fault: close }', 'losses: 2'],
  ['a restart as it ends', '{ at: 800ms, fault: restart_server, down_for: 100ms }', 'losses: 2'],
  ['a kill as it ends', '{ at: 800ms, fault: restart_server, how: crash }', 'losses: 2'],
  ['a close by the page as it ends', '{ at: 800ms, fault: close, by: client }', 'losses: 2'],
  [
    'two restarts that overlap',
    '{ at: 500ms, fault: restart_server, how: crash, down_for: 900ms }, ' +
      '{ at: 600ms, fault: restart_server, how: crash, down_for: 50ms }',
    'recovery_max: "> 500ms"',
  ],
  [
    'a server that comes back, and still rejects',
    '{ at: 450ms, fault: reject_handshakes, for: 900ms }, ' +
      '{ at: 500ms, fault: restart_server, how: crash, down_for: 10ms }',
    'recovery_max: "> 500ms"',
  ],
  [
    'a tab that is duplicated when it has left its session',
    '{ at: 400ms, fault: close, code: 4409, count: 1 }, { at: 405ms, fault: duplicate_tab }',
    'unrecovered_sessions: 0',
  ],
  ['silence that only the server hears of', '{ at: 400ms, fault: drop, how: silent }', 'settle'],
];

/** One of each kind of end, and all among the long tests; restarts that overlap, others run as well. */
const TRIED = oneOfEach(TIMELINES, ([, , bound]) => bound).filter(
  ([, , bound]) => isThorough || !bound.startsWith('recovery'),
);

it.each(TRIED)('%s', async (_, timeline, bound) => {
  const expected =
    bound === 'settle'
      ? 'settle: 0s\nexpect: { findings: [session-lost], unrecovered_sessions: 2 }'
      : `expect: { ${bound} }`;
  const duration = bound.startsWith('recovery') ? '1500ms' : '800ms';
  const file = scenarioFile(
    `name: met\nseed: 1\nduration: ${duration}\n${CLIENTS}\ntimeline: [${timeline}]\n${expected}\n`,
  );
  const { code, stdout } = await runCli(['simulate', file, '--out', temporaryDirectory()]);
  expect(stdout).toMatch(/^✔ pass/m);
  expect(code).toBe(0);
});
