import type { ClientEvents, LogName } from '../core/records.ts';
import { closeCodeMeaning } from './close-codes.ts';
import { counted, offsetText, seconds } from './format.ts';
import { shortIds } from './ids.ts';
import { faultText, momentOf, type NamePage, pageNames, type Told } from './moments.ts';
import { type Palette, PLAIN } from './palette.ts';
import { folded } from './text-width.ts';

export interface LiveOptions {
  palette?: Palette;
  /** Columns of the terminal. */
  width?: number;
}

/** Around a log: they are of no session. */
const FRAMES = /^(?:client|server|faults)_(?:started|stopped)$/;
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
/** As much of a UUID as `timeline` finds it by. */
const BEGINNING = 8;
const MAX_ID_WIDTH = 13;
const OFFSET_WIDTH = '59:59.999'.length;
const BETWEEN = '  ';

/** What is kept of a session. */
interface Known {
  shown: string;
  page: NamePage;
  /** When its connection opened; undefined where it has none. */
  openedAt: number | undefined;
}

/** Logs as they are written: a line an event, in the words of a session's timeline. Times in milliseconds. */
export class LiveTimeline {
  readonly #startedAt: number;
  readonly #palette: Palette;
  readonly #width: number;
  readonly #sessions = new Map<string, Known>();
  /** Which session has which short id. */
  readonly #shown = new Map<string, string>();
  #idWidth = BEGINNING;
  readonly #events = new Map<string, number>();
  readonly #closes = new Map<number, number>();

  constructor(startedAt: number, { palette = PLAIN, width = 100 }: LiveOptions = {}) {
    this.#startedAt = startedAt;
    this.#palette = palette;
    this.#width = width;
  }

  /** A line of a log as a line, or several where it is narrow; null for those that a log begins and ends with. */
  tell(log: LogName, event: string, fields: object, at: number): string | null {
    if (FRAMES.test(event)) return null;
    const told = toldOf(log, event, this.#shortParent(fields));
    const known = told.session_id === undefined ? undefined : this.#known(told.session_id);
    this.#count(told);
    if (log === 'faults') return this.#line(faultText(told), 'yellow', told, known, at);
    const lived = known?.openedAt === undefined ? null : (at - known.openedAt) / 1000;
    const { text, colour } = momentOf(told, known?.page ?? pageNames(), lived);
    if (known && event === 'connection_opened') known.openedAt = at;
    if (known && /^(?:connection_closed|document_unloaded)$/.test(event))
      known.openedAt = undefined;
    return this.#line(text, colour, told, known, at);
  }

  /** Something else that happens, between the lines. */
  note(text: string, at: number): string {
    return this.#line(text, 'bold', undefined, undefined, at);
  }

  /** `2 sessions in 12.3 s: 5 attempts, 4 opened, 1 failed, 3 closed (1006 dropped without a close frame ×3)`. */
  summary(at: number): string {
    const counts = COUNTED.flatMap(([event, text]) => {
      const count = this.#events.get(event) ?? 0;
      return count === 0 ? [] : [`${text(count)}${event === CLOSED ? this.#codes() : ''}`];
    });
    const sessions = counted(this.#sessions.size, 'session');
    const lasted = seconds((at - this.#startedAt) / 1000);
    const all = `${sessions} in ${lasted}${counts.length > 0 ? `: ${counts.join(', ')}` : ''}`;
    return folded(all, this.#width)
      .map((line) => this.#palette.bold(line))
      .join('\n');
  }

  /** The session that one comes from, by its short id too. */
  #shortParent(fields: object): object {
    const { parent_session_id: parent } = fields as Partial<ClientEvents['session_started']>;
    return parent ? { ...fields, parent_session_id: this.#known(parent).shown } : fields;
  }

  #known(id: string): Known {
    const known = this.#sessions.get(id) ?? {
      shown: this.#shortened(id),
      page: pageNames(),
      openedAt: undefined,
    };
    this.#sessions.set(id, known);
    return known;
  }

  /** No two sessions look alike. */
  #shortened(id: string): string {
    const [whole = ''] = shortIds([id], Number.POSITIVE_INFINITY);
    const [cut = ''] = UUID.test(id) ? [id.slice(0, BEGINNING)] : shortIds([id], MAX_ID_WIDTH);
    const shown = this.#shown.has(cut) ? whole : cut;
    this.#shown.set(shown, id);
    this.#idWidth = Math.max(this.#idWidth, shown.length);
    return shown;
  }

  #count({ event, fields }: Told): void {
    this.#events.set(event, (this.#events.get(event) ?? 0) + 1);
    const code = fields.close_code;
    if (event !== CLOSED || typeof code !== 'number') return;
    this.#closes.set(code, (this.#closes.get(code) ?? 0) + 1);
  }

  #codes(): string {
    const codes = [...this.#closes].map(([code, count]) =>
      [code, closeCodeMeaning(code), ...(count > 1 ? [`×${count}`] : [])].join(' '),
    );
    return codes.length > 0 ? ` (${codes.join(', ')})` : '';
  }

  #line(
    text: string,
    colour: keyof Palette | undefined,
    told: Told | undefined,
    known: Known | undefined,
    at: number,
  ): string {
    const { dim, bold } = this.#palette;
    const when = offsetText(at - this.#startedAt).padStart(OFFSET_WIDTH);
    const who = (known?.shown ?? '').padEnd(this.#idWidth);
    const number = told?.connection_sequence;
    const which = (number === undefined ? '' : `#${number}`).padEnd(3);
    const indent = [when, who, which, ''].join(BETWEEN).length;
    const paint = colour ? this.#palette[colour] : (plain: string) => plain;
    const [first = '', ...rest] = folded(text, Math.max(20, this.#width - indent));
    return [
      [dim(when), who, bold(which), paint(first)].join(BETWEEN).trimEnd(),
      ...rest.map((line) => ' '.repeat(indent) + paint(line)),
    ].join('\n');
  }
}

const CLOSED = 'connection_closed';

/** What a summary counts, in its order. */
const COUNTED: [string, (count: number) => string][] = [
  ['connection_attempt', (count) => counted(count, 'attempt')],
  ['connection_opened', (count) => `${count} opened`],
  ['connection_failed', (count) => `${count} failed`],
  ['handshake_rejected', (count) => `${count} rejected`],
  [CLOSED, (count) => `${count} closed`],
];

function toldOf(log: LogName, event: string, given: object): Told {
  const fields: Told['fields'] = { ...given };
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const number = fields.connection_sequence;
  return {
    ...{ log, event, fields },
    session_id: text(fields.session_id),
    client_id: text(fields.client_id),
    document_id: text(fields.document_id),
    connection_sequence: typeof number === 'number' ? number : undefined,
  };
}
