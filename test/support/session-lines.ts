/** Lines of one session, a connection every ten seconds, as any backend may log them. */

export const line = (event: string, number: number, fields: object = {}) => ({
  time: new Date(Date.UTC(2026, 2, 1, 0, 0, 10 * number)).toISOString(),
  event,
  session_id: 's',
  connection_sequence: number,
  client_id: `c${number}`,
  ...fields,
});

export const closed = (number: number, fields: object = { duration_seconds: 5 }) =>
  line('connection_closed', number, { close_code: 1006, ...fields });

export const ATTEMPTS = [1, 2].map((number) => line('connection_attempt', number));
/** Closes alone, with what they lasted. */
export const TIMED = [closed(1), closed(2)];

/** Of another session. */
export const OTHERS = [line('connection_opened', 1), closed(1)].map((one) => ({
  ...one,
  session_id: 'o',
  client_id: 'o1',
}));
