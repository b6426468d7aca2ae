import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { Logger } from '../../src/server/index.ts';
import { logConnections, type WsLogOptions } from '../../src/server/index.ts';
import { MemoryLog, type ServerLine } from '../support/world.ts';

/** A log that tests can wait on, and the logger that writes it. */
export function memoryLogger(): { log: MemoryLog<ServerLine>; logger: Logger } {
  const log = new MemoryLog<ServerLine>();
  const logger: Logger = {
    info(line) {
      const { event, ...fields } = line as ServerLine;
      log.write(event, fields);
    },
  };
  return { log, logger };
}

/** A `ws` server that listens on loopback, and logs. */
export async function startLogged(
  options: Partial<WsLogOptions> = {},
  serverOptions: object = {},
  onConnection: (socket: WebSocket) => void = () => {},
) {
  const { log, logger } = memoryLogger();
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...serverOptions });
  const handle = logConnections(server, { logger, ...options });
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    onConnection(socket);
  });
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of server.clients ?? []) socket.terminate();
    server.close();
  });
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { server, handle, log, url };
}

/** The query of a session's hello. */
export const query = (session: string, number: number | string, more = ''): string =>
  `/?session_id=${session}&connection_sequence=${number}${more}`;

export const hello = (fields: object = {}): string =>
  JSON.stringify({ type: 'hello', version: 1, session_id: 'S', connection_sequence: 1, ...fields });

/** Dials with `ws`, until it is open. */
export async function dial(url: string, options: object = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, options);
  onTestFinished(() => socket.terminate());
  socket.on('error', () => {});
  await once(socket, 'open');
  return socket;
}

export const closed = (socket: WebSocket): Promise<unknown> =>
  new Promise((resolve) => socket.once('close', resolve));

export const nextMessage = async (socket: WebSocket): Promise<Record<string, unknown>> =>
  JSON.parse(`${(await once(socket, 'message'))[0]}`);

/** A TCP peer that upgrades, and then says what it likes. */
export async function dialRaw(url: string, path: string, headers = ''): Promise<net.Socket> {
  const { hostname, port } = new URL(url);
  const socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`,
  );
  await once(socket, 'data');
  return socket;
}
