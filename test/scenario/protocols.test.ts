import { describe, expect, it } from 'vitest';
import { optionsOf, PROTOCOL_NAMES } from '../../src/protocols/index.ts';
import { problemsOf, scenarioOf, sound } from './support.ts';

const talking = (protocol: string, ...clients: string[]) =>
  sound(...clients, 'target:', '  url: ws://127.0.0.1:3000', `  protocol: ${protocol}`);

const problemOf = (protocol: string) => problemsOf(talking(protocol)).join('\n');

describe('a protocol', () => {
  it('is a name, or a map with its options', () => {
    expect(scenarioOf(talking('socket.io')).target?.protocol).toEqual({
      name: 'socket.io',
      options: { namespace: '/', fields: {} },
    });
    const withOptions = talking("{ name: socket.io, namespace: /chat, fields: { a: 'b' } }");
    expect(scenarioOf(withOptions).target?.protocol?.options).toEqual({
      namespace: '/chat',
      fields: { a: 'b' },
    });
  });

  it.each(PROTOCOL_NAMES)('takes no key of another: %s', (name) => {
    const lacking = optionsOf(name)?.safeParse({}).error ? ', topic: x' : '';
    expect(problemOf(`{ name: ${name}${lacking}, colour: red }`)).toContain('unknown key "colour"');
  });

  it.each([
    ['socketio', 'f.yaml:7:13: unknown protocol "socketio"; did you mean "socket.io"?'],
    ['{ name: sockt.io }', 'f.yaml:7:21: unknown protocol "sockt.io"; did you mean "socket.io"?'],
    [
      '{ namspace: /x, name: socket.io }',
      'f.yaml:7:15: unknown key "namspace"; did you mean "namespace"?',
    ],
    [
      '{ name: socket.io, namespace: x }',
      'f.yaml:7:43: "namespace" must be a namespace, such as /chat, not "x"',
    ],
    [
      'phoenix',
      'f.yaml:7:13: "phoenix" needs a topic, such as room:lobby; write { name: phoenix, topic: … }',
    ],
    ['{ name: phoenix }', 'f.yaml:7:13: "topic" is missing; add a topic, such as room:lobby'],
    ['{ name: mqtt, version: 4 }', 'f.yaml:7:36: "version" must be one of 3.1.1, 5, not 4'],
    ['{ name: mqtt, will: { topic: a, qos: 3 } }', 'f.yaml:7:50: "qos" must be 0, 1 or 2, not 3'],
    [
      `{ name: stomp, host: '\${nobody}' }`,
      'f.yaml:7:34: "host" has the unknown place "nobody"; expected one of session_id, connection_sequence, document_id, reconnect_token, env.NAME',
    ],
  ])('that is %s is told of at its place', (protocol, problem) => {
    expect(problemOf(protocol)).toBe(problem);
  });

  it('of a target has the timeout that is said, or twice what its messages are said to take', () => {
    const timeoutMs = (heartbeat: string) =>
      scenarioOf(talking('wsdiag', `  heartbeat: ${heartbeat}`)).clients.settings
        .heartbeatTimeoutMs;
    expect(timeoutMs('{ timeout: 5s }')).toBe(5000);
    expect(timeoutMs('{ message: 5s }')).toBe(10_000);
    expect(timeoutMs('{ message: 5s, timeout: 7s }')).toBe(7000);
  });

  it('goes by its own pings in Node too, unless a timeout is said', () => {
    const timeoutMs = (protocol: string, ...clients: string[]) =>
      scenarioOf(talking(protocol, ...clients)).clients.settings.heartbeatTimeoutMs;
    expect(timeoutMs('wsdiag', '  as: node')).toBe(30_000);
    expect(timeoutMs('socket.io', '  as: node')).toBe(null);
    expect(timeoutMs('socket.io', '  as: node', '  heartbeat: { timeout: 20s }')).toBe(20_000);
  });
});
