import type { LineKind } from '../../model/explanation.ts';
import { logfmtFields } from '../logfmt.ts';
import { type Unwrapped, unwrapLine } from '../unwrap.ts';
import { scalarsOf } from './json-kind.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Lines that are alike, and what the first of them holds. */
export interface Sample {
  kind: LineKind;
  line: Unwrapped;
  fields: Fields | undefined;
}

export function sampleOf(kind: LineKind): Sample {
  const line = unwrapLine(Buffer.from(kind.text));
  return { kind, line, fields: fieldsIn(line) };
}

export const fieldsIn = (line: Unwrapped): Fields | undefined =>
  line.kind === 'object'
    ? line.fields
    : line.kind === 'words'
      ? logfmtFields(line.text)
      : undefined;

export const wordsOf = ({ kind, line }: Sample): string =>
  line.kind === 'words' ? line.text : kind.text;

export const valueIn = ({ fields }: Sample, path: string): unknown =>
  scalarsOf(fields ?? {}).find(([one]) => one === path)?.[1];
