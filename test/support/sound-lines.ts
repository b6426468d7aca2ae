/** The logs of runs in which nothing is wrong, with every field that wsdiag writes. */
import type { LogName } from '../../src/core/records.ts';
import { change } from '../judge/judging.ts';
import { type Line, type Lines, play, type Step } from '../judge/world.ts';
import { isOfProcess } from './defective-logs.ts';

export const EVERYTHING: Step[] = [
  'open-continued',
  [0, 'drop'],
  [1, 'page-close'],
  [0, 'half-open'],
  [1, 'server-close'],
  [0, 'refresh'],
  [0, 'fail-dial'],
  [0, 'reject'],
  [1, 'lose-welcome'],
  [1, 'refresh-in-mid-dial'],
  [0, 'refresh-in-mid-welcome'],
  [1, 'navigate'],
  [0, 'cache'],
  [1, 'discard'],
  [0, 'crash'],
  [1, 'crash-in-mid-dial'],
  [1, 'clear-storage'],
  [0, 'duplicate'],
  'restart',
  [0, 'connect'],
  [1, 'connect'],
  'kill',
  'open',
  [3, 'close-tab'],
  [0, 'frame'],
];

/** Latency on one session is added to what happens. */
export function soundLines(steps: Step[]): Lines {
  const lines = withLatency(play(steps));
  const documents = new Map(lines.client.map((line) => [keyOf(line), line.document_id]));
  const written = (log: LogName) => (line: Line, index: number, all: Line[]) => ({
    level: 30,
    ...line,
    ...(line.event.endsWith('_stopped') && { lines: index - lastStart(all, index) }),
    ...(line.event === 'server_started' && index > 0 && { start_ms: 200 }),
    ...(line.event === 'client_started' && { node_version: '20.19.0' }),
    ...(line.event === 'session_started' && { client: 'client-1' }),
    ...(line.event === 'handshake_rejected' && {
      document_id: documents.get(keyOf(line)),
      remote_address: '127.0.0.1',
    }),
    msg: `${log} ${line.event}`,
  });
  return {
    server: lines.server.map(written('server')),
    client: lines.client.map(written('client')),
    faults: lines.faults.map(written('faults')),
  };
}

const keyOf = ({ session_id, connection_sequence }: Line) => `${session_id} ${connection_sequence}`;

const lastStart = (all: Line[], before: number): number =>
  all.findLastIndex((line, index) => index < before && isOfProcess(line));

/** Frames of one session are held back, which are all the same in time. */
function withLatency(lines: Lines): Lines {
  return change(lines, 'faults', (all) => {
    const dropped = all.find(({ fault }) => fault === 'drop') as Line;
    const latency: Line = {
      ...dropped,
      fault: 'latency',
      client_close_code: null,
      server_close_code: null,
      delays_frames: true,
    };
    const { time, fault, occurrence } = latency;
    const ended = { time, event: 'fault_ended', fault, occurrence };
    return all.toSpliced(-1, 0, latency, ended);
  });
}
