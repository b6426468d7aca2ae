import fs from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MAX_LINE_BYTES } from '../../src/logs/chunk-memory.ts';
import { Follower, follow, followStream } from '../../src/logs/follow.ts';
import { LogUnreadable } from '../../src/logs/index.ts';
import { temporaryDirectory } from '../support/world.ts';

/** What a follower told, as text: lines, and `<rotated>`, `<cut>`, `<too long>`. */
function listening() {
  const told: string[] = [];
  let noteTold = () => {};
  let noteCaughtUp = () => {};
  const caughtUp = new Promise<void>((resolve) => {
    noteCaughtUp = resolve;
  });
  const visitor = {
    onLine: (bytes: Buffer | null) => {
      told.push(bytes?.toString() ?? '<too long>');
      noteTold();
    },
    onChunk: () => {},
    onCaughtUp: () => noteCaughtUp(),
    onReplaced: (how: string) => told.push(`<${how}>`),
  };
  /** Resolves once that many things were told of. */
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      noteTold = () => told.length >= count && resolve();
      noteTold();
    });
  return { told, visitor, until, caughtUp };
}

function following() {
  const file = path.join(temporaryDirectory(), 'log.ndjson');
  const { told, visitor } = listening();
  const follower = new Follower(file, visitor);
  onTestFinished(() => follower.close());
  /** What a look tells of. */
  const look = async () => {
    told.length = 0;
    await follower.look();
    return [...told];
  };
  return { file, look };
}

describe('a follower', () => {
  it('waits for a file to exist, and for lines to be whole', async () => {
    const { file, look } = following();
    expect(await look()).toEqual([]);
    fs.writeFileSync(file, 'one\ntw');
    expect(await look()).toEqual(['one']);
    fs.appendFileSync(file, 'o\n\nthree');
    expect(await look()).toEqual(['two', '']);
    expect(await look()).toEqual([]);
  });

  it('reads what is left in a file that was renamed, then the new one', async () => {
    const { file, look } = following();
    fs.writeFileSync(file, 'one\n');
    expect(await look()).toEqual(['one']);
    fs.appendFileSync(file, 'two\nthr');
    fs.renameSync(file, `${file}.1`);
    expect(await look()).toEqual(['two']);
    fs.writeFileSync(file, '');
    // The writer may still have the old one, as long as the new one is empty.
    fs.appendFileSync(`${file}.1`, 'ee\nfour\n');
    expect(await look()).toEqual(['three', 'four']);
    fs.appendFileSync(`${file}.1`, 'five');
    fs.appendFileSync(file, 'six\n');
    expect(await look()).toEqual(['five', '<rotated>', 'six']);
  });

  it('begins again where the file was cut back', async () => {
    const { file, look } = following();
    fs.writeFileSync(file, 'one\ntwo\nhal');
    expect(await look()).toEqual(['one', 'two']);
    fs.truncateSync(file);
    fs.appendFileSync(file, 'three\n');
    expect(await look()).toEqual(['<cut>', 'three']);
  });

  it('sees that the file was cut back though it has grown beyond where it was', async () => {
    const { file, look } = following();
    fs.writeFileSync(file, 'one\ntwo\n');
    expect(await look()).toEqual(['one', 'two']);
    fs.truncateSync(file);
    fs.appendFileSync(file, 'three\nfour\nfive\n');
    expect(await look()).toEqual(['<cut>', 'three', 'four', 'five']);
  });

  it.each([
    [0, false],
    [1, true],
    [MAX_LINE_BYTES * 2, true],
  ])('holds no line that is %i bytes over the limit', async (over, isTooLong) => {
    const { file, look } = following();
    const long = 'x'.repeat(MAX_LINE_BYTES + over);
    fs.writeFileSync(file, `one\n${long}\ntwo\n`);
    expect(await look()).toEqual(['one', isTooLong ? '<too long>' : long, 'two']);
  });

  it('refuses a directory', async () => {
    const { file, look } = following();
    fs.mkdirSync(file);
    await expect(look()).rejects.toThrow(LogUnreadable);
    await expect(look()).rejects.toThrow(`${file}: is a directory`);
  });
});

describe('following', () => {
  it('sees a file come, grow and go', async () => {
    const file = path.join(temporaryDirectory(), 'log.ndjson');
    const { told, visitor, until } = listening();
    const stop = new AbortController();
    const done = follow(file, visitor, stop.signal);
    fs.writeFileSync(file, 'one\n');
    await until(1);
    fs.appendFileSync(file, 'two\n');
    await until(2);
    fs.renameSync(file, `${file}.1`);
    fs.writeFileSync(file, 'three\n');
    await until(4);
    stop.abort();
    await done;
    expect(told).toEqual(['one', 'two', '<rotated>', 'three']);
  });

  it('needs no directory to begin with', async () => {
    const file = path.join(temporaryDirectory(), 'later', 'log.ndjson');
    const { told, visitor, until } = listening();
    const stop = new AbortController();
    const done = follow(file, visitor, stop.signal);
    fs.mkdirSync(path.dirname(file));
    fs.writeFileSync(file, 'one\n');
    await until(1);
    stop.abort();
    await done;
    expect(told).toEqual(['one']);
  });

  it('reads what was written by the time it ends', async () => {
    const file = path.join(temporaryDirectory(), 'log.ndjson');
    const { told, visitor, caughtUp } = listening();
    const stop = new AbortController();
    fs.writeFileSync(file, 'one\n');
    const done = follow(file, visitor, stop.signal);
    await caughtUp;
    fs.appendFileSync(file, 'two\n');
    stop.abort();
    expect(await done).toBe(true);
    expect(told).toEqual(['one', 'two']);
  });

  it('says that it was ended before it had read all', async () => {
    const file = path.join(temporaryDirectory(), 'log.ndjson');
    fs.writeFileSync(file, 'one\n');
    const { told, visitor } = listening();
    expect(await follow(file, visitor, AbortSignal.abort(), 0)).toBe(false);
    expect(told).toEqual([]);
  });

  it('reads what stands there though the signal comes first, for a moment', async () => {
    const file = path.join(temporaryDirectory(), 'log.ndjson');
    fs.writeFileSync(file, 'one\n');
    const { told, visitor } = listening();
    expect(await follow(file, visitor, AbortSignal.abort())).toBe(true);
    expect(told).toContain('one');
  });

  it('reads a pipe to its end', async () => {
    const { told, visitor } = listening();
    const pipe = new PassThrough();
    const done = followStream(pipe, visitor, new AbortController().signal);
    pipe.write('one\nt');
    pipe.end('wo\nrest');
    const end = await done;
    expect(told).toEqual(['one', 'two']);
    expect(end?.rest?.toString()).toBe('rest');
  });

  it('leaves a pipe that goes on', async () => {
    const { told, visitor, until } = listening();
    const pipe = new PassThrough();
    const stop = new AbortController();
    const done = followStream(pipe, visitor, stop.signal);
    pipe.write('one\n');
    await until(1);
    stop.abort();
    expect(await done).toBeNull();
    expect(told).toEqual(['one']);
  });
});
