import { durationOf, type LogRecord } from '../model/record.ts';
import { closeCodeMeaning } from './close-codes.ts';
import { counted, milliseconds, seconds } from './format.ts';
import { shownId } from './ids.ts';
import type { Palette } from './palette.ts';
import { quoted } from './quoted.ts';
import { sanitize } from './sanitize.ts';

/** What one line of a log says of a session, in words. */
export interface Moment {
  text: string;
  colour?: keyof Palette;
}

/** What a moment is made of: a line of a log, read back or about to be written. */
export type Told = Pick<
  LogRecord,
  'log' | 'event' | 'session_id' | 'connection_sequence' | 'client_id' | 'document_id' | 'fields'
>;

/** How a page is called: ids of documents are long, and all that counts is which is the same. */
export type NamePage = (document_id: string | undefined) => string;

const MAX_TEXT = 200;

/** `page 1`, `page 2`: in the order that they are asked for. */
export function pageNames(): NamePage {
  const names = new Map<string, string>();
  return (document_id) => {
    if (document_id === undefined) return 'page';
    const name = names.get(document_id) ?? `page ${names.size + 1}`;
    names.set(document_id, name);
    return name;
  };
}

/** @param told_lived of a connection that ends here, seconds by the times of its lines; null where they don't tell */
export function momentOf(record: Told, page: NamePage, told_lived: number | null): Moment {
  const { event, fields } = record;
  switch (event) {
    case 'session_started':
      return { text: sessionStarted(fields) };
    case 'document_loaded':
      return { text: `${page(record.document_id)} loaded${inBrackets(fields.navigation)}` };
    case 'document_unloaded':
      return { text: `${unloaded(record, page)}${lived(fields, told_lived)}`, colour: 'yellow' };
    case 'connection_attempt':
      return { text: attempt(fields) };
    case 'connection_opened':
      return { text: opened(record, page), colour: 'green' };
    case 'connection_failed':
      return { text: failed(fields), colour: 'red' };
    case 'connection_closed':
      return {
        text: `${closed(fields)}${lived(fields, told_lived)}`,
        colour: isCalm(fields.close_code) ? 'yellow' : 'red',
      };
    case 'connection_named':
      return { text: `named ${shownId(record.session_id ?? '')}` };
    case 'handshake_rejected':
      return {
        text: `rejected: ${shown(fields.reason)}${inBrackets(status(fields))}${ofOrigin(fields)}`,
        colour: 'red',
      };
    case 'sequence_advanced':
      return { text: `moved ahead: the server had seen ${shown(fields.last_seen_sequence)}` };
    default:
      return { text: shown(event) };
  }
}

export function faultText({ fields }: Told): string {
  const sides = (['client', 'server'] as const).flatMap((side) => {
    const code = fields[`${side}_close_code`];
    return typeof code === 'number' ? [`${side} sees ${code}`] : [];
  });
  const traits = [
    ...sides,
    ...(fields.half_open === true ? ['half-open'] : []),
    ...(fields.kills_server === true ? ['kills the server'] : []),
    ...(fields.delays_frames === true ? ['delays frames'] : []),
    ...(fields.takes_page === true ? ['takes the page'] : []),
    ...(fields.restores_storage === true ? ['brings back older storage'] : []),
  ];
  return `fault: ${shown(fields.fault)}${inBrackets(traits.join(', '))}`;
}

type Fields = LogRecord['fields'];

function sessionStarted({ reason, parent_session_id: parent }: Fields): string {
  const from = typeof parent === 'string' ? `, from ${shownId(parent)}` : '';
  return `session began${inBrackets(reason)}${from}`;
}

function unloaded({ document_id, client_id, connection_sequence, fields }: Told, page: NamePage) {
  if (fields.reason === 'gave-up') return `${page(document_id)} gave up`;
  const gone = `${page(document_id)} went${inBrackets(fields.reason)}`;
  if (client_id !== undefined) return `${gone}, and its connection`;
  return connection_sequence === undefined ? gone : `${gone} in mid-dial`;
}

function attempt({ delay_ms, backoff_attempt: failures }: Fields): string {
  const waited = typeof delay_ms === 'number' && delay_ms > 0;
  const parts = [
    ...(waited ? [`waited ${milliseconds(delay_ms)}`] : []),
    ...(typeof failures === 'number' && failures > 0
      ? [`after ${counted(failures, 'failure')}`]
      : []),
  ];
  return `attempt${inBrackets(parts.join(', '))}`;
}

function opened({ document_id, log, fields }: Told, page: NamePage): string {
  const stranger = fields.session_verified === false ? ', unverified: maybe a stranger' : '';
  const of = log === 'server' && document_id !== undefined ? ` (${page(document_id)})` : '';
  return `opened${of}${stranger}`;
}

function failed({ error, http_status }: Fields): string {
  const why = error === undefined || error === null ? '' : `: ${shown(error)}`;
  return `failed${why}${typeof http_status === 'number' ? ` (HTTP ${http_status})` : ''}`;
}

function closed({ close_code, close_reason, closed_by }: Fields): string {
  const code =
    typeof close_code === 'number'
      ? `${close_code} ${closeCodeMeaning(close_code)}`
      : 'without a code';
  return [
    `closed: ${code}`,
    ...(typeof closed_by === 'string' ? [`by ${shown(closed_by)}`] : []),
    ...(typeof close_reason === 'string' && close_reason !== ''
      ? [`reason “${shown(close_reason)}”`]
      : []),
  ].join(', ');
}

/** As the line has it, or else by the times. */
function lived({ duration_seconds }: Fields, told: number | null): string {
  const duration = durationOf(duration_seconds);
  const known = Number.isNaN(duration) ? told : duration;
  return known === null ? '' : `, lived ${seconds(known)}`;
}

/** The reference server lets in pages of no foreign site, and of those that it is told of. */
function ofOrigin({ reason, origin }: Fields): string {
  if (reason !== 'foreign-origin' || typeof origin !== 'string') return '';
  return `, a page of ${shown(origin)}; serve lets it in with --allow-origin ${quoted(shown(origin))}`;
}

function status({ close_code, http_status }: Fields): string {
  if (typeof close_code === 'number') return `${close_code}`;
  return typeof http_status === 'number' ? `HTTP ${http_status}` : '';
}

/** Someone said goodbye. */
const isCalm = (code: unknown): boolean => code === 1000 || code === 1001;

function inBrackets(value: unknown): string {
  return typeof value === 'string' && value !== '' ? ` (${shown(value)})` : '';
}

function shown(value: unknown): string {
  if (typeof value !== 'string') return typeof value === 'number' ? `${value}` : 'nothing';
  return sanitize(value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value);
}
