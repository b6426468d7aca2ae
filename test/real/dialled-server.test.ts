import { expect, it } from 'vitest';
import type { Hello } from '../../src/core/handshake.ts';
import { type DialledServer, dialsTo } from '../../src/real/dialled-server.ts';

const HELLO: Hello = {
  session_id: 's-1',
  connection_sequence: 7,
  document_id: null,
  persistence: 'session',
  reconnect_token: 'a+b/c==',
};

const place = (name: string) => `\${${name}}`;

const server = (more: Partial<DialledServer>): DialledServer => ({
  path: '/',
  headers: {},
  subprotocols: [],
  maxDialsPerSecond: null,
  ...more,
});

it('the address is filled in, encoded, and has what the protocol adds', () => {
  const path = `/ws?sid=${place('session_id')}&n=${place('connection_sequence')}&t=${place('reconnect_token')}&d=${place('document_id')}`;
  const { request } = dialsTo(new URL('ws://h/'), server({ path }));
  expect(request({ query: [['a', 'b c']], hello: HELLO }).path).toBe(
    '/ws?sid=s-1&n=7&t=a%2Bb%2Fc%3D%3D&d=&a=b+c',
  );
});

it('headers are filled in as they are, and subprotocols offered', () => {
  const { request, common } = dialsTo(
    new URL('wss://h/'),
    server({ headers: { 'X-Session': place('session_id'), B: 'c' }, subprotocols: ['v1', 'v2'] }),
  );
  expect(request({ query: [], hello: HELLO }).moreHeaders).toBe(
    'X-Session: s-1\r\nB: c\r\nSec-WebSocket-Protocol: v1, v2\r\n',
  );
  expect(common).toMatchObject({ port: 443, secure: true, servername: 'h', origin: 'https://h' });
});

it('without places, all dials are the same', () => {
  const { request } = dialsTo(new URL('ws://[::1]:81/a'), server({ path: '/a?b=c' }));
  expect(request({ query: [], hello: HELLO })).toEqual({ path: '/a?b=c', moreHeaders: '' });
});

it('where the host was found is where it is dialled, under its own name', () => {
  const { common } = dialsTo(
    new URL('wss://example.com:8443/'),
    server({ at: { host: '192.0.2.1', port: 1, secure: false } }),
  );
  expect(common).toMatchObject({
    host: '192.0.2.1',
    port: 1,
    secure: false,
    servername: 'example.com',
    hostHeader: 'example.com:8443',
  });
});
