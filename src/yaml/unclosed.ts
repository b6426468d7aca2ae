import type { YAMLError } from 'yaml';
import type { Mistake } from './placer.ts';
import { tokens } from './text.ts';

const CLOSERS: Record<string, string> = { '{': '}', '[': ']' };

/** The bracket or quote that something was to close, at its own place: the parser tells of it where it gave up. */
export function unclosed(
  { code, message, pos: [offset] }: YAMLError,
  text: string,
): Mistake | undefined {
  if (code === 'MISSING_CHAR' && message.endsWith('quote')) {
    const at = quotesBefore(text, offset).at(-1);
    return at === undefined ? undefined : neverClosed(at, text.charAt(at), text.charAt(at));
  }
  const [, closer] = /^Flow (?:map|sequence).* end with a ([}\]])$/.exec(message) ?? [];
  // What is closed at the wrong column is another mistake.
  if (closer === undefined || text.charAt(offset) === closer) return undefined;
  const at = bracketsOpenAt(text, offset).findLast((one) => CLOSERS[text.charAt(one)] === closer);
  return at === undefined ? undefined : neverClosed(at, text.charAt(at), closer);
}

const neverClosed = (offset: number, opener: string, closer: string): Mistake => ({
  offset,
  message: `this ${opener} is never closed; add ${closer}`,
});

/** Where the brackets begin that are open at an offset, the innermost last. */
function bracketsOpenAt(text: string, end: number): number[] {
  const open: number[] = [];
  let offset = 0;
  for (const { type, length } of tokens(text)) {
    if (offset >= end) break;
    if (/^flow-.*-start$/.test(type)) open.push(offset);
    else if (/^flow-.*-end$/.test(type)) open.pop();
    offset += length;
  }
  return open;
}

function quotesBefore(text: string, end: number): number[] {
  const quotes: number[] = [];
  let offset = 0;
  for (const { type, length } of tokens(text)) {
    if (offset >= end) break;
    if (type.endsWith('-quoted-scalar')) quotes.push(offset);
    offset += length;
  }
  return quotes;
}
