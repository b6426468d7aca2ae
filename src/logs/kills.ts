import type { Doubt } from '../model/findings.ts';
import type { LogRecord, Row } from '../model/record.ts';

export interface KillCount {
  onRow(row: Pick<Row, 'stream' | 'record'>): void;
  finish(): Doubt[];
}

/**
 * Whether each break in the server logs, a start without the stop before it, is a kill that a fault log
 * tells of. Only where both are there; the server logs come first.
 */
export function createKillCount(): KillCount {
  /** By stream. */
  const running = new Set<number>();
  let last: LogRecord | undefined;
  let breaks = 0;
  let faultLog = false;
  const kills = new Set<string>();
  return {
    onRow({ stream, record }) {
      if (!record) return;
      const { event, fields } = record;
      if (event === 'server_started') {
        if (running.has(stream)) {
          breaks += 1;
          last = record;
        }
        running.add(stream);
      }
      if (event === 'server_stopped') running.delete(stream);
      faultLog ||= event === 'faults_started';
      if (event === 'fault_injected' && fields.kills_server === true) {
        kills.add(`${stream} ${fields.occurrence}`);
      }
    },
    finish(): Doubt[] {
      if (!faultLog || last === undefined || breaks <= kills.size) return [];
      const { file, line } = last;
      return [{ code: 'kill-unexplained', where: { file, line }, value: '' }];
    },
  };
}
