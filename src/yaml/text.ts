import { CST, Lexer } from 'yaml';
import type { Mistake } from './placer.ts';
import { printable } from './printable.ts';

/** What messages about a file say of its kind. */
export interface FileWords {
  /** `scenario` */
  name: string;
  /** What it has at least. */
  least: string;
  /** How deep it is nested, in words. */
  levels: string;
  /** What to do where it goes on for too long. */
  shorten: string;
}

const MAX_BYTES = 2 ** 20;
const MAX_TOKENS = 100_000;
/** The parser recurses, and at some 800 levels takes the process down with it. */
const MAX_DEPTH = 100;

/** The file's text, without its byte order mark. */
export function decode(content: Uint8Array | string): string {
  return typeof content === 'string'
    ? content.replace(/^\uFEFF/, '')
    : new TextDecoder().decode(content);
}

/** What makes a file not worth parsing, or dangerous to parse; undefined for nothing. */
export function textMistake(
  content: Uint8Array | string,
  text: string,
  words: FileWords,
): Mistake | undefined {
  return (
    sizeMistake(content, words) ??
    encodingMistake(content, text) ??
    controlMistake(text) ??
    tokenMistake(text, words)
  );
}

function sizeMistake(content: Uint8Array | string, { name }: FileWords): Mistake | undefined {
  if (Buffer.byteLength(content) <= MAX_BYTES) return undefined;
  return { offset: 0, message: `the file is larger than 1 MiB; a ${name} is smaller than that` };
}

function encodingMistake(content: Uint8Array | string, text: string): Mistake | undefined {
  if (typeof content === 'string') return undefined;
  const marked = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf;
  const bytes = marked ? content.subarray(3) : content;
  const back = Buffer.from(text);
  const wrong = back.findIndex((byte, i) => byte !== bytes[i]);
  if (wrong < 0) return undefined;
  const offset = new TextDecoder().decode(bytes.subarray(0, wrong)).length;
  return { offset, message: 'this is not UTF-8; save the file as UTF-8' };
}

function controlMistake(text: string): Mistake | undefined {
  const offset = text.search(/[^\P{Cc}\t\n\r]/u);
  if (offset < 0) return undefined;
  const character = printable(text.charAt(offset));
  return { offset, message: `a control character (${character}) stands here; remove it` };
}

/** Reads tokens only: the lexer does not recurse. */
function tokenMistake(text: string, words: FileWords): Mistake | undefined {
  const tooDeep = `nested more than ${MAX_DEPTH} levels deep; a ${words.name} needs ${words.levels}`;
  const tooLong = `the file goes on for too long; ${words.shorten}`;
  const depth = new Depth();
  let [offset, count] = [0, 0];
  for (const { type, length } of tokens(text)) {
    depth.see(type, length);
    count += 1;
    const message =
      UNSUPPORTED[type] ??
      (depth.levels > MAX_DEPTH ? tooDeep : count > MAX_TOKENS ? tooLong : undefined);
    if (message !== undefined) return { offset, message };
    offset += length;
  }
  return undefined;
}

const UNSUPPORTED: Record<string, string> = {
  'directive-line': 'directives are not supported; remove this line',
  'explicit-key-ind': 'keys marked with "?" are not supported; write "key: value"',
};

/** Marks that the lexer puts between tokens; they are not in the text. */
const MARKS = new Set(['doc-mode', 'flow-error-end', 'scalar']);

/** What the text is made of, from its beginning. */
export function* tokens(text: string): Generator<{ type: string; length: number }> {
  let previous = '';
  for (const token of new Lexer().lex(text)) {
    // A mark goes before every scalar, which might itself look like any token.
    const type = previous === 'scalar' ? 'text' : (CST.tokenType(token) ?? '');
    if (!MARKS.has(type)) yield { type, length: token.length };
    previous = type;
  }
}

/** An upper bound of how deep a token is nested. */
class Depth {
  /** For each open bracket, whether its present item has had a colon. */
  readonly #brackets: boolean[] = [];
  /** Columns and indicators before the token on its line: each block takes at least one. */
  #blocks = 0;
  #atLineStart = true;
  levels = 0;

  see(type: string, length: number): void {
    if (this.#brackets.length > 0) this.#seeInBrackets(type);
    else if (type === 'newline') this.#blocks = 0;
    else if (type === 'space' && this.#atLineStart) this.#blocks = length;
    else if (type.endsWith('-ind')) this.#blocks += 1;
    if (type === 'flow-map-start' || type === 'flow-seq-start') this.#brackets.push(false);
    this.#atLineStart = type === 'newline';
    // Spaces alone nest nothing: a comment may stand far to the right.
    if (type !== 'space' && type !== 'comment') this.levels = this.#brackets.length + this.#blocks;
  }

  #seeInBrackets(type: string): void {
    const last = this.#brackets.length - 1;
    if (type === 'flow-map-end' || type === 'flow-seq-end') this.#brackets.pop();
    else if (type === 'comma') this.#brackets[last] = false;
    else if (type === 'map-value-ind') {
      // A map without braces, inside its like: `[a: b: c]`.
      if (this.#brackets[last]) this.#blocks += 1;
      this.#brackets[last] = true;
    }
  }
}
