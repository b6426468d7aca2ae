import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readUpgradeResponse, upgradeRequest } from '../../src/real/upgrade.ts';

const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
const HEADERS = {
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Accept': ACCEPT,
};

const text = (headers: object, status = '101 Switching Protocols') =>
  `HTTP/1.1 ${status}\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;

const read = (response: string) => readUpgradeResponse(Buffer.from(response, 'latin1'), ACCEPT);

describe('an upgrade request', () => {
  it('has what RFC 6455 asks for, and the accept value that answers its key', () => {
    const { text, accept } = upgradeRequest('/a?b=c', 'localhost:81', 'http://localhost:81');
    const [line, ...headers] = text.split('\r\n');
    const key = /^Sec-WebSocket-Key: (.{24})$/m.exec(text.replaceAll('\r', ''))?.[1] ?? '';
    expect(line).toBe('GET /a?b=c HTTP/1.1');
    expect(headers).toEqual([
      'Host: localhost:81',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${key}`,
      'Sec-WebSocket-Version: 13',
      'Origin: http://localhost:81',
      '',
      '',
    ]);
    expect(Buffer.from(key, 'base64')).toHaveLength(16);
    const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
    expect(accept).toBe(
      createHash('sha1')
        .update(key + guid)
        .digest('base64'),
    );
  });

  it('has a key of its own', () => {
    const requests = Array.from({ length: 1000 }, () => upgradeRequest('/', 'h', 'o').text);
    expect(new Set(requests).size).toBe(1000);
  });
});

describe('an upgrade response', () => {
  it('is accepted, and what came behind it is handed on', () => {
    const response = readUpgradeResponse(
      Buffer.concat([Buffer.from(text(HEADERS)), Buffer.from([0x81, 0])]),
      ACCEPT,
    );
    expect(response).toEqual({ kind: 'accepted', rest: Buffer.from([0x81, 0]) });
  });

  it('is accepted however its names and tokens are cased', () => {
    const headers = {
      UPGRADE: 'WebSocket',
      connection: 'keep-alive, upgrade',
      'sec-websocket-ACCEPT': `  ${ACCEPT}`,
      'X-Other': 'a: b',
    };
    expect(read(text(headers)).kind).toBe('accepted');
    expect(read(text(HEADERS, '101')).kind).toBe('accepted');
  });

  it('is partial until its head is whole, and no longer', () => {
    const whole = text(HEADERS);
    for (let length = 0; length < whole.length; length++) {
      expect(read(whole.slice(0, length))).toEqual({ kind: 'partial' });
    }
    expect(read(whole).kind).toBe('accepted');
  });

  it('is refused where its head does not end', () => {
    expect(read(`HTTP/1.1 101 OK\r\n${'x'.repeat(1024 * 1024)}`)).toMatchObject({
      kind: 'refused',
      error: 'response head too large',
      httpStatus: null,
    });
  });

  for (const [what, change, error] of [
    ['a wrong accept value', { 'Sec-WebSocket-Accept': 'x' }, 'wrong Sec-WebSocket-Accept'],
    ['an accept value in another case', { 'Sec-WebSocket-Accept': ACCEPT.toLowerCase() }, 'wrong'],
    ['no Upgrade', { Upgrade: 'h2c' }, 'no Upgrade: websocket'],
    ['no Connection', { Connection: 'close' }, 'no Connection: Upgrade'],
    ['an extension', { 'Sec-WebSocket-Extensions': 'permessage-deflate' }, 'an extension'],
    ['a subprotocol', { 'Sec-WebSocket-Protocol': 'chat' }, 'a subprotocol'],
  ] as const) {
    it(`is refused with ${what}`, () => {
      const response = read(text({ ...HEADERS, ...change }));
      expect(response).toMatchObject({ kind: 'refused', httpStatus: 101, retryAfterMs: null });
      expect(response.kind === 'refused' && response.error).toContain(error);
    });
  }

  for (const junk of [
    '\r\n\r\n',
    'garbage\r\n\r\n',
    'HTTP/1.0 101 OK\r\n\r\n',
    'HTTP/2 101\r\n\r\n',
    'HTTP/1.1 1o1 OK\r\n\r\n',
    'HTTP/1.1 1010\r\n\r\n',
    'HTTP/1.1\r\n\r\n',
    ' HTTP/1.1 101 OK\r\n\r\n',
    'SSH-2.0-OpenSSH_9.6\r\n\r\n',
  ]) {
    it(`is none where it is ${JSON.stringify(junk)}`, () => {
      expect(read(junk)).toMatchObject({ kind: 'refused', error: 'not an HTTP response' });
    });
  }

  it('is refused with any other status', () => {
    for (const status of [100, 200, 301, 401, 426, 500, 503, 999]) {
      expect(read(text(HEADERS, `${status} Whatever`))).toEqual({
        kind: 'refused',
        error: `HTTP ${status}`,
        httpStatus: status,
        retryAfterMs: null,
      });
    }
  });

  it('is one of three kinds, whatever comes, and never an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, whole) => {
        const end = whole ? '\r\n\r\n' : '';
        const received = Buffer.concat([Buffer.from('HTTP/1.1 '), bytes, Buffer.from(end)]);
        expect(readUpgradeResponse(received, ACCEPT).kind).toMatch(/^(partial|refused)$/);
      }),
    );
  });
});

describe('Retry-After', () => {
  const retryAfter = (value: string) => {
    const response = read(text({ 'Retry-After': value }, '503 Service Unavailable'));
    return response.kind === 'refused' ? response.retryAfterMs : undefined;
  };

  it('is seconds', () => {
    expect(retryAfter('0')).toBe(0);
    expect(retryAfter('120')).toBe(120_000);
  });

  it('is a date', () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
    onTestFinished(() => void vi.useRealTimers());
    expect(retryAfter('Thu, 01 Jan 2026 00:01:30 GMT')).toBe(90_000);
    expect(retryAfter('Wed, 31 Dec 2025 23:00:00 GMT')).toBe(0);
  });

  it('is no floor where it is anything else', () => {
    for (const value of ['', 'soon', '-', 'NaN', '1e3x', '٣']) expect(retryAfter(value)).toBeNull();
  });

  it('is a day at most: a timer holds no more than 24, and fires at once beyond', () => {
    for (const value of ['86401', '999999999', '9'.repeat(30), 'Fri, 31 Dec 9999 23:59:59 GMT']) {
      expect(retryAfter(value)).toBe(86_400_000);
    }
  });
});
