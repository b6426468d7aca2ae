import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { findProgram } from './drivers/process.ts';

/** Networks so far: each has its own addresses. */
let networks = 0;

/**
 * A network of its own, in which a browser runs, with one link to this machine that can go down. What
 * drives the browser, and what its pages tell, goes another way: by sockets in the file system.
 */
export class LinkedNetwork {
  /** Where a server listens that is reached over the link. */
  readonly host: string;
  readonly #directory: string;
  readonly #inside: ChildProcess;
  readonly #link: string;
  /** The browser's end of the link. */
  readonly #inner: string;
  readonly #servers: net.Server[] = [];

  /** Why there can be none here, or null. */
  static hindrance(): string | null {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it takes root on Linux';
    const missing = ['ip', 'unshare', 'nsenter'].filter((name) => findProgram([name]) === null);
    if (missing.length > 0) return `there is no ${missing.join(', no ')}`;
    try {
      execFileSync('unshare', ['-n', 'true'], { stdio: 'ignore' });
      return null;
    } catch {
      return 'the system gives no network of its own';
    }
  }

  static async create(): Promise<LinkedNetwork> {
    const network = new LinkedNetwork();
    try {
      await network.#ready();
      network.#connect();
      return network;
    } catch (error) {
      network.stop();
      throw error;
    }
  }

  private constructor() {
    this.#directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-network-'));
    const number = networks++;
    this.host = `10.213.${number}.1`;
    this.#inner = `10.213.${number}.2`;
    this.#link = `wsd${process.pid}n${number}`;
    this.#inside = spawn('unshare', ['-n', process.execPath, '-e', INSIDE], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      cwd: this.#directory,
    });
  }

  /** What a program is started with to run in there. */
  get prefix(): string[] {
    return ['nsenter', `--net=/proc/${this.#inside.pid}/ns/net`];
  }

  /** At the browser's end, whose routes go and come with it. */
  setLink(up: boolean): void {
    if (up) this.#ipInside('link set veth0 up', `route add default via ${this.host}`);
    else this.#ipInside('link set veth0 down');
  }

  /** Lets programs in there reach a port of this machine's loopback, as that of their own. */
  async letOut(port: number): Promise<void> {
    const socket = path.join(this.#directory, `out-${port}`);
    const server = net.createServer((client) => join(client, net.connect(port, '127.0.0.1')));
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    await this.#ask({ out: port, socket });
  }

  /** A way to a loopback port in there, as `ws` takes it: the path of a socket. */
  async letIn(port: number): Promise<string> {
    const socket = path.join(this.#directory, `in-${port}`);
    await this.#ask({ in: port, socket });
    return socket;
  }

  stop(): void {
    for (const server of this.#servers) server.close();
    this.#inside.kill('SIGKILL');
    fs.rmSync(this.#directory, { recursive: true, force: true });
  }

  #connect(): void {
    const inside = `${this.#inside.pid}`;
    ip('link', 'add', this.#link, 'type', 'veth', 'peer', 'name', 'veth0', 'netns', inside);
    ip('addr', 'add', `${this.host}/30`, 'dev', this.#link);
    ip('link', 'set', this.#link, 'up');
    this.#ipInside('link set lo up', `addr add ${this.#inner}/30 dev veth0`);
    this.setLink(true);
  }

  #ipInside(...commands: string[]): void {
    const [program = '', ...args] = this.prefix;
    for (const command of commands) {
      execFileSync(program, [...args, 'ip', ...command.split(' ')], { stdio: 'ignore' });
    }
  }

  #ready(): Promise<void> {
    return this.#answer();
  }

  #ask(message: object): Promise<void> {
    const answer = this.#answer();
    this.#inside.send(message);
    return answer;
  }

  #answer(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#inside.once('message', () => resolve());
      this.#inside.once('exit', () => reject(new Error('the network of its own is gone')));
    });
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'ignore' });
}

function join(one: net.Socket, other: net.Socket): void {
  one.pipe(other).pipe(one);
  for (const [socket, peer] of [
    [one, other],
    [other, one],
  ] as const) {
    socket.on('error', () => peer.destroy());
    socket.on('close', () => peer.destroy());
  }
}

/** What runs in there: it keeps the network alive, and passes on what goes by the file system. */
const INSIDE = `
const net = require('node:net');
${join.toString().replace(/: net\.Socket|: void| as const/g, '')}
process.on('message', (message) => {
  const port = message.out ?? message.in;
  const isOut = message.out !== undefined;
  const server = net.createServer((client) =>
    join(client, isOut ? net.connect(message.socket) : net.connect(port, '127.0.0.1')));
  const listening = () => process.send('listening');
  if (isOut) server.listen(port, '127.0.0.1', listening);
  else server.listen(message.socket, listening);
});
process.on('disconnect', () => process.exit());
process.send('ready');
`;
