import type { Explanation, LineKind, ReadField } from '../../model/explanation.ts';
import { FIELD_NAMES } from '../field-names.ts';
import { logfmtFields } from '../logfmt.ts';
import { createParser, type Parsed, type ParsedRecord, TIME_FIELDS } from '../parse.ts';
import { textOf } from '../paths.ts';
import { isDescribed } from '../recognise.ts';
import type { Source } from '../sources.ts';
import { unwrapLine } from '../unwrap.ts';
import { jsonTemplate, scalarsOf } from './json-kind.ts';
import { fieldsIn } from './samples.ts';
import { suggestDescription } from './suggestion.ts';
import { handshakeIn, isAboutConnections, templateOf } from './words.ts';

/** Kinds that are held: a log may have as many as it has lines. */
const MAX_KINDS = 1000;
/** Of a line, for people to look at. */
const MAX_TEXT = 2000;
const MAX_VALUE = 200;
/** Of a line, for what is only guessed. */
const MAX_LOOKED_AT = 16_384;

/** Takes the lines of a log one by one, and tells what kinds of them there are. */
export class Explainer {
  readonly #source: Source;
  readonly #parse: (line: Buffer) => Parsed;
  readonly #recognised: string | null;
  readonly #named = new Map<string, string>();
  readonly #kinds = new Map<string, LineKind>();
  #lines = 0;
  #otherLines = 0;

  /** @param recognised the shipped description that the log is read by without being told */
  constructor(source: Source, recognised: string | null) {
    this.#source = source;
    this.#recognised = recognised;
    this.#parse = createParser(source.format, source.log, (field, from) =>
      this.#named.set(field, from),
    );
  }

  onLine(bytes: Buffer): void {
    this.#lines += 1;
    this.#named.clear();
    const parsed = this.#parse(bytes);
    const kind = this.#kindOf(parsed, bytes);
    const key = `${kind.readAs} ${kind.reason ?? ''} ${kind.template}`.slice(0, MAX_TEXT);
    const known = this.#kinds.get(key);
    if (known) known.lines += 1;
    else if (this.#kinds.size < MAX_KINDS) {
      const { template: _, ...rest } = kind;
      const text = bytes.toString('utf8', 0, MAX_TEXT);
      this.#kinds.set(key, { ...rest, lines: 1, line: this.#lines, text });
    } else this.#otherLines += 1;
  }

  finish(): Explanation {
    const { file, format } = this.#source;
    const kinds = [...this.#kinds.values()].toSorted(
      (one, other) => rankOf(one) - rankOf(other) || other.lines - one.lines,
    );
    return {
      file,
      format: isDescribed(format) ? (format.description?.name ?? 'given') : null,
      lines: this.#lines,
      kinds,
      otherLines: this.#otherLines,
      suggestion: isDescribed(format) ? null : suggestDescription(kinds),
      recognised: this.#recognised,
    };
  }

  #kindOf(parsed: Parsed, bytes: Buffer) {
    if (parsed.kind === 'record') {
      const fields = this.#fieldsOf(parsed);
      const from = fields.map(({ field, from }) => `${field}<${from}`).join(' ');
      // What only a close code shows to be a close may have several names.
      const template = this.#named.has('event') ? from : `${from} ${templateOfLine(bytes)}`;
      return { readAs: parsed.event, reason: null, fields, has: [], isSuspected: false, template };
    }
    const template = templateOfLine(bytes);
    const isDamaged = parsed.kind === 'rejected';
    const handshake =
      parsed.reason === 'no-event' ? handshakeIn(bytes.toString('latin1', 0, MAX_LOOKED_AT)) : '';
    const isSuspected =
      handshake !== '' || (parsed.reason === 'no-event' && isAboutConnections(template));
    return {
      readAs: parsed.kind,
      reason: parsed.reason,
      fields: [],
      has: isSuspected ? scalarsIn(bytes) : [],
      isSuspected,
      template: isDamaged ? '' : `${handshake} ${template}`,
    };
  }

  #fieldsOf({ fields, time, event }: ParsedRecord): ReadField[] {
    const told: ReadField[] = [
      { field: 'event', from: this.#named.get('event') ?? 'close_code', value: event },
      { field: 'time', from: this.#timeFrom(fields), value: new Date(time).toISOString() },
    ];
    for (const field of FIELD_NAMES) {
      if (field === 'event' || field === 'time' || fields[field] == null) continue;
      const from = this.#named.get(field) ?? (fields.opened_at == null ? field : 'opened_at');
      const value = textOf(fields[field]) ?? JSON.stringify(fields[field]);
      told.push({ field, from, value: value.slice(0, MAX_VALUE) });
    }
    return told;
  }

  #timeFrom(fields: ParsedRecord['fields']): string {
    const own = this.#named.get('time') ?? TIME_FIELDS.find((name) => fields[name] !== undefined);
    return own ?? (fields.opened_at == null ? 'around the record' : 'opened_at and the duration');
  }
}

function scalarsIn(bytes: Buffer): LineKind['has'] {
  const unwrapped = unwrapLine(bytes);
  return scalarsOf(fieldsIn(unwrapped) ?? {}).map(([path, value]) => ({
    path,
    value: String(value).slice(0, MAX_VALUE),
  }));
}

function templateOfLine(bytes: Buffer): string {
  const unwrapped = unwrapLine(bytes);
  if (unwrapped.kind === 'object') {
    const { prefix, fields } = unwrapped;
    return `${templateOf(prefix)} ${jsonTemplate(fields)}`.trim();
  }
  const pairs = unwrapped.kind === 'words' ? logfmtFields(unwrapped.text) : undefined;
  if (pairs !== undefined) return jsonTemplate(pairs);
  return templateOf(
    unwrapped.kind === 'words' ? unwrapped.text : bytes.toString('utf8', 0, MAX_TEXT),
  );
}

/** Events first, then what may be some, then damage, then the rest. */
function rankOf({ reason, readAs, isSuspected }: LineKind): number {
  if (reason === null) return 0;
  if (isSuspected) return 1;
  return readAs === 'rejected' ? 2 : 3;
}
