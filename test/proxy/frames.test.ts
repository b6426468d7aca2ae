import { constants, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  closeFrame,
  FrameReader,
  MAX_MESSAGE_BYTES,
  type Message,
} from '../../src/proxy/frames.ts';

/** What a reader tells of bytes that come in these pieces. */
function told(pieces: Buffer[], { reading = true } = {}) {
  const messages: Message[] = [];
  const closes: [number | null, string][] = [];
  const reader = new FrameReader({
    message: (message) => messages.push(message),
    closed: (code, reason) => closes.push([code, reason]),
  });
  reader.reading = reading;
  for (const piece of pieces) expect(reader.feed(piece)).toBe(piece.length);
  return { messages, closes, isBetweenFrames: reader.isBetweenFrames };
}

interface FrameFields {
  opcode: number;
  payload: Uint8Array;
  isFinal?: boolean;
  isDeflated?: boolean;
  mask?: Buffer | null;
  /** Bytes of its length: 1, 3 or 9; the fewest that do, where it is left out. */
  lengthBytes?: number;
}

function frame(fields: FrameFields): Buffer {
  const { opcode, payload, isFinal = true, isDeflated = false, mask = null } = fields;
  const { length } = payload;
  const size = fields.lengthBytes ?? (length < 126 ? 1 : length < 65_536 ? 3 : 9);
  const head = Buffer.alloc(1 + size);
  head[0] = (isFinal ? 0x80 : 0) | (isDeflated ? 0x40 : 0) | opcode;
  head[1] = (mask ? 0x80 : 0) | (size === 1 ? length : size === 3 ? 126 : 127);
  if (size === 3) head.writeUInt16BE(length, 2);
  if (size === 9) head.writeBigUInt64BE(BigInt(length), 2);
  const body = Buffer.from(payload);
  if (mask) for (let i = 0; i < length; i++) body[i] = (body[i] ?? 0) ^ (mask[i % 4] ?? 0);
  return Buffer.concat([head, ...(mask ? [mask] : []), body]);
}

const text = (value: string, fields: Partial<FrameFields> = {}) =>
  frame({ opcode: 1, payload: Buffer.from(value), ...fields });

const deflated = (value: string | Buffer): Buffer =>
  deflateRawSync(value, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);

/** Cuts bytes at places that are drawn. */
function cut(bytes: Buffer, cuts: number[]): Buffer[] {
  const places = [...new Set(cuts.map((at) => at % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}

const masks = fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 }).map((m) => Buffer.from(m)));
const cuts = fc.array(fc.nat(), { maxLength: 12 });

describe('the frames of one direction', () => {
  it('are told alike however they are cut and masked, in any length that fits', () => {
    const frames = fc.record({
      value: fc.string({ maxLength: 300 }),
      mask: masks,
      lengthBytes: fc.constantFrom(undefined, 9),
      pings: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(frames, { maxLength: 5 }), cuts, masks, (all, cuts, mask) => {
        const bytes = Buffer.concat([
          ...all.flatMap(({ value, pings, ...fields }) => [
            text(value, fields),
            ...(pings ? [frame({ opcode: 9, payload: Buffer.from('p'), mask: fields.mask })] : []),
          ]),
          frame({ opcode: 8, payload: Buffer.from([0x0f, 0xa1, 0x62, 0x79, 0x65]), mask }),
        ]);
        expect(told(cut(bytes, cuts))).toEqual({
          messages: all.map(({ value }) => ({ text: Buffer.from(value).toString() })),
          closes: [[4001, 'bye']],
          isBetweenFrames: true,
        });
      }),
    );
  });

  it('may go unread, and closes among them are found all the same', () => {
    const frames = fc.record({
      opcode: fc.constantFrom(0, 1, 2, 9, 10),
      payload: fc.oneof(
        fc.uint8Array({ maxLength: 125 }),
        fc.constantFrom(Buffer.alloc(0), Buffer.alloc(126), Buffer.alloc(70_000)),
      ),
      mask: masks,
    });
    fc.assert(
      fc.property(fc.array(frames, { maxLength: 20 }), cuts, masks, (all, cuts, mask) => {
        const data = all.map(({ payload, ...fields }) =>
          frame({ ...fields, payload: fields.opcode > 8 ? payload.subarray(0, 125) : payload }),
        );
        const end = frame({ opcode: 8, payload: Buffer.from([3, 0xe8]), mask });
        const bytes = Buffer.concat([...data, end, ...data]);
        expect(told(cut(bytes, cuts), { reading: false })).toEqual({
          messages: [],
          closes: [[1000, '']],
          isBetweenFrames: true,
        });
      }),
    );
  });

  it('never throw, whatever comes, and stop no byte', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
      fc
        .record({
          opcode: fc.nat(15),
          payload: fc.uint8Array({ maxLength: 200 }),
          isFinal: fc.boolean(),
          isDeflated: fc.boolean(),
          mask: masks,
        })
        .map(frame),
      fc.constantFrom(
        // Lengths beyond what a number holds, and control frames that are too long or in pieces.
        Buffer.from([0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]),
        Buffer.from([0x88, 126, 0xff, 0xff]),
        Buffer.from([0x08, 2, 3, 0xe8]),
        Buffer.from([0x88, 1, 3]),
      ),
    );
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 8 }), cuts, (all, cuts) => {
        const bytes = Buffer.concat(all);
        expect(told(cut(bytes, cuts))).toEqual(told([bytes]));
      }),
      { numRuns: 500 },
    );
  });

  it('end where a frame ends, for one that is to stop there', () => {
    const bytes = Buffer.concat([text('one'), text('two')]);
    const reader = new FrameReader({ message: () => {}, closed: () => {} });
    reader.feed(bytes.subarray(0, 2));
    expect(reader.isBetweenFrames).toBe(false);
    expect(reader.feed(bytes.subarray(2), true)).toBe(3);
    expect(reader.isBetweenFrames).toBe(true);
  });

  it('are not between frames once what came was none', () => {
    expect(told([Buffer.from([0x88, 126, 0xff, 0xff])]).isBetweenFrames).toBe(false);
  });
});

describe('a message', () => {
  it('is put together from its fragments, around control frames', () => {
    const pieces = [
      text('he', { isFinal: false }),
      frame({ opcode: 9, payload: Buffer.alloc(0) }),
      frame({ opcode: 0, payload: Buffer.from('l'), isFinal: false }),
      frame({ opcode: 0, payload: Buffer.from('lo') }),
    ];
    expect(told(pieces).messages).toEqual([{ text: 'hello' }]);
  });

  it('is inflated where it can be', () => {
    const bytes = frame({ opcode: 1, payload: deflated('{"type":"hello"}'), isDeflated: true });
    expect(told([bytes]).messages).toEqual([{ text: '{"type":"hello"}' }]);
  });

  it.each([
    ['binary', frame({ opcode: 2, payload: Buffer.from('x') })],
    ['too-large', text('x'.repeat(MAX_MESSAGE_BYTES + 1))],
    ['not-utf8', frame({ opcode: 1, payload: Buffer.from([0xff]) })],
    ['compressed', frame({ opcode: 1, payload: Buffer.from([0xff]), isDeflated: true })],
    [
      'too-large',
      frame({ opcode: 1, payload: deflated(Buffer.alloc(1_000_000)), isDeflated: true }),
    ],
  ])('that is %s says so', (unreadable, bytes) => {
    expect(told([bytes]).messages).toEqual([{ unreadable }]);
  });

  it('of endless fragments is given up at its bound, and told once', () => {
    const piece = frame({ opcode: 0, payload: Buffer.alloc(2000, 'x'), isFinal: false });
    const bytes = [text('x', { isFinal: false }), piece, piece, piece, piece];
    expect(told(bytes).messages).toEqual([{ unreadable: 'too-large' }]);
  });

  it('is not read where nobody asks for it, and closes are', () => {
    expect(told([text('x'), closeFrame(1000, '', false)], { reading: false })).toEqual({
      messages: [],
      closes: [[1000, '']],
      isBetweenFrames: true,
    });
  });
});

describe('a close frame', () => {
  it.each([true, false])('is read as it was made; masked: %s', (masked) => {
    const codes = fc.integer({ min: 1000, max: 4999 });
    fc.assert(
      fc.property(codes, fc.string({ maxLength: 30 }), (code, why) => {
        const reason = Buffer.from(why).toString();
        expect(told([closeFrame(code, reason, masked)]).closes).toEqual([[code, reason]]);
      }),
    );
  });

  it('may have no code', () => {
    expect(told([Buffer.from([0x88, 0])]).closes).toEqual([[null, '']]);
  });
});
