import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  Scalar,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { adviceOn } from './ambiguous.ts';
import type { Complaint, Path } from './path.ts';
import type { Mistake } from './placer.ts';
import { excerpt, show } from './printable.ts';
import type { FileWords } from './text.ts';
import { unclosed } from './unclosed.ts';

/** YAML that was parsed: its value, and where in the text each part of it stands. */
export interface Source {
  value: unknown;
  offsetOf(place: Pick<Complaint, 'path' | 'part'>): number;
  /** Where the value at that path begins and ends in the text; undefined where there is none. */
  rangeOf(path: Path): [start: number, end: number] | undefined;
}

/** Stands for what could not be read and has been complained of. */
const UNREADABLE = Symbol('unreadable');

/**
 * Reads one document of plain YAML: maps, lists and scalars. Aliases, anchors, tags and merge keys
 * are mistakes: nobody needs them here, and each is a way to attack a loader. Where the syntax is
 * broken there is no source.
 */
export function readYaml(text: string, words: FileWords): { source?: Source; mistakes: Mistake[] } {
  const [document, second] = documents(text);
  const empty: Mistake = {
    offset: 0,
    message: `the file has no ${words.name} in it; add at least ${words.least}`,
  };
  if (document === undefined) return { mistakes: [empty] };
  const mistakes = syntaxMistakes(document, text);
  if (second) {
    const message = `a second document begins here; a ${words.name} is a single one`;
    mistakes.push({ offset: second.range?.[0] ?? 0, message });
  }
  if (mistakes.length > 0) return { mistakes };
  if (isEmpty(document.contents)) return { mistakes: [empty] };
  const value = toValue(document.contents, (node, message) =>
    mistakes.push({ offset: startOf(node) ?? 0, message }),
  );
  const source: Source = {
    value,
    offsetOf: (place) => offsetOf(document, place),
    rangeOf: (path) => rangeOf(document, path),
  };
  return { source, mistakes };
}

function documents(text: string): Document.Parsed[] {
  // Duplicate keys are found below: the parser compares every key with every other.
  const options = { prettyErrors: false, uniqueKeys: false, logLevel: 'silent' } as const;
  return [...parseAllDocuments(text, options)] as Document.Parsed[];
}

function isEmpty(contents: unknown): boolean {
  return contents === null || (isScalar(contents) && contents.source === '');
}

/** One slip of the pen can set off a chain of errors: only the first of each line is kept. */
function syntaxMistakes(document: Document.Parsed, text: string): Mistake[] {
  const byLine = new Map<number, Mistake>();
  // Behind it there is no line to show.
  const end = text.trimEnd().length;
  for (const error of document.errors.slice(0, 100)) {
    const offset = Math.min(error.pos[0], end);
    const mistake = unclosed(error, text) ?? {
      offset,
      message: syntaxMessage(error, text.slice(lineStart(text, offset))),
    };
    const line = lineStart(text, mistake.offset);
    if (!byLine.has(line)) byLine.set(line, mistake);
  }
  return [...byLine.values()];
}

const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;

function syntaxMessage({ code, message }: YAMLError, line: string): string {
  if (/^[^\n#]*:\s+>=?\s*\d/.test(line)) return 'quote a comparison, as in "> 5s"';
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'a tab indents this line; use spaces';
    case 'MULTILINE_IMPLICIT_KEY':
      return 'expected "key: value" here';
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'a map begins inside a value; check the indentation, or quote a value with ": " in it';
    default:
      return `this is not YAML: ${excerpt(message, 100)}`;
  }
}

type Report = (node: unknown, message: string) => void;

function toValue(node: unknown, report: Report): unknown {
  if (isAlias(node)) {
    report(node, 'aliases are not supported; write the value out');
    return UNREADABLE;
  }
  refuseProperties(node, report);
  if (isMap(node)) return mapToValue(node, report);
  if (isSeq(node)) return node.items.map((item) => toValue(item, report));
  return isScalar(node) ? scalarToValue(node, report) : null;
}

/** Node properties, as YAML calls what may stand before a key or a value. */
function refuseProperties(node: unknown, report: Report): void {
  const { anchor, tag } = (node ?? {}) as Node & { anchor?: string };
  if (anchor !== undefined) report(node, 'anchors are not supported; remove the "&" name');
  if (tag === undefined) return;
  const written = tag.replace('tag:yaml.org,2002:', '!!');
  report(node, `tags are not supported; remove ${excerpt(written)}`);
}

function scalarToValue(node: Scalar, report: Report): unknown {
  const advice = node.type === Scalar.PLAIN ? adviceOn(node.source ?? '') : undefined;
  if (advice === undefined) return node.value;
  report(node, `YAML 1.1 and 1.2 read ${excerpt(node.source ?? '')} differently; ${advice}`);
  return UNREADABLE;
}

/** Without a prototype, so that a `__proto__` key is an unknown key like any other. */
function mapToValue(map: YAMLMap, report: Report): Record<string, unknown> {
  const value: Record<string, unknown> = Object.create(null);
  for (const { key, value: node } of map.items) {
    refuseProperties(key, report);
    if (!isScalar(key)) {
      report(key, 'a key must be plain text');
    } else if (key.value === '<<') {
      report(key, 'merge keys are not supported; write the keys out');
    } else if (Object.hasOwn(value, keyText(key))) {
      report(key, `${show(keyText(key))} is here a second time; remove one of them`);
    } else {
      value[keyText(key)] = toValue(node, report);
    }
  }
  return value;
}

const keyText = (key: unknown): string => (isScalar(key) ? String(key.value) : '');

function offsetOf(document: Document.Parsed, { path, part }: Pick<Complaint, 'path' | 'part'>) {
  let offset = startOf(document.contents) ?? 0;
  let node: unknown = document.contents;
  for (const [depth, step] of path.entries()) {
    const pair = isMap(node) ? pairOf(node, step) : undefined;
    const last = depth === path.length - 1;
    node = pair ? pair.value : isSeq(node) ? node.items[Number(step)] : undefined;
    if (pair) offset = startOf(pair.key) ?? offset;
    if (!(pair && last && part === 'key')) offset = startOf(node) ?? offset;
  }
  return offset;
}

const pairsByKey = new WeakMap<YAMLMap, Map<PropertyKey, Pair>>();

/** The first pair of that key: later ones are duplicates. */
function pairOf(map: YAMLMap, key: PropertyKey): Pair | undefined {
  let pairs = pairsByKey.get(map);
  if (pairs === undefined) {
    pairs = new Map(map.items.toReversed().map((pair) => [keyText(pair.key), pair]));
    pairsByKey.set(map, pairs);
  }
  return pairs.get(key);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

function rangeOf(document: Document.Parsed, path: Path): [number, number] | undefined {
  const node = document.getIn(path, true);
  return isNode(node) && node.range ? [node.range[0], node.range[1]] : undefined;
}
