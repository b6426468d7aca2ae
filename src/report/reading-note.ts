import type { Doubt } from '../model/findings.ts';
import type { LogFile } from '../model/result.ts';
import { counted, number } from './format.ts';
import { doubtMessage } from './messages.ts';
import { placeOf } from './place.ts';

/** What was read, and what came up meanwhile. */
export interface Reading {
  evidence: LogFile[];
  doubts: Doubt[];
}

const MAX_DOUBTS = 5;

/** How much of the logs what is shown rests on, so that it reads as no more complete than it is. */
export function readingNote({ evidence, doubts }: Reading): string[] {
  const sum = (of: (file: LogFile) => number) => evidence.reduce((all, file) => all + of(file), 0);
  const rejected = sum((file) => file.rejected);
  const parts = [
    `${counted(
      sum((file) => file.lines),
      'line',
    )} read in ${counted(evidence.length, 'log')}`,
    `${number(sum((file) => file.records))} used`,
    `${number(sum((file) => file.ignored))} ignored`,
    `${number(rejected)} rejected`,
  ];
  const unread = unreadNotes(evidence);
  const others = doubts.filter(({ code }) => code !== 'line-damaged');
  const shown = others.slice(0, MAX_DOUBTS);
  return [
    parts.join(', '),
    ...(rejected > 0 ? ['What the rejected lines told is missing here; check names them.'] : []),
    ...unread,
    ...shown.map(
      (doubt) => `${doubt.where ? `${placeOf(doubt.where)}: ` : ''}${doubtMessage(doubt)}`,
    ),
    ...(others.length > shown.length
      ? [`and ${counted(others.length - shown.length, 'doubt')} more`]
      : []),
  ];
}

/** Fields that cost nothing but themselves, in sentences. */
export const unreadNotes = (evidence: readonly LogFile[], runDir: string | null = null): string[] =>
  evidence.flatMap(({ file, unread_fields = [] }) =>
    unread_fields.map(({ field, records, line }) => {
      const place = placeOf({ file, line }, runDir);
      return `${counted(records, 'record')} used without ${field}, which can’t be read; the first: ${place}`;
    }),
  );
