/** A PostgreSQL of a test's own, in a directory of its own: over a Unix socket alone, and gone with the test. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

/** Where Debian has what it does not put into PATH: one directory for each version. */
const DEBIAN = '/usr/lib/postgresql';
const USER = 'wsdiag';

/** It refuses to run as root; Debian makes this user for it. */
const identity = (): { uid?: number; gid?: number } => {
  if (process.getuid?.() !== 0) return {};
  const id = (which: string) =>
    Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
};

function directoryOfPrograms(): string | null {
  if (!fs.existsSync(DEBIAN)) return null;
  const versions = fs.readdirSync(DEBIAN).sort((one, other) => Number(one) - Number(other));
  const directories = versions.map((version) => path.join(DEBIAN, version, 'bin'));
  return directories.findLast((one) => fs.existsSync(path.join(one, 'initdb'))) ?? null;
}

/** Such as `postgres (PostgreSQL) 15.14`; null where it is not installed. */
export function postgresVersion(): string | null {
  const programs = directoryOfPrograms();
  if (programs === null || spawnSync('psql', ['--version']).status !== 0) return null;
  const told = execFileSync(path.join(programs, 'postgres'), ['--version'], { encoding: 'utf8' });
  return /\d[\d.]*/.exec(told)?.[0] ?? null;
}

export class Postgres {
  readonly #directory: string;
  readonly #process: ChildProcess;

  private constructor(directory: string, child: ChildProcess) {
    this.#directory = directory;
    this.#process = child;
  }

  static async start(): Promise<Postgres> {
    const programs = directoryOfPrograms() as string;
    const as = identity();
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-pg-'));
    if (as.uid !== undefined) fs.chownSync(directory, as.uid, as.gid as number);
    const data = path.join(directory, 'data');
    const options = { ...as, cwd: directory };
    execFileSync(
      path.join(programs, 'initdb'),
      ['-D', data, '-U', USER, '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C'],
      { ...options, stdio: 'pipe' },
    );
    const settings = ['listen_addresses=', `unix_socket_directories=${directory}`, 'fsync=off'];
    const child = spawn(
      path.join(programs, 'postgres'),
      ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
      { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    // Nor does it outlive a test that never ends.
    process.once('exit', () => child.kill('SIGQUIT'));
    await isReady(child);
    return new Postgres(directory, child);
  }

  /** Runs statements and psql's commands, and gives what they print. @throws Error of the first that fails */
  run(script: string): Promise<string> {
    const psql = spawn(
      'psql',
      ['-h', this.#directory, '-U', USER, '-d', 'postgres', '-XqAt', '-v', 'ON_ERROR_STOP=1'],
      { env: { PATH: process.env.PATH, PGTZ: 'UTC' } },
    );
    return outputOf(psql, script);
  }

  async stop(): Promise<void> {
    const hasEnded = once(this.#process, 'exit');
    // A fast shutdown: it waits for nobody.
    this.#process.kill('SIGINT');
    await hasEnded;
    fs.rmSync(this.#directory, { recursive: true, force: true });
  }
}

async function isReady(child: ChildProcess): Promise<void> {
  const lines: string[] = [];
  const told = readline.createInterface({ input: child.stderr as NodeJS.ReadableStream });
  await new Promise<void>((resolve, reject) => {
    told.on('line', (line) => {
      lines.push(line);
      if (line.includes('database system is ready to accept connections')) resolve();
    });
    told.once('close', () => reject(new Error(lines.join('\n'))));
  });
}

async function outputOf(psql: ReturnType<typeof spawn>, script: string): Promise<string> {
  const [stdout, stderr] = [textOf(psql.stdout), textOf(psql.stderr)];
  psql.stdin?.on('error', () => {});
  psql.stdin?.end(script);
  const [code] = await once(psql, 'close');
  if (code !== 0) throw new Error(`psql: ${await stderr}`);
  return stdout;
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += chunk;
  return text;
}
