import {
  type EventLike,
  eventLike,
  fieldsAmong,
  type Guess,
  isNoun,
  isPerson,
  needsNext,
} from './words.ts';

/** What a line of words may be, as a pattern whose groups are fields. */
export interface WordsPattern extends Guess {
  source: string;
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

/** Words, and pairs whose value may be in quotes. */
const TOKEN = /\s+|[\w.-]+[=:](?:'[^']*'|"[^"]*")[^\s'"]*|\S+/g;

/** undefined where no word of the line may stand for an event. */
export function patternFor(text: string): WordsPattern | undefined {
  const line = splitLine(text);
  const found = eventLike(text) && eventIn(line.tokens, text);
  if (found === undefined) return undefined;
  const { at, length, event } = found;
  const [, word = '', mark = ''] =
    /^(.*?)([:.,]?)$/.exec(line.tokens.slice(at, at + length).join('')) ?? [];
  const parts = partsOf(line, at);
  parts.splice(at, length, `(?<event>${escaped(word)})${escaped(mark)}`);
  return { source: sourceOf(line, parts), event, word };
}

/** For a line that is no event, and has a connection and who it is of; undefined for any other. */
export function namingPatternFor(text: string): string | undefined {
  const line = splitLine(text);
  const source = sourceOf(line, partsOf(line));
  const namesBoth = ['time', 'client_id', 'session_id'].every((name) =>
    source.includes(`<${name}>`),
  );
  return namesBoth ? source : undefined;
}

interface SplitLine {
  /** What takes the time that it begins with; empty where it does not. */
  timed: string;
  tokens: string[];
}

function splitLine(text: string): SplitLine {
  const [length, timed] = timeOf(text);
  const tokens: string[] = text.slice(length).match(TOKEN) ?? [];
  return { timed, tokens: tokens.slice(0, MAX_TOKENS) };
}

/** @param eventAt its first token, which the name of who it is of may stand before */
function partsOf({ timed, tokens }: SplitLine, eventAt?: number): string[] {
  const keys = tokens.flatMap((token) => PAIR.exec(token)?.[1] ?? []);
  const fields = new Map([...fieldsAmong(keys)].map(([field, key]) => [key, field]));
  const used = new Set<string>(timed === '' ? [] : ['time']);
  const names = { fields, namesSession: [...fields.values()].includes('session_id'), used };
  return tokens.map((token, at) => {
    const isNamed = at + 2 === eventAt || /\d/.test(token);
    return partFor(token, { ...names, isNamed }, timed === '', tokens[at - 2]);
  });
}

function sourceOf({ timed }: SplitLine, parts: readonly string[]): string {
  const last = parts.findLastIndex((part) => part.includes('(?<'));
  return `^${timed}${parts.slice(0, last + 1).join('')}`;
}

/** The tokens that stand for the event: "lost" of "Connection lost", and "Connection from" where no word says more. */
function eventIn(
  tokens: readonly string[],
  line: string,
): { at: number; length: number; event: EventLike } | undefined {
  const words = tokens.map((token) => (WORD.test(token) ? token.replace(/[:.,]$/, '') : ''));
  const saying = words.flatMap((word, at) => {
    const event = eventLike(word, line);
    return event === undefined || isNoun(word) ? [] : [{ at, length: 1, event }];
  });
  const [first, second] = saying;
  if (first !== undefined) {
    const isEnded = second?.at === first.at + 2 && second.event === 'connection_closed';
    if (isEnded) return second;
    return needsNext(words[first.at] ?? '', words[first.at + 2] ?? '')
      ? { ...first, length: 3 }
      : first;
  }
  const noun = words.findIndex(isNoun);
  const hasNext = (words[noun + 2] ?? '') !== '';
  return noun !== -1 && hasNext ? { at: noun, length: 3, event: 'connection_opened' } : undefined;
}

const WORD = /^[a-z_-]+[:.,]?$/i;

function timeOf(text: string): [length: number, pattern: string] {
  for (const [begins, pattern] of TIMES) {
    const found = begins.exec(text)?.[0];
    if (found !== undefined) return [found.length, pattern];
  }
  return [0, ''];
}

/** What a line's keys stand for, and the groups that its pattern has so far. */
interface Names {
  fields: ReadonlyMap<string, string>;
  namesSession: boolean;
  /** Behind "user" stands a name or an id, and no other word. */
  isNamed: boolean;
  used: Set<string>;
}

/**
 * @param wantsTime where the line does not begin with one
 * @param before the word before it
 */
function partFor(
  token: string,
  names: Names,
  wantsTime: boolean,
  before: string | undefined,
): string {
  if (/^\s+$/.test(token)) return LEVEL.test(before ?? '') || token !== ' ' ? ' +' : ' ';
  if (LEVEL.test(token)) return String.raw`\w+`;
  if (wantsTime && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(token))
    return group('time', String.raw`\S+`, names.used);
  return pairPart(token, names) ?? wordPart(token, names, before);
}

const LEVEL = /^(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)$/;

/** `key=value` or `key:value`; not a time of day. */
const PAIR = /^(?!\d\d[=:])([\w.-]+)([=:])(?:(['"])([^'"]*)\3|([^\s,;)\]'"]+))([^\s'"]*)$/;

function pairPart(token: string, { fields, used }: Names): string | undefined {
  const [, key = '', mark = '', quote = '', , bare = '', end = ''] = PAIR.exec(token) ?? [];
  if (key === '') return undefined;
  const field = fields.get(key);
  const any = quote !== '' ? `[^${quote}]*` : /^\d+$/.test(bare) ? String.raw`\d+` : ANY;
  const value = field === undefined ? any : group(field, any, used);
  return `${escaped(key)}${mark}${quote}${value}${quote}${escaped(end)}`;
}

const ANY = String.raw`[^\s,;)\]]+`;

function wordPart(token: string, { namesSession, isNamed, used }: Names, before = ''): string {
  const [, who = '', end = ''] = /^([\w@.-]+?)([.,:;)\]]*)$/.exec(token) ?? [];
  if (who !== '' && isPerson(before)) {
    const any = String.raw`[\w@.-]+`;
    const isId = !namesSession && isNamed;
    return `${isId ? group('session_id', any, used) : any}${escaped(end)}`;
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
