/**
 * Control characters (C0, C1, so ANSI escapes too), line and paragraph separators, format characters
 * (bidi controls, zero-width ones) and lone surrogates: what could move a terminal's cursor, make a
 * second line, or make text read other than it is.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** What came from outside, made fit for a terminal: unsafe characters as `\u001b`, as JSON has them. */
export function sanitize(text: string): string {
  return text.replace(UNSAFE, (character) => character.split('').map(escaped).join(''));
}

/** A UTF-16 code unit as JSON has it. */
export function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * A line that GitHub Actions takes for no command: it acts on `::` at a line's beginning, spaces aside,
 * and on `##[` anywhere. Escaped as in JSON.
 */
export function inert(line: string): string {
  return line.replace(/^(\s*):(?=:)/, '$1\\u003a').replaceAll('##[', '#\\u0023[');
}
