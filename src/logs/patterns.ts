import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import { UserError } from '../model/user-error.ts';

/**
 * Regular expressions from descriptions of logs, which anybody may have written. They are RE2's: no matter what
 * is in one, and in a line, a match takes time in proportion to the two lengths. References back and looking
 * around are not in that language.
 */
export interface Pattern {
  /** What the named groups have that took part; null where the text does not match. */
  exec(text: string): Record<string, string> | null;
}

/** A regular expression that can't be used; the message says why. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/** A match took too long. */
export class PatternTooSlow extends UserError {
  override readonly name = 'PatternTooSlow';
}

const MAX_PATTERN_LENGTH = 4096;
/** Instructions that it comes to; a counted repeat multiplies what it repeats. */
const MAX_INSTRUCTIONS = 1000;
/** What a line has beyond is not looked at. */
const MAX_MATCHED = 16 * 1024;
/** Instructions times characters, which bounds a match to some tenths of a second. */
const MAX_STEPS = 2_000_000;

/** The largest of patterns, on lines made for them, would else keep a command busy for hours. */
const PATIENCE_MS = 200;
const SLOWEST_PER_MS = 100;

const load = createRequire(import.meta.url);
/** Loaded by those who need it: most logs are read without. */
const engine = (): typeof RE2JS => load('re2js').RE2JS;

/** By their sources: each log's beginning is looked at with the same ones before it is read. */
const known = new Map<string, Pattern>();

/** @throws PatternError */
export function compilePattern(source: string): Pattern {
  const before = known.get(source);
  if (before !== undefined) return before;
  if (source.length > MAX_PATTERN_LENGTH) {
    throw new PatternError(`it is longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  const program = compile(source);
  if (program.programSize() > MAX_INSTRUCTIONS) {
    throw new PatternError('it repeats too much too often; make its counted repeats smaller');
  }
  const exec = matcherOf(source, program);
  const longest = Math.min(MAX_MATCHED, Math.floor(MAX_STEPS / program.programSize()));
  const pattern: Pattern = { exec: (text) => exec(text.slice(0, longest)) };
  known.set(source, pattern);
  return pattern;
}

/** `/pattern/` to the pattern within; undefined for other text. */
export const patternIn = (text: string): string | undefined => /^\/(.+)\/$/s.exec(text)?.[1];

function compile(source: string): RE2JS {
  try {
    return engine().compile(source);
  } catch (error) {
    const message = (error as Error).message.replace(/^error parsing regexp: /, '');
    throw new PatternError(message.replace(`: \`${source}\``, ''));
  }
}

type Groups = readonly [name: string, index: number][];

function matcherOf(source: string, program: RE2JS): Pattern['exec'] {
  const groups: Groups = Object.entries(program.namedGroups());
  const linear = withPatience(source, (text) => {
    const match = program.matcher(text);
    return match.find() ? namedIn(groups, (index) => match.group(index)) : null;
  });
  if (!isSameInV8(source)) return linear;
  // By their places: V8 makes an object of groups with names for each match.
  const own = new RegExp(withoutNames(source));
  return (text) => {
    if (!ASCII.test(text)) return linear(text);
    const match = own.exec(text);
    return match && namedIn(groups, (index) => match[index] ?? null);
  };
}

function namedIn(groups: Groups, textOf: (index: number) => string | null): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, index] of groups) {
    const value = textOf(index);
    if (value !== null) values[name] = value;
  }
  return values;
}

/** What both languages have, and mean the same by in ASCII: no flags, no classes by name, no captures in a repeat. */
const COMMON =
  /^(?:[^\\()[\]]|\\[dDwWsSbBtnr]|\\[^\w\s]|\((?:\?:|\?<\w+>|(?!\?))|\)(?![*+{])|\[\^?(?:[^\\[\]]|\\[dDwWsStnr]|\\[^\w\s])+\])*$/;

/** Names of groups, and what may have in it what looks like one: an escape, a class. */
const NAMED = /\\.|\[(?:\\.|[^\\\]])+\]|\(\?<\w+>/g;
const withoutNames = (source: string): string =>
  source.replace(NAMED, (token) => (token.startsWith('(') ? '(' : token));

const ASCII = /^[\t\x20-\x7e]*$/;

/**
 * V8 is many times faster, and backtracks. It can't do so for long where the next character alone says how a match
 * goes on, which is what makes a pattern one of RE2's one-pass ones, whatever comes behind its end.
 */
const isSameInV8 = (source: string): boolean =>
  COMMON.test(source) && compile(`(?:${source})$`).re2().onepass !== null;

/** Ends in an error once a pattern has turned out to be slow: by the processor's time, of which a busy machine gives little. */
function withPatience(source: string, match: Pattern['exec']): Pattern['exec'] {
  let [characters, ms] = [0, 0];
  return (text) => {
    const begun = process.cpuUsage();
    const values = match(text);
    const { user, system } = process.cpuUsage(begun);
    ms += (user + system) / 1000;
    characters += text.length;
    if (ms > PATIENCE_MS && characters < SLOWEST_PER_MS * ms) {
      throw new PatternTooSlow(
        `the pattern ${source} takes too long: ${Math.round(ms)} ms for ${characters} characters`,
      );
    }
    return values;
  };
}
