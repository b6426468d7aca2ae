/** Text with nothing left in it that a terminal would obey or that would begin a new line. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

const LONGEST = 60;

const clip = (text: string, longest = LONGEST): string =>
  text.length > longest ? `${text.slice(0, longest)}…` : text;

/** The beginning of a text from outside, as messages show it without quotes. */
export const excerpt = (text: string, longest?: number): string => printable(clip(text, longest));

/** A value as messages show it. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value !== 'string') return String(value);
  return printable(JSON.stringify(clip(value)));
}
