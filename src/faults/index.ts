import { bfcache } from './bfcache.ts';
import { clearStorage } from './clear-storage.ts';
import { close } from './close.ts';
import { closeOnOpen } from './close-on-open.ts';
import { closeTab } from './close-tab.ts';
import { corruptStorage } from './corrupt-storage.ts';
import { crash } from './crash.ts';
import { discard } from './discard.ts';
import { drop } from './drop.ts';
import { duplicateTab } from './duplicate-tab.ts';
import type { Fault, Step } from './fault.ts';
import { frames } from './frames.ts';
import { freezeServer } from './freeze-server.ts';
import { hide } from './hide.ts';
import { latency } from './latency.ts';
import { navigate } from './navigate.ts';
import { offline } from './offline.ts';
import { refresh } from './refresh.ts';
import { rejectHandshakes } from './reject-handshakes.ts';
import { reopenTab } from './reopen-tab.ts';
import { restartServer } from './restart-server.ts';
import { restore } from './restore.ts';
import { sleep } from './sleep.ts';
import { stallHandshakes } from './stall-handshakes.ts';

/** Every fault, by the name scenarios call it. */
export const FAULTS = {
  drop,
  close,
  refresh,
  duplicate_tab: duplicateTab,
  navigate,
  bfcache,
  discard,
  crash,
  close_tab: closeTab,
  reopen_tab: reopenTab,
  restore,
  frames,
  clear_storage: clearStorage,
  corrupt_storage: corruptStorage,
  offline,
  latency,
  sleep,
  hide,
  reject_handshakes: rejectHandshakes,
  stall_handshakes: stallHandshakes,
  close_on_open: closeOnOpen,
  freeze_server: freezeServer,
  restart_server: restartServer,
} as const;

export { type Expected, type Heal, NOTHING } from './fault.ts';
export { MAX_NODES } from './fields.ts';
export type FaultName = keyof typeof FAULTS;

/** The fault of that name, with its parameters' types let go. */
export const faultNamed = (name: FaultName): Fault => FAULTS[name] as unknown as Fault;

/** The times that it happens, on a server of so many nodes. */
export const stepsOf = (
  name: FaultName,
  params: Record<string, unknown>,
  nodes: number,
): Step<Record<string, unknown>>[] =>
  faultNamed(name).steps?.(params, nodes) ?? [{ afterMs: 0, params }];
