import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LogCopy } from '../../src/worlds/sockets/log-copy.ts';
import { temporaryDirectory } from '../support/world.ts';

function copying(before?: string) {
  const file = path.join(temporaryDirectory(), 'app.log');
  if (before !== undefined) fs.writeFileSync(file, before);
  let copied = '';
  let waiting: { text: string; heard: () => void } | undefined;
  const copy = new LogCopy(
    file,
    (bytes) => {
      copied += bytes;
      if (waiting && copied.endsWith(waiting.text)) waiting.heard();
    },
    (error) => {
      throw error;
    },
  );
  return {
    file,
    /** Resolves once what was appended is copied. */
    append(text: string): Promise<void> {
      return new Promise((heard) => {
        waiting = { text, heard };
        fs.appendFileSync(file, text);
      });
    },
    async finished(): Promise<string> {
      await copy.finish();
      return copied;
    },
  };
}

describe('the copy of a log', () => {
  it('has what was appended since it began, and nothing before', async () => {
    const { append, finished } = copying('before\n');
    await append('one\n');
    void append('two\n');
    expect(await finished()).toBe('one\ntwo\n');
  });

  it('has all of a file that was not there', async () => {
    const { append, finished } = copying();
    await append('one\n');
    expect(await finished()).toBe('one\n');
  });

  it('goes on where the file is renamed and begun anew', async () => {
    const { file, append, finished } = copying('before\n');
    await append('one\n');
    fs.appendFileSync(file, 'last of the old\n');
    fs.renameSync(file, `${file}.1`);
    await append('two\n');
    expect(await finished()).toBe('one\nlast of the old\ntwo\n');
  });

  it('goes on where the file is emptied', async () => {
    const { file, append, finished } = copying('a long line that was here before\n');
    await append('one\n');
    fs.truncateSync(file, 0);
    await append('two\n');
    expect(await finished()).toBe('one\ntwo\n');
  });

  it('is empty where nothing came', async () => {
    expect(await copying().finished()).toBe('');
  });
});
