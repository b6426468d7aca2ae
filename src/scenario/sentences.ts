import type * as z from 'zod';
import { type Complaint, type Path, valueAt } from './path.ts';
import { show } from './printable.ts';
import { anyEntry, scenarioFile } from './schema.ts';
import { closest, suggest } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/** Everything the schema has against a file's value, in sentences: one for each mistake. */
export function schemaComplaints(root: unknown): Complaint[] {
  const found = issuesOf(scenarioFile, root).flatMap((issue) => complaints(issue, root));
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

function issuesOf(schema: z.ZodType, value: unknown): Issue[] {
  return schema.safeParse(value, { error: expectation }).error?.issues ?? [];
}

const KINDS: Record<string, string> = {
  object: 'a map of keys',
  array: 'a list',
  string: 'text',
  int: 'a whole number',
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

function complaints(issue: Issue, root: unknown): SchemaComplaint[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(issue, key, root));
    case 'invalid_union':
      return 'options' in issue && issue.options
        ? [wrongChoice(issue.path, issue.options, root), ...restOfEntry(issue.path, root)]
        : noBranch(issue, root);
    case 'invalid_value':
      return [wrongChoice(issue.path, issue.values, root)];
    default:
      return [wrongValue(issue.path, issue.message, root)];
  }
}

function wrongValue(path: Path, expected: string, root: unknown): Complaint {
  const value = valueAt(root, path);
  const message =
    value === undefined
      ? `${subject(path)} is missing; add ${expected}`
      : `${subject(path)} must be ${expected}, not ${show(value)}`;
  return { path, part: 'value', message };
}

function subject(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'a scenario';
  return typeof last === 'string' ? `"${last}"` : `an entry of ${subject(path.slice(0, -1))}`;
}

function wrongChoice(path: Path, values: readonly unknown[], root: unknown): Complaint {
  const value = valueAt(root, path);
  if (typeof value !== 'string') return wrongValue(path, oneOf(values), root);
  const message = `unknown ${noun(path)} ${show(value)}; ${suggest(value, values.map(String))}`;
  return { path, part: 'value', message };
}

function noun(path: Path): string {
  const [parent, key] = path.slice(-2);
  if (key === 'fault') return 'fault';
  if (key === 'policy') return 'backoff policy';
  if (parent === 'defect') return 'defect';
  if (parent === 'findings') return 'finding';
  return `value for "${String(key)}":`;
}

type UnknownKeys = z.core.$ZodIssueUnrecognizedKeys;

function unknownKey({ path, message }: UnknownKeys, key: string, root: unknown): SchemaComplaint {
  const at = { path: [...path, key], part: 'key' } as const;
  const fault = valueAt(root, [...path, 'fault']);
  if (path[0] === 'timeline' && (key === 'share' || key === 'count')) {
    return { ...at, message: `"${fault}" happens to the server, so it takes no "${key}"` };
  }
  const what = path[0] === 'expect' ? 'metric' : 'key';
  const known = message.split(', ');
  const nearest = closest(key, known);
  return {
    ...at,
    message: `unknown ${what} ${show(key)}; ${suggest(key, known)}`,
    ...(nearest === undefined ? {} : { meant: [...path, nearest] }),
  };
}

/** Speaks of the branch that the value is of the right kind for; of all of them if of none. */
function noBranch(issue: z.core.$ZodIssueInvalidUnion, root: unknown): SchemaComplaint[] {
  if (issue.message !== '') return [wrongValue(issue.path, issue.message, root)];
  const branch = issue.errors.find((inner) => !inner.some(isWrongKind));
  if (branch) {
    return branch.flatMap((inner) =>
      complaints({ ...inner, path: [...issue.path, ...inner.path] }, root),
    );
  }
  const expected = issue.errors.flatMap(([first]) => first?.message ?? []).join(' or ');
  return [wrongValue(issue.path, expected, root)];
}

const isWrongKind = ({ code, path }: Issue): boolean =>
  path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');

/** With an unknown fault, the schema looks no further into an entry. */
function restOfEntry(faultPath: Path, root: unknown): Complaint[] {
  const path = faultPath.slice(0, -1);
  return issuesOf(anyEntry, valueAt(root, path)).flatMap((issue) =>
    complaints({ ...issue, path: [...path, ...issue.path] }, root),
  );
}
