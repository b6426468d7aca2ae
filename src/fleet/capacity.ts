import { once } from 'node:events';
import fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import { WebSocket, WebSocketServer } from 'ws';
import { socketLimit } from '../real/limits.ts';

/** What a worker can carry. */
export interface Capacity {
  max_clients: number;
  open_files: number | null;
  ports: number | null;
  free_memory_bytes: number;
  /** null where it was not measured. */
  dials_per_second: number | null;
}

/** What a client takes here at most, with its logs and its storage. */
const CLIENT_BYTES = 100_000;

/**
 * @param cap clients that its user allows
 * @param isTimed whether dials are measured, which takes most of a second
 */
export async function measureCapacity(cap: number, isTimed: boolean): Promise<Capacity> {
  const open_files = socketLimit();
  const free_memory_bytes = os.freemem();
  const byMemory = Math.floor(free_memory_bytes / CLIENT_BYTES);
  return {
    max_clients: Math.max(0, Math.min(cap, open_files ?? cap, byMemory)),
    open_files,
    ports: localPorts(),
    free_memory_bytes,
    dials_per_second: isTimed ? await measureDials() : null,
  };
}

/** Ports that the system gives to outgoing connections of one address; null where it doesn't say. */
export function localPorts(): number | null {
  try {
    const text = fs.readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
    const [from, to] = text.trim().split(/\s+/).map(Number);
    return Number.isInteger(from) && Number.isInteger(to) ? Number(to) - Number(from) + 1 : null;
  } catch {
    return null;
  }
}

/** The first are slower: their code is not compiled yet. */
const WARM_UP_MS = 400;
const MEASURED_MS = 400;
const AT_ONCE = 16;

/** Dials against this machine itself, both ends in this process: less than it can do against another. */
async function measureDials(): Promise<number> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  let dials = 0;
  const dialOn = async () => {
    while (elapsed() < WARM_UP_MS + MEASURED_MS) {
      const socket = new WebSocket(url);
      await once(socket, 'open');
      if (elapsed() > WARM_UP_MS) dials += 1;
      socket.terminate();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, dialOn));
  const seconds = (elapsed() - WARM_UP_MS) / 1000;
  for (const socket of server.clients) socket.terminate();
  server.close();
  return Math.round(dials / seconds);
}
