import type * as z from 'zod';
import { type Complaint, type Path, valueAt } from './path.ts';
import { show } from './printable.ts';
import { closest, suggest } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/** How a kind of file speaks of its parts. */
export interface Language {
  schema: z.ZodType;
  /** What the whole is called: `a scenario`. */
  whole: string;
  /** What a choice among names is about: `fault`; undefined where its key says enough. */
  noun?(path: Path): string | undefined;
  /** What is known of a key that its map does not have, where that is more than that. */
  unknownKey?(path: Path, key: string, root: unknown): UnknownKey | undefined;
  /** Where the schema looks no further than a name that it doesn't know: what the rest is held against. */
  rest?: z.ZodType;
}

/** `known`: the keys that may be meant, where they are not all there are. */
type UnknownKey = { message: string } | { what: string; known?: readonly string[] };

/** Everything the schema has against a file's value, in sentences: one for each mistake. */
export function schemaComplaints(language: Language, root: unknown): Complaint[] {
  const file = { language, root };
  const found = issuesOf(language.schema, root).flatMap((issue) => complaints(issue, file));
  // A misspelt key is not missing too.
  const meant = new Set(found.map(({ meant }) => JSON.stringify(meant)));
  const own = found.filter(
    ({ path }) => valueAt(root, path) !== undefined || !meant.has(JSON.stringify(path)),
  );
  // Of several complaints about one value the last is the narrowest.
  return [...new Map(own.map((each) => [JSON.stringify([each.part, each.path]), each])).values()];
}

interface SchemaComplaint extends Complaint {
  /** For an unknown key: the path that was probably meant. */
  meant?: Path;
}

/** To make a function of each schema takes longer than to read one file does. */
export const ONCE = { jitless: true };

function issuesOf(schema: z.ZodType, value: unknown): Issue[] {
  return schema.safeParse(value, { error: expectation, ...ONCE }).error?.issues ?? [];
}

const KINDS: Record<string, string> = {
  object: 'a map of keys',
  array: 'a list',
  string: 'text',
  int: 'a whole number',
  boolean: 'true or false',
};

/** What was expected, as a noun phrase, where the schema has no `error` of its own. */
function expectation(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? `a ${issue.expected}`;
    case 'invalid_value':
      return oneOf(issue.values);
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'unrecognized_keys':
      return Object.keys((issue.inst as z.ZodObject | undefined)?.shape ?? {}).join(', ');
    case 'invalid_union':
      return '';
    default:
      return 'of another form';
  }
}

const oneOf = (values: readonly unknown[]): string =>
  values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;

/** A file's value, and the language that it is written in. */
interface File {
  language: Language;
  root: unknown;
}

function complaints(issue: Issue, file: File): SchemaComplaint[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(issue, key, file));
    case 'invalid_union':
      return 'options' in issue && issue.options
        ? [wrongChoice(issue.path, issue.options, file), ...restOfEntry(issue.path, file)]
        : noBranch(issue, file);
    case 'invalid_value':
      return [wrongChoice(issue.path, issue.values, file)];
    case 'invalid_key':
      return [wrongKey(issue)];
    case 'custom':
      return [wrongText(issue, file)];
    default:
      return [wrongValue(issue.path, issue.message, file)];
  }
}

function wrongValue(path: Path, expected: string, file: File): Complaint {
  const value = valueAt(file.root, path);
  const message =
    value === undefined
      ? `${subject(path, file)} is missing; add ${expected}`
      : `${subject(path, file)} must be ${expected}, not ${show(value)}`;
  return { path, part: 'value', message };
}

/** Of a map whose keys are the user's own. */
function wrongKey({ path, issues }: z.core.$ZodIssueInvalidKey): Complaint {
  const message = `${show(path.at(-1))} must be ${issues[0]?.message}`;
  return { path: path as Path, part: 'key', message };
}

/** What a rule of the schema may say of a value beyond what it expected, in its `params`. */
type Said =
  /** The end of a sentence. */
  | { says: string }
  /** There is something unknown in it, which is one of those that are known. */
  | { what: string; unknown: string; known: readonly string[] };

function wrongText({ path, message, params }: z.core.$ZodIssueCustom, file: File): Complaint {
  if (params === undefined) return wrongValue(path as Path, message, file);
  const said = params as Said;
  const end =
    'says' in said
      ? said.says
      : `has the unknown ${said.what} ${show(said.unknown)}; ${suggest(said.unknown, said.known)}`;
  return { path: path as Path, part: 'value', message: `${subject(path as Path, file)} ${end}` };
}

function subject(path: Path, file: File): string {
  const last = path.at(-1);
  if (last === undefined) return file.language.whole;
  return typeof last === 'string' ? `"${last}"` : `an entry of ${subject(path.slice(0, -1), file)}`;
}

function wrongChoice(path: Path, values: readonly unknown[], file: File): Complaint {
  const value = valueAt(file.root, path);
  if (typeof value !== 'string') return wrongValue(path, oneOf(values), file);
  const message = `unknown ${noun(path, file)} ${show(value)}; ${suggest(value, values.map(String))}`;
  return { path, part: 'value', message };
}

const noun = (path: Path, { language }: File): string =>
  language.noun?.(path) ?? `value for "${String(path.at(-1))}":`;

type UnknownKeys = z.core.$ZodIssueUnrecognizedKeys;

function unknownKey(issue: UnknownKeys, key: string, file: File): SchemaComplaint {
  const { path, message } = issue;
  const at = { path: [...path, key], part: 'key' } as const;
  const own = file.language.unknownKey?.(path, key, file.root) ?? { what: 'key' };
  if ('message' in own) return { ...at, message: own.message };
  const { known = message.split(', ') } = own;
  const nearest = closest(key, known);
  return {
    ...at,
    message: `unknown ${own.what} ${show(key)}; ${suggest(key, known)}`,
    ...(nearest === undefined ? {} : { meant: [...path, nearest] }),
  };
}

/** Speaks of the branch that the value is of the right kind for; of all of them if of none. */
function noBranch(issue: z.core.$ZodIssueInvalidUnion, file: File): SchemaComplaint[] {
  if (issue.message !== '') return [wrongValue(issue.path, issue.message, file)];
  const branch = issue.errors.find((inner) => !inner.some(isWrongKind)) ?? namesFor(issue, file);
  if (branch) {
    return branch.flatMap((inner) =>
      complaints({ ...inner, path: [...issue.path, ...inner.path] }, file),
    );
  }
  const expected = issue.errors.flatMap(([first]) => first?.message ?? []).join(' or ');
  return [wrongValue(issue.path, expected, file)];
}

/** Of text, the branch that is a choice among names. */
function namesFor({ path, errors }: z.core.$ZodIssueInvalidUnion, { root }: File) {
  if (typeof valueAt(root, path) !== 'string') return undefined;
  return errors.find(([first]) => first?.code === 'invalid_value' && first.values.length > 1);
}

const isWrongKind = ({ code, path }: Issue): boolean =>
  path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');

/** With an unknown name, the schema looks no further into an entry. */
function restOfEntry(choice: Path, file: File): Complaint[] {
  const { language, root } = file;
  if (language.rest === undefined) return [];
  const path = choice.slice(0, -1);
  return issuesOf(language.rest, valueAt(root, path)).flatMap((issue) =>
    complaints({ ...issue, path: [...path, ...issue.path] }, file),
  );
}
