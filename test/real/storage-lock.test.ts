import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lockDirectory, StorageLockedError } from '../../src/real/storage-lock.ts';
import { isThorough } from '../support/thorough.ts';

const HOLDER = fileURLToPath(new URL('../fixtures/storage-holder.mjs', import.meta.url));

let directory: string;
let children: ChildProcess[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'wsdiag-lock-'));
  children = [];
});

afterEach(async () => {
  await Promise.all(children.map(kill));
  rmSync(directory, { recursive: true });
});

/** A process that has tried to open the store, and the line it printed. */
async function startHolder() {
  const child = spawnPiped(process.execPath, [HOLDER, directory]);
  return { child, line: await firstLine(child) };
}

function spawnPiped(command: string, args: string[]) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

async function firstLine(child: ReturnType<typeof spawnPiped>): Promise<string> {
  const [line] = await once(createInterface(child.stdout), 'line');
  return line;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

function refusal(): StorageLockedError {
  try {
    lockDirectory(directory)();
  } catch (error) {
    if (error instanceof StorageLockedError) return error;
    throw error;
  }
  throw new Error('the lock was given');
}

function locks(): string[] {
  return readdirSync(directory).filter((name) => name.startsWith('lock-'));
}

function leave(name: string): void {
  writeFileSync(join(directory, name), '');
}

function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

describe('a lock', () => {
  it('is refused while another process has it, naming that process', async () => {
    const { child, line } = await startHolder();
    expect(line).toBe('held');
    const error = refusal();
    expect(error.pid).toBe(child.pid);
    expect(error.message).toContain(directory);
    expect(error.message).toContain(`process ${child.pid}`);
    expect(locks()).toHaveLength(1);
  });

  it('refuses another process while this one has it', async () => {
    const release = lockDirectory(directory);
    expect((await startHolder()).line).toBe(`StorageLockedError ${process.pid}`);
    release();
  });

  it('is refused to the process that has it, until released', () => {
    const release = lockDirectory(directory);
    expect(refusal().pid).toBe(process.pid);
    expect(refusal().message).toContain('this process');
    release();
    expect(locks()).toEqual([]);
    lockDirectory(directory)();
  });

  it('is taken over from a process that was killed', async () => {
    const { child } = await startHolder();
    await kill(child);
    expect(locks()).toHaveLength(1);
    const release = lockDirectory(directory);
    expect(locks()).toHaveLength(1);
    release();
  });

  it('is released by a process that closes its store', async () => {
    const { child } = await startHolder();
    child.stdin.end();
    await once(child, 'exit');
    expect(locks()).toEqual([]);
  });

  it('goes to one at most of many that come together', async () => {
    const lines = (await Promise.all(Array.from({ length: isThorough ? 8 : 4 }, startHolder))).map(
      ({ line }) => line,
    );
    expect(lines.filter((line) => line === 'held').length).toBeLessThanOrEqual(1);
    expect(lines.filter((line) => !/^(held|StorageLockedError \d+)$/.test(line))).toEqual([]);
  });

  it('ignores files whose names only look like locks', () => {
    for (const name of ['lock', 'lock-', 'lock-0-1', 'lock-x-1', 'lock-1', 'lock-1-']) leave(name);
    lockDirectory(directory)();
    expect(locks()).toHaveLength(5);
  });
});

describe.runIf(process.platform === 'linux')('with /proc', () => {
  it("is taken over when the dead process's PID is in use again", () => {
    leave(`lock-${process.ppid}-1`);
    lockDirectory(directory)();
    expect(locks()).toEqual([]);
  });

  it("is refused for a live process's file", () => {
    leave(`lock-1-${statOf(1)[19]}`);
    expect(refusal().pid).toBe(1);
  });

  it('is refused for a live process whose start nobody could tell', () => {
    leave(`lock-${process.ppid}-0`);
    expect(refusal().pid).toBe(process.ppid);
  });

  it('is taken over from a zombie', async () => {
    // The shell would ask for its child's end, `tail` never does; so the child ends after the change.
    const script = 'exec 3<&0; head -n 1 <&3 >&2 & echo $!; exec tail -f /dev/null';
    const parent = spawnPiped('sh', ['-c', script]);
    const pid = Number(await firstLine(parent));
    const command = () => readFileSync(`/proc/${parent.pid}/comm`, 'utf8');
    await vi.waitFor(() => expect(command()).toBe('tail\n'));
    parent.stdin.end();
    await vi.waitFor(() => expect(statOf(pid)[0]).toBe('Z'));
    leave(`lock-${pid}-${statOf(pid)[19]}`);
    lockDirectory(directory)();
    expect(locks()).toEqual([]);
  });
});
