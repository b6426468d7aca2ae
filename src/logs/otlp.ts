import { type ByteReader, PieceReader } from './byte-reader.ts';

/**
 * A collector's file of OTLP JSON, one batch a line, each of which holds many records:
 * https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/
 */
const BEGINNINGS = ['{"resourceLogs":', '{"resourceSpans":', '{"resourceMetrics":'].map((text) =>
  Buffer.from(text),
);

/** How many bytes `isOtlp` needs to see. */
export const OTLP_HEAD_BYTES = Math.max(...BEGINNINGS.map(({ length }) => length));

export const isOtlp = (head: Buffer): boolean =>
  BEGINNINGS.some((text) => head.subarray(0, text.length).equals(text));

const LINE_FEED = 0x0a;
const STEP_BYTES = 64 * 1024;
/** A batch is smaller; what is longer is left as it is. */
const MAX_BATCH_BYTES = 32 * 1024 * 1024;

/** Each record on a line of its own. Lines are then counted in records. */
export function otlpReader(inner: ByteReader): ByteReader {
  return new PieceReader(inner, unpacked(inner));
}

async function* unpacked(inner: ByteReader): AsyncGenerator<Buffer> {
  const input = Buffer.alloc(STEP_BYTES);
  let begun: Buffer[] = [];
  let size = 0;
  for (let read = await inner.read(input, 0); read > 0; read = await inner.read(input, 0)) {
    const bytes = Buffer.from(input.subarray(0, read));
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    if (end > 0 || size > MAX_BATCH_BYTES) {
      yield unpackBatches(Buffer.concat([...begun, bytes.subarray(0, end)]));
      begun = [];
      size = 0;
    }
    begun.push(bytes.subarray(end));
    size += read - end;
  }
  yield unpackBatches(Buffer.concat(begun));
}

/** What is no batch stays as it is. */
export function unpackBatches(lines: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < lines.length; ) {
    const feed = lines.indexOf(LINE_FEED, at);
    const stop = feed === -1 ? lines.length : feed + 1;
    const line = lines.subarray(at, stop);
    pieces.push(isOtlp(line) ? unpackBatch(line) : line);
    at = stop;
  }
  return Buffer.concat(pieces);
}

function unpackBatch(line: Buffer): Buffer {
  const records = recordsIn(line);
  return records === undefined
    ? line
    : Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
}

function recordsIn(line: Buffer): unknown[] | undefined {
  try {
    const { resourceLogs } = JSON.parse(line.toString());
    if (resourceLogs === undefined) return undefined;
    return listOf(resourceLogs)
      .flatMap(({ scopeLogs }) => listOf(scopeLogs))
      .flatMap(({ logRecords }) => listOf(logRecords));
  } catch {
    return undefined;
  }
}

const listOf = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : [];
