import type { Doubt } from '../core/findings.ts';
import type { LogRecord, Row } from '../core/records.ts';
import type { Completeness } from './completeness.ts';

/**
 * Whether each break in the server log, a start without the stop before it, is a kill that the fault
 * log tells of. Only where both are there; the server log comes first.
 */
export function createKillCount(): Completeness {
  let running = false;
  let last: LogRecord | undefined;
  let breaks = 0;
  let faultLog = false;
  const kills = new Set<unknown>();
  return {
    onRow({ record }: Row) {
      if (!record) return;
      const { event, fields } = record;
      if (event === 'server_started') {
        if (running) {
          breaks += 1;
          last = record;
        }
        running = true;
      }
      if (event === 'server_stopped') running = false;
      faultLog ||= event === 'faults_started';
      if (event === 'fault_injected' && fields.kills_server === true) kills.add(fields.occurrence);
    },
    finish(): Doubt[] {
      if (!faultLog || last === undefined || breaks <= kills.size) return [];
      const { file, line } = last;
      return [{ code: 'kill-unexplained', where: { file, line }, value: '' }];
    },
  };
}
