import type { LineKind } from '../../model/explanation.ts';
import { ofObjects } from './objects-draft.ts';
import { sampleOf } from './samples.ts';
import { ofWords } from './words-draft.ts';

/** Kinds of lines that a description is guessed from. */
const MAX_KINDS = 200;

/**
 * A description to start from, for lines that may be about connections and are not understood: where events and
 * fields may stand by their names.
 */
export function suggestDescription(kinds: readonly LineKind[]): string | null {
  if (!kinds.some(({ isSuspected }) => isSuspected)) return null;
  const samples = kinds.filter(isToBeDescribed).slice(0, MAX_KINDS).map(sampleOf);
  const objects = samples.filter(({ fields }) => fields !== undefined);
  const words = samples.filter(({ line, fields }) => line.kind === 'words' && !fields);
  const others = kinds.filter((kind) => !isToBeDescribed(kind)).map(sampleOf);
  return words.length > objects.length ? ofWords(samples, others) : ofObjects(samples, others);
}

/** Not understood, or only by its close code. */
const isToBeDescribed = ({ isSuspected, fields }: LineKind): boolean =>
  isSuspected || fields.some(({ field, from }) => field === 'event' && from === 'close_code');
