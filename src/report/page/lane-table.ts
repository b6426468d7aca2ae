import { element, table } from './dom.ts';
import { endInWords } from './ends.ts';
import { counted, duration, instant, thousands } from './format.ts';
import { beginOf, endOf, type Lane, type LaneBook, type LaneConnection } from './lane-book.ts';

const numbered = (sequence: number): string => (sequence === 0 ? 'none' : `#${sequence}`);

/** A session's connections as a table: what its lane draws. */
export function laneTable(lane: Lane, book: LaneBook, runEndMs: number): HTMLElement {
  const { connections, undrawn, id } = lane;
  const at = (ms: number) => (ms < 0 ? '' : instant(ms, runEndMs));
  const rows = connections.map((one, index) => [
    numbered(one.sequence),
    at(one.attempted),
    at(one.opened),
    one.opened < 0 ? '' : duration(endOf(connections, index, runEndMs) - one.opened),
    endInWords(one, book.meanings),
  ]);
  const more = undrawn > 0 ? `, after ${thousands(undrawn)} that are not drawn` : '';
  const caption = `Session ${id}: ${counted(connections.length, 'attempt')}${more}`;
  return table(caption, ['Number', 'Dialled', 'Opened', 'Lived', 'End'], rows);
}

/** What stands beside the pointer. */
export function tipContent(lane: Lane, index: number, book: LaneBook, runEndMs: number): Node[] {
  const connection = lane.connections[index] as LaneConnection;
  const { sequence, attempted, opened } = connection;
  const lived = endOf(lane.connections, index, runEndMs) - opened;
  const after = attempted < 0 ? '' : `, ${duration(opened - attempted)} after the dial`;
  const lines = [
    `connection ${numbered(sequence)}`,
    ...(attempted < 0 ? [] : [`dialled at ${instant(attempted, runEndMs)}`]),
    ...(opened < 0
      ? []
      : [`opened at ${instant(opened, runEndMs)}${after}`, `lived ${duration(lived)}`]),
    endInWords(connection, book.meanings),
  ];
  return [element('b', { text: lane.id }), ...lines.map((text) => element('div', { text }))];
}

/** The newest connection at that time, or that close to it. */
export function connectionAt(
  { connections }: Lane,
  ms: number,
  slackMs: number,
  runEndMs: number,
): number | undefined {
  const found = connections.findLastIndex(
    (one, index) =>
      beginOf(one) - slackMs <= ms && ms <= endOf(connections, index, runEndMs) + slackMs,
  );
  return found < 0 ? undefined : found;
}
