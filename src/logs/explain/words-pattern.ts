import { eventLike, fieldLike } from './words.ts';

/** What a line of words may be, as a pattern whose groups are fields. */
export interface WordsPattern {
  source: string;
  event: 'connection_opened' | 'connection_closed';
  /** What stands for the event in it. */
  word: string;
}

/** Times that a line may begin with, and what takes them. */
const TIMES: [RegExp, string][] = [
  [/^\[\d{4}-\d\d-\d\d[T ][^\]]+\]/, String.raw`\[(?<time>[^\]]+)\]`],
  [
    /^\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d[.,\d]*(?:Z|[+-]\d\d:?\d\d)?/,
    String.raw`(?<time>\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d[.,\d]*(?:Z|[+-]\d\d:?\d\d)?)`,
  ],
  [/^\d{10,19}(?:\.\d+)?(?=[ :])/, String.raw`(?<time>\d{10,19}(?:\.\d+)?)`],
];

const MAX_TOKENS = 24;

/** undefined where no word of the line may stand for an event. */
export function patternFor(text: string): WordsPattern | undefined {
  const [time, timed] = timeOf(text);
  const tokens = text.slice(time).match(/\s+|[^\s]+/g) ?? [];
  const wordAt = tokens.findIndex((token) => /^[a-z_-]+[:.,]?$/i.test(token) && eventLike(token));
  const word = tokens[wordAt]?.replace(/[:.,]$/, '');
  const event = word === undefined ? undefined : eventLike(word);
  if (word === undefined || event === undefined) return undefined;
  const used = new Set<string>(['event', ...(timed === '' ? [] : ['time'])]);
  const parts = tokens.slice(0, MAX_TOKENS).map((token, at) => {
    if (at === wordAt) return `(?<event>${escaped(word)})${escaped(token.slice(word.length))}`;
    return partFor(token, used, time === 0);
  });
  const last = parts.findLastIndex((part) => part.includes('(?<'));
  return { source: `^${timed}${parts.slice(0, last + 1).join('')}`, event, word };
}

function timeOf(text: string): [length: number, pattern: string] {
  for (const [begins, pattern] of TIMES) {
    const found = begins.exec(text)?.[0];
    if (found !== undefined) return [found.length, pattern];
  }
  return [0, ''];
}

/** @param wantsTime where the line does not begin with one */
function partFor(token: string, used: Set<string>, wantsTime: boolean): string {
  if (/^\s+$/.test(token)) return token === ' ' ? ' ' : ' +';
  const [, key, mark, value, end = ''] =
    /^([\w.-]+)([=:])([^\s,;)\]]+)([,;)\]]*)$/.exec(token) ?? [];
  if (wantsTime && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(token))
    return group('time', String.raw`\S+`, used);
  if (key !== undefined && mark !== undefined && value !== undefined && !/^\d\d$/.test(key)) {
    const field = fieldLike(key);
    const any = /^\d+$/.test(value) ? String.raw`\d+` : String.raw`[^\s,;)\]]+`;
    return `${escaped(key)}${mark}${field === undefined ? any : group(field, any, used)}${escaped(end)}`;
  }
  if (/^(?:1\d{3}|[34]\d{3})$/.test(token)) return group('close_code', String.raw`\d{4}`, used);
  return /\d/.test(token) ? String.raw`\S+` : escaped(token);
}

function group(name: string, pattern: string, used: Set<string>): string {
  if (used.has(name)) return pattern;
  used.add(name);
  return `(?<${name}>${pattern})`;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
