import type { Explanation } from '../../model/explanation.ts';
import { BlockReader } from '../blocks.ts';
import { openBytes } from '../bytes.ts';
import { CHUNK_BYTES } from '../chunk-memory.ts';
import type { Source } from '../sources.ts';
import { Explainer } from './explainer.ts';

const LINE_FEED = 0x0a;

/**
 * Tells what kinds of lines a log has, and what each was read as.
 *
 * @throws LogUnreadable
 */
export async function explainLog(source: Source, signal?: AbortSignal): Promise<Explanation> {
  const explainer = new Explainer(source, await recognisedText(source));
  const reader = await openBytes(source, signal);
  const blocks = new BlockReader(reader);
  const buffer = Buffer.alloc(CHUNK_BYTES);
  try {
    for (let isLast = false; !isLast; ) {
      signal?.throwIfAborted();
      const block = await blocks.next(buffer);
      isLast = block.isLast;
      for (let at = block.start; at < block.end; ) {
        const feed = buffer.indexOf(LINE_FEED, at);
        const stop = feed === -1 || feed > block.end ? block.end : feed;
        explainer.onLine(buffer.subarray(at, stop));
        at = stop + 1;
      }
    }
  } finally {
    await reader.close();
  }
  return explainer.finish();
}

async function recognisedText({ format }: Source): Promise<string | null> {
  const { name = null, givesWay = false } = format.description ?? {};
  if (name === null || !givesWay) return null;
  const { formatText, isFormat } = await import('../formats.ts');
  return isFormat(name) ? formatText(name) : null;
}
