import { describe, expect, test } from 'vitest';
import { DEFAULT_CLIENT_SETTINGS, DEFAULT_SERVER_SETTINGS } from '../../src/core/settings.ts';
import { problemsOf, scenarioOf, sound } from './support.ts';

const DURATION = 'a duration with its unit (ms, s, m or h), such as 1.5s';
const SHARE = 'a share, such as 40% or 0.4';
const NAME = 'a name of 1 to 64 characters a-z, 0-9 and "-" that begins with a letter or digit';
const SEED = 'a whole number from 0 to 9007199254740991';
const COUNT = 'a whole number from 1 to 1000000';
const COUNT_BOUND = 'a bound on a count, such as "< 100" or 3';
const DURATION_BOUND = 'a bound on a duration with its unit (ms, s, m or h), such as "< 5s"';
const TOP_KEYS =
  'name, description, seed, duration, settle, skew, clients, server, target, timeline, expect';

const bound = (metric: string, comparison: string, value: number, text: string, place: string) => {
  const [file, line] = place.split(':');
  return { metric, comparison, value, text, where: { file, line: Number(line) } };
};

describe('a sound scenario', () => {
  test('has every default filled in', () => {
    expect(scenarioOf(sound())).toEqual({
      name: 'x',
      nodes: { count: 1, balance: 'round-robin' },
      description: '',
      seed: null,
      durationMs: 10_000,
      settleMs: 10_000,
      skewMs: 50,
      clients: {
        count: 5,
        as: 'chromium',
        rampUpMs: 0,
        settings: DEFAULT_CLIENT_SETTINGS,
        defect: null,
      },
      server: DEFAULT_SERVER_SETTINGS,
      timeline: [],
      expect: { bounds: [], findings: [], observations: [] },
    });
  });

  test('may have sections with nothing in them', () => {
    const empty = scenarioOf(sound('server:\ntimeline:\nexpect:'));
    expect(empty).toEqual(scenarioOf(sound()));
  });

  test('keeps what it says, in camelCase and milliseconds', () => {
    const scenario = scenarioOf(`
name: all-of-it
description: |
  Two lines,
  one sentence.
seed: 7
duration: 1m
settle: 1.5s
clients:
  count: 10
  ramp_up: 500ms
  handshake: query
  backoff: { policy: uniform, min: 1s, max: 2s }
  reset: welcome
  wait_on: { 1012: 5s, 1013: 30s }
  stop_on: [4401, 1008]
  connect_timeout: 3s
  heartbeat: none
  defect: { name: omits-sequence, share: 20% }
server:
  heartbeat: { interval: 1s, timeout: 3s }
  handshake_timeout: 4s
  max_handshakes_per_second: 50
  idle_timeout: 2s
  max_connection_age: { min: 5s, max: 10s }
  admission: { max_pending: 20, reject_with: 429 }
  nodes: 3
  balance: least-connections
timeline:
  - { at: 1s, fault: drop, how: fin, share: 0.5 }
  - { every: 10s, fault: refresh, count: 3 }
  - { every: 10s, from: 5s, until: 30s, fault: reject_handshakes, for: 1s, share: 25% }
expect:
  recovery_p95: "< 5s"
  event_loop_delay_p99: "<=50ms"
  losses: 3
  sessions: ">= 2"
  findings: [sequence-missing]
`);
    expect(scenario).toEqual({
      name: 'all-of-it',
      description: 'Two lines, one sentence.',
      seed: 7,
      durationMs: 60_000,
      settleMs: 1500,
      skewMs: 50,
      clients: {
        count: 10,
        as: 'chromium',
        rampUpMs: 500,
        settings: {
          handshake: 'query',
          backoff: { policy: 'uniform', baseMs: 1000, maxMs: 2000 },
          connectTimeoutMs: 3000,
          heartbeatTimeoutMs: null,
          reset: 'welcome',
          minUptimeMs: 1000,
          waitOnMs: { 1012: 5000, 1013: 30_000 },
          stopOn: [4401, 1008],
        },
        defect: { name: 'omits-sequence', portion: { share: 0.2 } },
      },
      server: {
        heartbeatIntervalMs: 1000,
        heartbeatTimeoutMs: 3000,
        pingMessageMs: null,
        handshakeTimeoutMs: 4000,
        maxHandshakesPerSecond: 50,
        idleTimeoutMs: 2000,
        maxConnectionAgeMs: { min: 5000, max: 10_000 },
        maxPending: { count: 20, status: 429 },
      },
      nodes: { count: 3, balance: 'least-connections' },
      timeline: [
        { fault: 'drop', params: { how: 'fin' }, when: { atMs: 1000 }, portion: { share: 0.5 } },
        {
          fault: 'refresh',
          params: { times: 1, within: 1000 },
          when: { everyMs: 10_000, fromMs: 10_000, untilMs: 60_000 },
          portion: { count: 3 },
        },
        {
          fault: 'reject_handshakes',
          params: { for: 1000, status: 503, share: 0.25 },
          when: { everyMs: 10_000, fromMs: 5000, untilMs: 30_000 },
          portion: 'all',
        },
      ],
      expect: {
        bounds: [
          bound('sessions', '>=', 2, '>= 2', 'f.yaml:37'),
          bound('losses', '==', 3, '3', 'f.yaml:36'),
          bound('recovery_p95', '<', 5, '< 5s', 'f.yaml:34'),
          bound('event_loop_delay_p99', '<=', 50, '<=50ms', 'f.yaml:35'),
        ],
        findings: ['sequence-missing'],
        observations: [],
      },
    });
  });

  test.each([
    ['  as: chromium', null, null],
    ['  as: firefox\n  heartbeat: { message: 5s }', null, 5000],
    ['  as: firefox\n  heartbeat: { message: 5s, timeout: 7s }', 7000, 5000],
    ['  as: node', 30_000, null],
    ['  as: node\n  heartbeat: none', null, null],
    ['  as: node\n  heartbeat: { timeout: 12s }', 12_000, null],
    // Its client learns from the welcome how often messages come.
    ['  as: node\n  heartbeat: { message: 5s }', null, 5000],
  ])('has its heartbeats: %j', (lines, timeoutMs, messageMs) => {
    const { clients, server } = scenarioOf(sound(lines));
    expect(clients.settings.heartbeatTimeoutMs).toBe(timeoutMs);
    expect(server.pingMessageMs).toBe(messageMs);
  });

  test('may be JSON, and may have a byte order mark and CRLF', () => {
    const json = '{"name": "x", "duration": "1s", "clients": {"count": 1}, "timeline": []}';
    expect(scenarioOf(json).clients.count).toBe(1);
    expect(problemsOf(Buffer.from(`\uFEFF${sound().replaceAll('\n', '\r\n')}`))).toEqual([]);
    expect(problemsOf(`\uFEFF${sound('settle: 5')}`)).toEqual([
      `f.yaml:5:9: "settle" must be ${DURATION}, not 5`,
    ]);
  });

  test('may be long: hundreds of faults in one line of JSON', () => {
    const entry = '{"at": "1s", "fault": "drop", "count": 1}';
    const timeline = Array.from({ length: 500 }, () => entry).join(', ');
    const json = `{"name": "x", "duration": "1s", "clients": {"count": 1}, "timeline": [${timeline}]}`;
    expect(scenarioOf(json).timeline).toHaveLength(500);
  });
});

test('five mistakes are five problems, in the order of their places', () => {
  const text = `# a comment
name: Flaky
duration: 10
clients:
  cuont: 25
  backoff: { policy: full_jitter }
timeline:
  - at: 12s
    fault: dorp
`;
  expect(problemsOf(text, 'flaky.yaml')).toEqual([
    `flaky.yaml:2:7: "name" must be ${NAME}, not "Flaky"`,
    `flaky.yaml:3:11: "duration" must be ${DURATION}, not 10`,
    'flaky.yaml:5:3: unknown key "cuont"; did you mean "count"?',
    'flaky.yaml:6:22: unknown backoff policy "full_jitter"; did you mean "full-jitter"?',
    'flaky.yaml:9:12: unknown fault "dorp"; did you mean "drop"?',
  ]);
});

/** Lines from line 5 of a sound scenario, and all of their problems. */
const MISTAKES: Record<string, [lines: string, ...problems: string[]]> = {
  'unknown key, similar': [
    'descripton: x',
    '5:1: unknown key "descripton"; did you mean "description"?',
  ],
  'unknown key, not similar': [
    'colour: red',
    `5:1: unknown key "colour"; expected one of ${TOP_KEYS}`,
  ],
  'number as a key': ['5: 1', `5:1: unknown key "5"; expected one of ${TOP_KEYS}`],
  'duplicate key': ['name: y', '5:1: "name" is here a second time; remove one of them'],
  'duplicate key inside': [
    'server:\n  heartbeat: { interval: 1s, "interval": 2s }',
    '6:30: "interval" is here a second time; remove one of them',
  ],
  'map for a list': ['timeline: { at: 1s }', '5:11: "timeline" must be a list, not a map'],
  'list for a map': ['server: []', '5:9: "server" must be a map of keys, not a list'],

  'duration without a unit': ['settle: 5', `5:9: "settle" must be ${DURATION}, not 5`],
  'duration with another unit': ['settle: 5sec', `5:9: "settle" must be ${DURATION}, not "5sec"`],
  'negative duration': ['settle: -1s', `5:9: "settle" must be ${DURATION}, not "-1s"`],
  'very long duration': [
    'settle: 25h',
    '5:9: "settle" must be a duration of at most 24h, not "25h"',
  ],
  'negative seed': ['seed: -1', `5:7: "seed" must be ${SEED}, not -1`],
  'fraction as a seed': ['seed: 2.5', `5:7: "seed" must be ${SEED}, not 2.5`],
  'NaN as a seed': ['seed: .nan', `5:7: "seed" must be ${SEED}, not NaN`],
  'infinity as a seed': ['seed: .inf', `5:7: "seed" must be ${SEED}, not Infinity`],
  'unsafe seed': ['seed: 9007199254740993', `5:7: "seed" must be ${SEED}, not 9007199254740992`],
  'seed that is quoted': ['seed: "42"', `5:7: "seed" must be ${SEED}, not "42"`],

  'unknown choice': [
    '  handshake: fram',
    '5:14: unknown value for "handshake": "fram"; did you mean "frame"?',
  ],
  'number for a choice': ['  handshake: 5', '5:14: "handshake" must be one of frame, query, not 5'],
  'target that is no WebSocket': [
    'target: { url: "http://x" }',
    '5:16: "url" is no ws:// or wss:// URL; write ws://host:port',
  ],
  'place that nobody fills': [
    `target: { url: "ws://x/\${sid}" }`,
    `5:16: "url" has the unknown place "sid"; expected one of session_id, connection_sequence, document_id, reconnect_token, env.NAME`,
  ],
  'misspelt place in the hello': [
    `target: { url: "ws://x", protocol: custom, hello: "\${sesion_id}" }`,
    `5:51: "hello" has the unknown place "sesion_id"; did you mean "session_id"?`,
  ],
  'misspelt place in a field': [
    `target: { url: "ws://x", protocol: { name: phoenix, topic: a, fields: { t: "\${env-TOKEN}" } } }`,
    `5:76: "t" has the unknown place "env-TOKEN"; expected one of session_id, connection_sequence, document_id, reconnect_token, env.NAME`,
  ],
  'hello of a protocol that has its own': [
    'target: { url: "ws://x", hello: hi }',
    '5:26: "hello" goes with "protocol: custom" only; add that, or remove it',
  ],
  'output of what was not started': [
    'target: { url: "ws://x", log: stdout }',
    '5:31: only what "start" starts can be heard; add "start", or name a file',
  ],
  'log of two places': [
    'target: { url: "ws://x", log: { file: a, from: stdout }, start: { command: c } }',
    '5:42: "file" and "from" exclude each other; remove one of them',
  ],
  'log of no place': [
    'target: { url: "ws://x", log: { format: nginx } }',
    '5:31: this log has no place; add "file" or "from"',
  ],
  'header of two lines': [
    'target: { url: "ws://x", headers: { A: "b\\nc" } }',
    '5:40: "A" must be text of one line, not "b\\nc"',
  ],
  'header with a name that is none': [
    'target: { url: "ws://x", headers: { "A b": c } }',
    '5:37: "A b" must be the name of a header',
  ],

  'client heartbeat of another kind': [
    '  heartbeat: 5s',
    '5:14: "heartbeat" must be none or a map of keys, not "5s"',
  ],
  'unknown key in the client heartbeat': [
    '  heartbeat: { timout: 30s }',
    '5:16: unknown key "timout"; did you mean "timeout"?',
  ],
  'unknown defect': [
    '  defect: { name: reset-on-refresh }',
    '5:19: unknown defect "reset-on-refresh"; did you mean "resets-on-refresh"?',
  ],
  'defect for more clients than there are': [
    '  defect: { name: omits-sequence, count: 6 }',
    '5:42: "count" is 6, but there are only 5 clients',
  ],
  'backoff upside down': [
    '  backoff: { base: 20s }',
    '5:20: "base" (20s) must not be greater than "max" (10s)',
  ],
  'uniform backoff upside down': [
    '  backoff: { policy: uniform, max: 100ms }',
    '5:36: "min" (250ms) must not be greater than "max" (100ms)',
  ],
  'base of a uniform backoff': [
    '  backoff: { policy: uniform, base: 1s }',
    '5:31: "uniform" takes "min", not "base"',
  ],
  'min of another backoff': [
    '  backoff: { min: 1s }',
    '5:14: "full-jitter" takes "base", not "min"',
  ],
  'uptime that resets nothing': [
    '  reset: open\n  min_uptime: 1s',
    '6:3: with "reset: open" nobody asks for "min_uptime"; remove it',
  ],
  'wait on what is no close code': [
    '  wait_on: { 503: 5s, 1012: 5 }',
    '5:14: "503" must be a close code from 1000 to 4999',
    `5:29: "1012" must be ${DURATION}, not 5`,
  ],
  'stop on what is no close code': [
    '  stop_on: [4401, 401]',
    '5:19: an entry of "stop_on" must be a close code from 1000 to 4999, not 401',
  ],
  'age upside down': [
    'server: { max_connection_age: { min: 5s, max: 4s } }',
    '5:38: "min" (5s) must not be greater than "max" (4s)',
  ],
  'age without its end': [
    'server: { max_connection_age: { min: 5s } }',
    `5:31: "max" is missing; add ${DURATION}`,
  ],
  'node that is not there': [
    'server: { nodes: 2 }\ntimeline: [{ fault: restart_server, at: 1s, node: 3 }]',
    '6:51: there is no node 3; "server.nodes" is 2',
  ],
  'node of one server': [
    'timeline: [{ fault: freeze_server, at: 1s, for: 1s, node: 2 }]',
    '5:59: there is no node 2; "server.nodes" is 1',
  ],
  'rolling restart of one server': [
    'timeline: [{ fault: restart_server, at: 1s, rolling: {} }]',
    '5:45: there is one server to restart; add "nodes: 3" to "server"',
  ],
  'rolling restart of one node': [
    'server: { nodes: 2 }\ntimeline: [{ fault: restart_server, at: 1s, rolling: {}, node: 1 }]',
    '6:64: "node" must be left out where there is `rolling`, not 1',
  ],
  'rolling restart past the end': [
    'server: { nodes: 3 }\ntimeline: [{ fault: restart_server, at: 1s, rolling: { pause: 5s } }]',
    '6:12: "restart_server" goes on to 13s, past the end: "duration" is 10s',
  ],
  'balance of one server': [
    'server: { balance: round-robin }',
    '5:11: there is one server to balance between; add "nodes: 2", or more',
  ],
  'nodes of a target': [
    'server: { nodes: 2 }\ntarget: { url: "ws://127.0.0.1:1" }',
    '5:11: only the reference server has nodes; a target is one to wsdiag: remove it',
  ],
  'node of a target': [
    'target: { url: "ws://127.0.0.1:1" }\ntimeline: [{ fault: restart_server, at: 1s, node: 1 }]',
    '6:45: a target is one server to wsdiag; remove it',
  ],
  'drain of a crash': [
    'timeline: [{ fault: restart_server, at: 1s, how: crash, drain: 1s }]',
    '5:64: "drain" must be left out where `how` is `crash`, not "1s"',
  ],
  'ramp-up past the end': [
    '  ramp_up: 11s',
    '5:12: "ramp_up" is 11s, past the end: "duration" is 10s',
  ],
  'client that cannot wait for a ping': [
    '  as: node\n  heartbeat: { timeout: 3s }',
    '6:25: clients that take the server for dead after 3s need its heartbeat more often than every 10s',
  ],
  'page that would have to hear pings': [
    '  heartbeat: { timeout: 30s }',
    `5:25: a page can't hear the server's pings; add "message: 15s", which the server then sends, or "as: node" to the clients`,
  ],
  'page that cannot wait for a message': [
    '  heartbeat: { message: 5s, timeout: 3s }',
    '5:38: clients that take the server for dead after 3s need "message" more often than every 5s',
  ],
  'page that would hear a message just as it gives up': [
    '  as: firefox\n  heartbeat: { message: 5s, timeout: 5s }',
    '6:38: clients that take the server for dead after 5s need "message" more often than every 5s',
  ],
  'client in Node that cannot wait for a message': [
    '  as: node\n  heartbeat: { message: 5s, timeout: 3s }',
    '6:38: clients that take the server for dead after 3s need "message" more often than every 5s',
  ],
  'page without anything to hear': [
    '  as: firefox\n  heartbeat: {}',
    `6:14: a page can't hear the server's pings; add "message: 15s", which the server then sends, or "as: node" to the clients`,
  ],
  'server heartbeat upside down': [
    'server: { heartbeat: { interval: 2s, timeout: 1s } }',
    '5:47: "timeout" (1s) must be greater than "interval" (2s)',
  ],
  'server heartbeat against its default': [
    'server: { heartbeat: { interval: 25s } }',
    '5:34: "timeout" (20s) must be greater than "interval" (25s)',
  ],

  'entry of another kind': [
    'timeline: [drop]',
    '5:12: an entry of "timeline" must be a map of keys, not "drop"',
  ],
  'unknown fault, and the rest of its entry': [
    'timeline:\n  - fault: expolde\n    at: 5\n    count: 9',
    '6:12: unknown fault "expolde"; expected one of drop, close, refresh, duplicate_tab, navigate, bfcache, discard, crash, close_tab, reopen_tab, restore, frames, clear_storage, corrupt_storage, offline, latency, sleep, hide, reject_handshakes, stall_handshakes, close_on_open, freeze_server, restart_server',
    `7:9: "at" must be ${DURATION}, not 5`,
    '8:12: "count" is 9, but there are only 5 clients',
  ],
  'entry without a fault': [
    'timeline: [{ at: 1s }]',
    '5:12: "fault" is missing; add one of drop, close, refresh, duplicate_tab, navigate, bfcache, discard, crash, close_tab, reopen_tab, restore, frames, clear_storage, corrupt_storage, offline, latency, sleep, hide, reject_handshakes, stall_handshakes, close_on_open, freeze_server, restart_server',
  ],
  'entry without a time': [
    'timeline: [{ fault: drop }]',
    '5:12: this entry has no time; add "at" or "every"',
  ],
  'entry with two times': [
    'timeline: [{ fault: drop, at: 1s, every: 1s }]',
    '5:35: "at" and "every" exclude each other; remove one of them',
  ],
  'limits without a period': [
    'timeline: [{ fault: drop, at: 1s, from: 1s, until: 2s }]',
    '5:35: "from" goes with "every" only; remove it',
    '5:45: "until" goes with "every" only; remove it',
  ],
  'very short period': [
    'timeline: [{ fault: drop, every: 5ms }]',
    '5:34: "every" must be a period of at least 10ms, not "5ms"',
  ],
  'period that never comes': [
    'timeline: [{ fault: drop, every: 20s }]',
    '5:34: this never happens: it would begin at 20s and end before 10s',
  ],
  'limits upside down': [
    'timeline: [{ fault: drop, every: 1s, from: 5s, until: 5s }]',
    '5:44: this never happens: it would begin at 5s and end before 5s',
  ],
  'limit past the end': [
    'timeline: [{ fault: drop, every: 1s, until: 11s }]',
    '5:45: "until" is 11s, past the end: "duration" is 10s',
  ],
  'time past the end': [
    'timeline: [{ fault: drop, at: 10001ms }]',
    '5:31: "at" is 10.001s, past the end: "duration" is 10s',
  ],
  'repetitions past the end': [
    'timeline: [{ fault: refresh, at: 9500ms, times: 4 }]',
    '5:12: "refresh" goes on to 10.25s, past the end: "duration" is 10s',
  ],
  'share and count': [
    'timeline: [{ fault: drop, at: 1s, share: 10%, count: 1 }]',
    '5:47: "share" and "count" exclude each other; remove one of them',
  ],
  'share above 100 percent': [
    'timeline: [{ fault: drop, at: 1s, share: 140% }]',
    `5:42: "share" must be ${SHARE}, not "140%"`,
  ],
  'percent without its sign': [
    'timeline: [{ fault: drop, at: 1s, share: 40 }]',
    `5:42: "share" must be ${SHARE}, not 40`,
  ],
  'count of nobody': [
    'timeline: [{ fault: drop, at: 1s, count: 0 }]',
    `5:42: "count" must be ${COUNT}, not 0`,
  ],
  'share of a fault of the server': [
    'timeline: [{ fault: restart_server, at: 1s, share: 10% }]',
    '5:45: "restart_server" happens to the server, so it takes no "share"',
  ],
  'count of rejected handshakes, whose own share is right': [
    'timeline: [{ fault: reject_handshakes, for: 1s, at: 1s, share: 10%, count: 1 }]',
    '5:69: "reject_handshakes" happens to the server, so it takes no "count"',
  ],
  'unknown field of a fault': [
    'timeline: [{ fault: drop, at: 1s, hwo: rst }]',
    '5:35: unknown key "hwo"; did you mean "how"?',
  ],
  'unknown choice of a fault': [
    'timeline: [{ fault: drop, at: 1s, how: finn }]',
    '5:40: unknown value for "how": "finn"; did you mean "fin"?',
  ],
  'missing field of a fault': [
    'timeline: [{ fault: offline, at: 1s }]',
    `5:12: "for" is missing; add ${DURATION}`,
  ],
  'number below its range': [
    'timeline: [{ fault: refresh, at: 1s, times: 0 }]',
    '5:45: "times" must be at least 1, not 0',
  ],
  'number far above its range': [
    'timeline: [{ fault: refresh, at: 1s, times: 100000000000000000000 }]',
    '5:45: "times" must be at most 100, not 100000000000000000000',
  ],
  'close code that is never sent': [
    'timeline: [{ fault: close, at: 1s, code: 1006 }]',
    '5:42: "code" must be a close code that may be sent: 1000-1003, 1007-1014 or 3000-4999, not 1006',
  ],
  'close code that no page may send': [
    'timeline: [{ fault: close, at: 1s, code: 1001, by: client }]',
    '5:42: "code" must be a close code a page may send: 1000, or 3000 to 4999, not 1001',
  ],

  'a metric that several nodes have not': [
    'server: { nodes: 2 }\nexpect: { peak_connections: "< 5" }',
    '6:11: "peak_connections" is not measured across nodes, whose clocks are not compared; remove it, or use "peak_sessions_down"',
  ],
  'unknown metric': [
    'expect: { recovery_q50: "< 5s" }',
    '5:11: unknown metric "recovery_q50"; did you mean "recovery_p50"?',
  ],
  'percentile above 99': [
    'expect: { recovery_p100: "< 5s" }',
    '5:11: unknown metric "recovery_p100"; percentiles are recovery_p1 to recovery_p99, and the longest is recovery_max',
  ],
  'exactly so long': [
    'expect: { recovery_p99: 4s }',
    '5:25: "recovery_p99" must be a bound with its comparison (<, <=, >, >= or ==), such as "<= 4s", not "4s"',
  ],
  'number for a duration': [
    'expect: { recovery_p95: "< 5" }',
    `5:25: "recovery_p95" must be ${DURATION_BOUND}, not "< 5"`,
  ],
  'duration for a count': [
    'expect: { losses: 5s }',
    `5:19: "losses" must be ${COUNT_BOUND}, not "5s"`,
  ],
  'negative count': ['expect: { losses: -1 }', `5:19: "losses" must be ${COUNT_BOUND}, not -1`],
  'fraction of a count': [
    'expect: { losses: 2.5 }',
    `5:19: "losses" must be ${COUNT_BOUND}, not 2.5`,
  ],
  'unknown comparison': [
    'expect: { losses: "=> 5" }',
    `5:19: "losses" must be ${COUNT_BOUND}, not "=> 5"`,
  ],
  'comparison that YAML takes for a block': [
    'expect:\n  losses: > 5',
    '6:13: quote a comparison, as in "> 5s"',
  ],
  'unknown finding': [
    'expect: { findings: [sequence-duplicate] }',
    '5:22: unknown finding "sequence-duplicate"; did you mean "sequence-duplicated"?',
  ],
};

describe('a mistake has its place, its value and a way out', () => {
  test.each(Object.entries(MISTAKES))('%s', (_, [lines, ...problems]) => {
    expect(problemsOf(sound(lines))).toEqual(problems.map((problem) => `f.yaml:${problem}`));
  });

  test.each([
    '  heartbeat: { message: 5s }',
    '  heartbeat: { message: 5s, timeout: 6s }',
    '  heartbeat: none',
    '  as: node',
    '  as: node\n  heartbeat: {}',
    '  as: node\n  heartbeat: { timeout: 11s }',
    '  as: node\n  heartbeat: { message: 5s }',
  ])('there is none in the client heartbeat %j', (lines) => {
    expect(problemsOf(sound(lines))).toEqual([]);
  });

  test.each([
    ['clients: { count: 1\nduration: 5s\n', '1:10', '{', '}'],
    ['a: 1\ntimeline: [{ at: 1s, fault: drop ]\nb: 5s\n', '2:12', '{', '}'],
    ['a:\n  - { at: 1s\n  - { at: 2s }\n', '2:5', '{', '}'],
    ['a: { b: {} }\nc: [1, {}, [2]\n\n# end\n', '2:4', '[', ']'],
    ['a: "[{"\nname: "x\nduration: 5s\n\n', '2:7', '"', '"'],
    ["a: { b: 'c }\n", '1:9', "'", "'"],
  ])('what is never closed points at where it opens: %j', (text, place, opener, closer) => {
    expect(problemsOf(text)).toEqual([
      `f.yaml:${place}: this ${opener} is never closed; add ${closer}`,
    ]);
  });

  test('no place is behind the text', () => {
    const [problem] = problemsOf('clients: {\n  count: 1\n}\n\n\n');
    expect(problem).toContain('f.yaml:1:1: ');
    const [quoted] = problemsOf('a: &\n\n\n');
    expect(quoted).toMatch(/^f\.yaml:1:/);
  });

  test('what is expected a level too high', () => {
    expect(problemsOf(sound('expect: { lockstep: none, session-lost: 1 }'))).toEqual([
      'f.yaml:5:11: "lockstep" is an observation; write "observations: { lockstep: none }"',
      'f.yaml:5:27: "session-lost" is a finding; write "findings: [session-lost]"',
    ]);
  });

  test('missing keys point at the start of their map', () => {
    expect(problemsOf('\n\nname: x\n')).toEqual([
      `f.yaml:3:1: "duration" is missing; add ${DURATION}`,
      'f.yaml:3:1: "clients" is missing; add a map of keys',
    ]);
  });

  test('more hits than can be planned', () => {
    const text = `name: x
duration: 1h
clients: { count: 20000 }
timeline:
  - { every: 1m, fault: drop, share: 10% }
  - { every: 1s, fault: drop }
`;
    expect(problemsOf(text)).toEqual([
      'f.yaml:6:5: the timeline comes to more than 1000000 hits here; make "every" longer, or hit fewer clients',
    ]);
  });

  test('tabs that double each time', () => {
    const every = (more: string) =>
      sound(`timeline: [{ every: 100ms, fault: duplicate_tab${more} }]`);
    expect(problemsOf(every(', count: 1'))).toEqual([]);
    expect(problemsOf(every(''))).toEqual([
      expect.stringContaining('copies are duplicated too, so this comes to more than 100000 tabs'),
    ]);
    const both = '{ every: 100ms, fault: duplicate_tab }, { every: 100ms, fault: close_tab }';
    expect(problemsOf(sound(`timeline: [${both}]`))).toEqual([]);
  });

  test('rules hold for the sound parts of a file whatever else is wrong in it', () => {
    const text = sound('settle: never', 'timeline: [{ at: 1, fault: drop, count: 6 }]');
    expect(problemsOf(text)).toEqual([
      `f.yaml:5:9: "settle" must be ${DURATION}, not "never"`,
      `f.yaml:6:18: "at" must be ${DURATION}, not 1`,
      'f.yaml:6:41: "count" is 6, but there are only 5 clients',
    ]);
  });
});
