import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { openBytes } from '../../src/logs/bytes.ts';
import { LogUnreadable } from '../../src/logs/index.ts';
import { codePoint } from '../support/code-points.ts';
import { isThorough, runs } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';
import { bytesOf } from './support.ts';

/** Compresses badly, so that it comes in many steps; has characters of each length in UTF-8. */
const TEXT = Array.from(
  { length: 3000 },
  (_, i) => `${i} ${(i * 2_654_435_761) % 4_294_967_291} ä€😀\n`,
).join('');
const GZIP = gzipSync(TEXT);

function fileOf(content: string | Buffer): string {
  const file = path.join(temporaryDirectory(), 'a.log');
  fs.writeFileSync(file, content);
  return file;
}

async function read(content: string | Buffer, step?: number) {
  const { bytes, doubts } = await bytesOf(fileOf(content), step);
  return { text: bytes.toString(), doubts: doubts.map(({ code, value }) => `${code}: ${value}`) };
}

const sound = (text: string) => ({ text, doubts: [] });

describe('openBytes', () => {
  it.each<[string, string | Buffer]>([
    ['a plain file', TEXT],
    ['a file with a byte order mark', `\ufeff${TEXT}`],
    ['gzip', GZIP],
    ['gzip, padded with zeros', Buffer.concat([GZIP, Buffer.alloc(100_000)])],
    ['gzip of UTF-8 with a byte order mark', gzipSync(`\ufeff${TEXT}`)],
    ['UTF-16 LE with its mark', utf16(`\ufeff${TEXT}`)],
    ['UTF-16 BE with its mark', utf16(`\ufeff${TEXT}`).swap16()],
    ['UTF-16 LE without a mark', utf16(TEXT)],
    ['UTF-16 BE without a mark', utf16(TEXT).swap16()],
    ['gzip of UTF-16', gzipSync(utf16(`\ufeff${TEXT}`))],
  ])('gives the text of %s, in steps of any size', async (_, content) => {
    expect(await read(content)).toEqual(sound(TEXT));
    expect(await read(content, isThorough ? 7 : 61)).toEqual(sound(TEXT));
  });

  it.each(['', '{', 'ab', 'a\0', '\ufeff', '\u001f'])(
    'gives %j, which is hardly a log',
    async (text) => {
      expect(await read(text, 1)).toEqual(sound(text.replace('\ufeff', '')));
    },
  );

  it('gives members of gzip one after the other', async () => {
    const members = ['one\n', 'two\n', TEXT].map((text) => gzipSync(text));
    expect(await read(Buffer.concat(members))).toEqual(sound(`one\ntwo\n${TEXT}`));
  });

  it('puts bytes where it is told to, and nowhere else', async () => {
    const reader = await openBytes({ file: fileOf('abc') });
    const buffer = Buffer.from('------');
    expect(await reader.read(buffer.subarray(0, 4), 2)).toBe(2);
    expect(buffer.toString()).toBe('--ab--');
    await expect(reader.read(buffer, 6)).rejects.toThrow(RangeError);
    await reader.close();
  });

  it('tells how far it is in the file, and how large that is', async () => {
    expect(await bytesOf(fileOf(TEXT))).toMatchObject(at(Buffer.byteLength(TEXT)));
    expect(await bytesOf(fileOf(GZIP))).toMatchObject(at(GZIP.length));
    expect(await bytesOf(fileOf(utf16(TEXT)))).toMatchObject(at(utf16(TEXT).length));
  });

  it('makes lines of damaged UTF-16 such that none is taken for sound', async () => {
    const half = utf16('\ufeffa\nx\ud800y\nb\n\udc00');
    const odd = utf16('\ufeffa\nb').subarray(0, -1);
    expect((await bytesOf(fileOf(half))).bytes).toEqual(
      Buffer.from('a\nx\xffy\nb\n\xff', 'latin1'),
    );
    expect((await bytesOf(fileOf(odd))).bytes).toEqual(Buffer.from('a\n\xff', 'latin1'));
  });

  it('takes no replacement character in UTF-16 for sound: nothing tells what it replaced', async () => {
    const { bytes } = await bytesOf(fileOf(utf16('\ufeffa\ufffd\nb')));
    expect(bytes).toEqual(Buffer.from('a\xff\nb', 'latin1'));
  });

  it('transcodes as Node does, however the bytes fall', async () => {
    const text = fc
      .string({ unit: codePoint, maxLength: 50 })
      .filter((text) => !text.includes('\ufffd'));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (text, step) => {
        expect((await read(utf16(`\ufeff${text}`), step)).text).toBe(text);
      }),
      { numRuns: runs(50) },
    );
  });
});

describe('damaged gzip', () => {
  it('keeps what was readable where it ends too early', async () => {
    const { text, doubts } = await read(GZIP.subarray(0, -2000));
    expect(doubts).toEqual([
      `log-truncated: its gzip data ends too early, after ${GZIP.length - 2000} bytes`,
    ]);
    expect(text.length).toBeGreaterThan(TEXT.length * 0.8);
    expect(TEXT.startsWith(text)).toBe(true);
  });

  it.each([
    ['its check sum', (bytes: Buffer) => flip(bytes, bytes.length - 5)],
    ['its length', (bytes: Buffer) => flip(bytes, bytes.length - 1)],
    ['what follows it', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('garbage')])],
    ['a later member', (bytes: Buffer) => Buffer.concat([bytes, flip(GZIP, 3)])],
  ])('keeps all but the last 64 KiB where it is %s that is wrong', async (_, damage) => {
    for (const content of ['short\n', TEXT, TEXT.repeat(5)]) {
      const { text, doubts } = await read(damage(gzipSync(content)));
      expect(content.startsWith(text)).toBe(true);
      expect(content.slice(text.length).length).toBeLessThan(64 * 1024);
      expect(doubts).toEqual([
        expect.stringMatching(/^log-truncated: its gzip data is damaged near/),
      ]);
    }
  });

  it('does not pass over what comes after padding', async () => {
    const { text, doubts } = await read(Buffer.concat([GZIP, Buffer.alloc(50_000), GZIP]));
    expect(text).toBe(TEXT);
    expect(doubts).toEqual([
      `log-truncated: its gzip data is followed by something else after ${GZIP.length} bytes`,
    ]);
  });
});

describe('a file that changes while it is read', () => {
  /** Reads a little, lets something happen, and reads on. */
  async function during(happen: (file: string) => void) {
    const file = fileOf(TEXT);
    const reader = await openBytes({ file });
    const buffer = Buffer.alloc(1000);
    const pieces = [Buffer.from(buffer.subarray(0, await reader.read(buffer, 0)))];
    happen(file);
    for (let size = 1; size > 0; ) {
      size = await reader.read(buffer, 0);
      pieces.push(Buffer.from(buffer.subarray(0, size)));
    }
    const doubts = reader.finish().map(({ code, value }) => `${code}: ${value}`);
    await reader.close();
    return { text: Buffer.concat(pieces).toString(), doubts };
  }

  it('is read up to where it ended', async () => {
    expect(await during((file) => fs.appendFileSync(file, 'more\n'))).toEqual(sound(TEXT));
  });

  it('is read to its end where another took its place', async () => {
    const replaced = await during((file) => {
      fs.renameSync(file, `${file}.1`);
      fs.writeFileSync(file, 'new\n');
    });
    expect(replaced).toEqual(sound(TEXT));
  });

  it('is read to its end where it was removed', async () => {
    expect(await during((file) => fs.rmSync(file))).toEqual(sound(TEXT));
  });

  it('is doubted where it was cut', async () => {
    const { doubts } = await during((file) => fs.truncateSync(file, 10));
    const size = Buffer.byteLength(TEXT);
    expect(doubts).toEqual([`log-changed: it shrank from ${size} to 10 bytes`]);
  });

  it('is doubted where it was emptied and filled again', async () => {
    const { doubts } = await during((file) => fs.writeFileSync(file, `other ${TEXT}`));
    expect(doubts).toEqual(['log-changed: it begins with other bytes']);
  });

  it('is doubted where its time went back', async () => {
    const { doubts } = await during((file) => fs.utimesSync(file, 1, 1));
    expect(doubts).toEqual(['log-changed: its time of change went back']);
  });
});

describe('what can be read once only', () => {
  it.each([
    ['plain text', Buffer.from(TEXT)],
    ['gzip', GZIP],
    ['UTF-16', utf16(`\ufeff${TEXT}`)],
  ])('is read from a FIFO: %s', async (_, content) => {
    const file = path.join(temporaryDirectory(), 'fifo');
    execFileSync('mkfifo', [file]);
    const [{ bytes, doubts, size }] = await Promise.all([
      bytesOf(file),
      fs.promises.writeFile(file, content),
    ]);
    expect(bytes.toString()).toBe(TEXT);
    expect({ doubts, size }).toEqual({ doubts: [], size: null });
  });

  it('is read from standard input', async () => {
    const stdin = Readable.from([GZIP.subarray(0, 1), GZIP.subarray(1)]);
    vi.spyOn(process, 'stdin', 'get').mockReturnValueOnce(stdin as typeof process.stdin);
    expect((await bytesOf('-')).bytes.toString()).toBe(TEXT);
  });

  it('is read from a device', async () => {
    expect((await bytesOf('/dev/null')).bytes).toHaveLength(0);
  });
});

describe('what can’t be read', () => {
  it.each([
    ['a missing file', (directory: string) => `${directory}/none`, 'no such file or directory'],
    ['a directory', (directory: string) => directory, 'is a directory, not a file'],
  ])('is told of in one line: %s', async (_, nameIn, reason) => {
    const file = nameIn(temporaryDirectory());
    await expect(openBytes({ file })).rejects.toEqual(new LogUnreadable(file, reason));
  });
});

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le');
}

const at = (size: number) => ({ position: size, size });

function flip(bytes: Buffer, at: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[at] = (flipped[at] as number) ^ 0xff;
  return flipped;
}
