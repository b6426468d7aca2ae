import http from 'node:http';
import type net from 'node:net';
import tls from 'node:tls';

/** A peer may take this long to end its side. */
const LINGER_MS = 2000;

/** Sends a FIN behind what was written. What still comes is thrown away, and who doesn't end its side is left. */
export function finish(socket: net.Socket): void {
  if (socket.destroyed) return;
  socket.end();
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}

/**
 * Sends an RST. Node can't reset what is below TLS: there a FIN does, without the close_notify that TLS asks for. While
 * a FIN waits to be sent, libuv refuses to reset, and Node would never close the socket.
 */
export function reset(socket: net.Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if (isEnding || socket instanceof tls.TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

export interface HttpAnswer {
  status: number;
  text: string;
  retryAfterSeconds?: number | null;
}

/** Answers an HTTP request, and ends the connection. */
export function answer(socket: net.Socket, { status, text, retryAfterSeconds }: HttpAnswer): void {
  const retryAfter = retryAfterSeconds == null ? '' : `Retry-After: ${retryAfterSeconds}\r\n`;
  socket.write(
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? 'Refused'}\r\n` +
      'Connection: close\r\nContent-Type: text/plain\r\n' +
      `Content-Length: ${Buffer.byteLength(text) + 1}\r\n${retryAfter}\r\n${text}\n`,
  );
  finish(socket);
}
