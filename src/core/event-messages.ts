import type { LogEvents } from './records.ts';

/** Each event in words, as `msg` has it. */
export const EVENT_MESSAGES = {
  server_started: 'server started',
  server_stopped: 'server stopped',
  client_started: 'clients started',
  client_stopped: 'clients stopped',
  session_started: 'session started',
  sequence_advanced: 'sequence moved ahead to what the server has seen',
  document_loaded: 'document loaded',
  document_unloaded: 'document unloaded',
  connection_attempt: 'dialling',
  connection_opened: 'connection opened',
  connection_failed: 'connection failed',
  connection_closed: 'connection closed',
  handshake_rejected: 'handshake rejected',
  faults_started: 'faults may begin',
  faults_stopped: 'no more faults',
  fault_injected: 'fault injected',
  fault_ended: 'fault ended',
  target_started: 'target started',
  target_killed: 'target killed',
  target_ended: 'target ended',
  worker_joined: 'worker joined',
  worker_left: 'worker left',
  worker_lost: 'worker lost',
} satisfies Record<keyof (LogEvents['server'] & LogEvents['client'] & LogEvents['faults']), string>;
