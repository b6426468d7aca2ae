import { durationOf, type LogRecord } from '../model/record.ts';
import type { Chapter, Clock, SessionView } from '../model/session-view.ts';
import { counted, offsetText, seconds } from './format.ts';
import { shortIds, shownId } from './ids.ts';
import { faultText, type Moment, momentOf, pageNames } from './moments.ts';
import { type Palette, PLAIN } from './palette.ts';
import { type Reading, readingNote } from './reading-note.ts';
import { safeJson } from './safe-json.ts';
import { sanitize } from './sanitize.ts';
import { folded, padded, wrapped } from './text-width.ts';

const TIMELINE_VERSION = 1;

export interface TimelineOptions {
  palette?: Palette;
  /** Columns of the terminal. */
  width?: number;
}

/** Two columns need this much room; with less, one stands below the other. */
const SIDE_BY_SIDE_WIDTH = 80;
const MAX_WIDTH = 140;
const SIDES = ['client', 'server'] as const;
type Side = (typeof SIDES)[number];

/** The session down the page, client and server side by side. */
export function reportTimeline(
  view: SessionView,
  reading: Reading,
  { palette = PLAIN, width = 100 }: TimelineOptions = {},
): string {
  const page = { palette, width: Math.min(width, MAX_WIDTH) };
  const notes = [
    ...(view.left_out > 0
      ? [`${counted(view.left_out, 'later line')} of the session left out.`]
      : []),
    ...readingNote(reading),
  ];
  return `${[
    ...heading(view, page),
    '',
    ...chapters(view, page),
    ...notes.flatMap((note) => wrapped(note, page.width)).map((line) => palette.dim(line)),
  ].join('\n')}\n`;
}

/** The same as JSON: each line with its fields, as far as they are no objects or lists. */
export function timelineJson(view: SessionView, { evidence, doubts }: Reading): string {
  const lines = (records: LogRecord[]) => records.map(lineJson);
  return `${safeJson({
    timeline_version: TIMELINE_VERSION,
    session_id: view.session_id,
    clocks: view.clocks.map(({ start, ...clock }) => ({ ...clock, start: iso(start) })),
    children: lines(view.children),
    connections: view.chapters.map(({ connection_sequence, client, server, faults }) => ({
      connection_sequence,
      client: lines(client),
      server: lines(server),
      faults: lines(faults),
    })),
    left_out: view.left_out,
    evidence,
    doubts,
  })}\n`;
}

function lineJson({ log, file, line, time, event, fields }: LogRecord) {
  const scalars = Object.entries(fields).filter(([, value]) => !Object.is(Object(value), value));
  return { log, file, line, time: iso(time), event, fields: Object.fromEntries(scalars) };
}

const iso = (time: number): string => new Date(time).toISOString();

interface Page {
  palette: Palette;
  width: number;
}

function heading(
  { session_id, clocks, children, chapters }: SessionView,
  { palette, width }: Page,
) {
  const names = clockNames(clocks);
  const parents = chapters
    .flatMap(({ client }) => client)
    .flatMap(({ fields }) =>
      typeof fields.parent_session_id === 'string' ? [shownId(fields.parent_session_id)] : [],
    );
  const rows = [
    ...[...names].map(([clock, name]) => [name, clockText(clock)]),
    ...parents.map((id) => ['comes from', id]),
    ...children.map(({ session_id, fields }) => [
      fields.reason === 'storage-cleared' || fields.reason === 'storage-invalid'
        ? 'goes on as'
        : 'forked into',
      shownId(session_id ?? ''),
    ]),
  ];
  const label = Math.max(0, ...rows.map(([name = '']) => name.length)) + 2;
  return [
    palette.bold(`session ${shownId(session_id)}`),
    ...rows.flatMap(([name = '', text = '']) =>
      folded(text, width - label - 2).map(
        (line, index) => `  ${palette.dim((index === 0 ? name : '').padEnd(label))}${line}`,
      ),
    ),
    ...(clocks.length < 2 ? [] : ['', ...wrapped(ALIGNED, width).map((line) => palette.dim(line))]),
  ];
}

const ALIGNED =
  'What stands side by side has the same connection number, not the same time: each log’s times ' +
  'count from its own first line here, by its own clock.';

function clockText({ files, lines, start }: Clock): string {
  return `${files.map(sanitize).join(', ')}: ${counted(lines, 'line')}, 0:00.000 is ${iso(start)}`;
}

/** `client`, `server`; where there are several, `server 1`, `server 2`. */
function clockNames(clocks: Clock[]): Map<Clock, string> {
  return new Map(
    SIDES.flatMap((side) => {
      const ofSide = clocks.filter((clock) => clock.side === side);
      return ofSide.map((clock, index): [Clock, string] => [
        clock,
        ofSide.length === 1 ? side : `${side} ${index + 1}`,
      ]);
    }),
  );
}

/** A line of a column: when, and what. */
interface Cell extends Moment {
  offset: string;
}

interface Told {
  /** Its number, beside its lines; empty where it has none. */
  label: string;
  /** Above them where it has no number, and is about a connection. */
  title: string | null;
  notes: Moment[];
  columns: Record<Side, Cell[]>;
  faults: string[];
}

function chapters(view: SessionView, page: Page): string[] {
  const told = tell(view, page);
  const sides = SIDES.filter((side) => view.clocks.some((clock) => clock.side === side));
  const label = Math.max(0, ...told.map(({ label }) => label.length)) + 2;
  const offset = Math.max(
    0,
    ...told.flatMap(({ columns }) =>
      SIDES.flatMap((side) => columns[side]).map((c) => c.offset.length),
    ),
  );
  const layout = { ...page, label, offset, sides };
  return told.flatMap((chapter) => [...lay(chapter, layout), '']);
}

function tell(view: SessionView, page: Page): Told[] {
  const clocks = new Map(view.clocks.flatMap((clock) => clock.files.map((file) => [file, clock])));
  const clockOf = ({ file }: LogRecord) => clocks.get(file);
  const names = clockNames(view.clocks);
  const told = new Set(view.clocks.map(({ side }) => side));
  const namePage = pageNames();
  const titles = titlesOf(view.chapters, page);
  const stillOpen = stillOpenIn(view, clockOf);
  const ends: Partial<Record<Side, End>> = {};
  const numbers = { highest: 0, seen: new Set<number>() };

  const cellOf = (record: LogRecord, moment: Moment, time = record.time): Cell => {
    const clock = clockOf(record);
    const name = (clock && names.get(clock)) ?? '';
    return {
      ...moment,
      offset: offsetText(time - (clock?.start ?? record.time)),
      text: /\d$/.test(name) ? `${name}: ${moment.text}` : moment.text,
    };
  };

  const cellsOf = (chapter: Chapter, side: Side): Cell[] => {
    const records = chapter[side];
    const [first] = records;
    if (first === undefined) return told.has(side) ? lacking(chapter, side) : [];
    const beginning = beginningOf(records);
    const end = records.find(({ event }) => ENDS.has(event));
    const cells = records.flatMap((record) => {
      const lived = record === end ? chapter.lived_seconds[side] : null;
      const cell = cellOf(record, momentOf(record, namePage, lived));
      if (record !== beginning?.record) return [cell];
      const { time } = beginning;
      const reckoned = time === record.time ? [] : [cellOf(record, RECKONED, time)];
      return [...sinceEnd(time, clockOf(record), ends[side]), ...reckoned, cell];
    });
    ends[side] = { clock: clockOf(first), time: end?.time };
    const isOpen = beginning && !end && view.left_out === 0;
    return isOpen ? [...cells, note(stillOpen.has(chapter) ? STILL_OPEN : NO_END)] : cells;
  };

  return view.chapters.map((chapter, index) => ({
    label: chapter.connection_sequence === null ? '' : `#${chapter.connection_sequence}`,
    title: titles[index] ?? null,
    notes: notesOn(chapter.connection_sequence, numbers),
    columns: { client: cellsOf(chapter, 'client'), server: cellsOf(chapter, 'server') },
    faults: chapter.faults.map(faultText),
  }));
}

const RECKONED: Moment = { text: 'opened (reckoned from its duration)', colour: 'dim' };
const STILL_OPEN = 'still open at the end of the log';
const NO_END = 'no line tells of its end';

const note = (text: string): Cell => ({ offset: '', text, colour: 'dim' });

/** Ids are this wide at least, UUIDs whole, and longer ones cut. */
const MIN_ID_WIDTH = 13;
const MAX_ID_WIDTH = 36;

/** What connections without numbers are called, by their places among the chapters. */
function titlesOf(chapters: Chapter[], { width }: Page): (string | null)[] {
  const linesOf = ({ client, server }: Chapter) => [...client, ...server];
  const named = chapters.map((chapter) =>
    linesOf(chapter)
      .flatMap(({ client_id }) => client_id ?? [])
      .at(0),
  );
  const ids = [...new Set(named)].filter((id) => id !== undefined);
  const idWidth = Math.max(MIN_ID_WIDTH, Math.min(MAX_ID_WIDTH, width - 'connection '.length));
  const short = shortIds(ids, idWidth);
  return chapters.map((chapter, index) => {
    if (chapter.connection_sequence !== null) return null;
    const id = named[index];
    if (id !== undefined) return `connection ${short[ids.indexOf(id)]}`;
    const isAboutOne = linesOf(chapter).some(
      ({ event }) => BEGINNINGS.has(event) || ENDS.has(event),
    );
    return isAboutOne ? 'a connection' : null;
  });
}

/** The last connections of logs that tell of ends: an earlier one may have ended with its process. */
function stillOpenIn(
  { chapters }: SessionView,
  clockOf: (record: LogRecord) => Clock | undefined,
): Set<Chapter> {
  const last = new Map<Clock | undefined, Chapter>();
  const tellOfEnds = new Set<Clock | undefined>();
  for (const chapter of chapters) {
    for (const record of [...chapter.client, ...chapter.server]) {
      if (record.event === 'connection_opened') last.set(clockOf(record), chapter);
      if (ENDS.has(record.event)) tellOfEnds.add(clockOf(record));
    }
  }
  return new Set([...last].flatMap(([clock, chapter]) => (tellOfEnds.has(clock) ? chapter : [])));
}

/** What is odd about a number, seen from those before it. */
function notesOn(number: number | null, numbers: { highest: number; seen: Set<number> }): Moment[] {
  if (number === null) return [];
  const { highest, seen } = numbers;
  const again = seen.has(number);
  seen.add(number);
  numbers.highest = Math.max(highest, number);
  if (again) return [{ text: 'The number is used again.', colour: 'red' }];
  if (number < highest) {
    return [
      { text: `The number is lower than ${highest}, which stands before it.`, colour: 'red' },
    ];
  }
  if (number <= highest + 1 || highest === 0) return [];
  const missing =
    number === highest + 2 ? `${highest + 1} has` : `${highest + 1} to ${number - 1} have`;
  return [{ text: `${missing} no line.`, colour: 'yellow' }];
}

const ENDS = new Set([
  'connection_closed',
  'connection_failed',
  'document_unloaded',
  'handshake_rejected',
]);
const BEGINNINGS = new Set(['connection_attempt', 'connection_opened', 'handshake_rejected']);

/** When a connection began; where its end alone is told, by how long it lived. */
function beginningOf(records: LogRecord[]): { record: LogRecord; time: number } | undefined {
  const begun = records.find(({ event }) => BEGINNINGS.has(event));
  if (begun) return { record: begun, time: begun.time };
  const closed = records.find(({ event }) => event === 'connection_closed');
  const lived = durationOf(closed?.fields.duration_seconds);
  if (closed === undefined || Number.isNaN(lived)) return undefined;
  return { record: closed, time: closed.time - lived * 1000 };
}

/** Of what stands before in a column. */
interface End {
  clock: Clock | undefined;
  /** undefined where no line tells of it. */
  time: number | undefined;
}

/** From the end of what was before to the beginning of this, by one clock. */
function sinceEnd(start: number, clock: Clock | undefined, before: End | undefined): Cell[] {
  if (before?.time === undefined || before.clock !== clock) return [];
  const gap = (start - before.time) / 1000;
  return [note(gap < 0 ? `overlaps the one before by ${seconds(-gap)}` : `${seconds(gap)} later`)];
}

/** A connection of which a side tells nothing; without its number it might not be the same. */
const lacking = ({ connection_sequence }: Chapter, side: Side): Cell[] =>
  connection_sequence === null ? [] : [note(`not in the ${side}’s log`)];

interface Layout extends Page {
  /** Widths of what stands before each text. */
  label: number;
  offset: number;
  sides: Side[];
}

const BETWEEN_COLUMNS = 3;

function lay(chapter: Told, layout: Layout): string[] {
  const { palette, sides, width, label } = layout;
  const isBeside = sides.length < 2 || width >= SIDE_BY_SIDE_WIDTH;
  const body = isBeside ? beside(chapter, layout) : below(chapter, layout);
  const spanning = (text: string, colour: keyof Palette) =>
    folded(text, width - label).map((line) => palette[colour](line));
  const lines = [
    ...chapter.notes.flatMap(({ text, colour = 'dim' }) => spanning(text, colour)),
    ...body,
    ...chapter.faults.flatMap((fault) => spanning(fault, 'yellow')),
  ];
  const told = lines.map((line, index) =>
    `${palette.bold((index === 0 ? chapter.label : '').padEnd(label))}${line}`.trimEnd(),
  );
  return chapter.title === null ? told : [palette.bold(chapter.title), ...told];
}

/** One column for each side; lines of the same height have nothing to do with each other. */
function beside({ columns }: Told, layout: Layout): string[] {
  const { sides, width, label } = layout;
  const room = width - label - BETWEEN_COLUMNS * (sides.length - 1);
  const columnWidth = Math.floor(room / Math.max(1, sides.length));
  const laid = sides.map((side) =>
    columns[side].flatMap((cell) => cellLines(cell, columnWidth, layout)),
  );
  const height = Math.max(0, ...laid.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    laid.map((column) => column[line] ?? ' '.repeat(columnWidth)).join(' '.repeat(BETWEEN_COLUMNS)),
  );
}

function below({ columns }: Told, layout: Layout): string[] {
  const { sides, width, label, palette } = layout;
  const name = Math.max(...SIDES.map(({ length }) => length)) + 2;
  return sides.flatMap((side) =>
    columns[side]
      .flatMap((cell) => cellLines(cell, width - label - name, layout))
      .map((line, index) => palette.dim((index === 0 ? side : '').padEnd(name)) + line),
  );
}

const MIN_TEXT_WIDTH = 10;

/** A cell as lines of that width. */
function cellLines({ offset, text, colour }: Cell, width: number, layout: Layout): string[] {
  const { palette, offset: offsetWidth } = layout;
  const room = Math.max(MIN_TEXT_WIDTH, width - offsetWidth - 2);
  return folded(text, room).map((line, index) => {
    const when = palette.dim((index === 0 ? offset : '').padStart(offsetWidth));
    const what = padded(line, room);
    return `${when}  ${colour ? palette[colour](what) : what}`;
  });
}
