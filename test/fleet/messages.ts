import type { Join, ToWorker } from '../../src/fleet/messages.ts';
import { WSDIAG_VERSION } from '../../src/real/version.ts';

const STORM = 'storm-1';

/** A storm of two, on a server of the coordinator's that nobody has started. */
export const JOIN: Join = {
  type: 'join',
  storm: STORM,
  wsdiag_version: WSDIAG_VERSION,
  worker: 1,
  workers: 1,
  seed: 1,
  scenario: 'name: two\nduration: 200ms\nclients: { count: 2 }\n',
  url: 'ws://127.0.0.1:9',
  variables: {},
  files: {},
  max_dials_per_second: null,
};

/** One of each kind. */
export const MESSAGES: ToWorker[] = [
  { type: 'clock' },
  JOIN,
  { type: 'open', storm: STORM, epoch_ms: 1 },
  { type: 'start', storm: STORM, at_ms: 1 },
  { type: 'ping', storm: STORM },
  { type: 'calm', storm: STORM },
  { type: 'stop', storm: STORM },
  { type: 'send', storm: STORM },
  { type: 'done', storm: STORM },
];
