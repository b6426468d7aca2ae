/** Close codes that others are told apart from, by their names in RFC 6455, 7.4.1. */

/** What a page sends that wants no more of a connection. */
export const NORMAL_CLOSURE = 1000;
/** What a page that goes sends. */
export const GOING_AWAY = 1001;
/** A close frame without a code; never in one. */
export const NO_STATUS_RECEIVED = 1005;
/** Dropped without a close frame; never on the wire. */
export const ABNORMAL_CLOSURE = 1006;
/** What the reference server says when it is stopped (IANA's registry). */
export const SERVICE_RESTART = 1012;
/** wsdiag's own: a newer connection of the session replaced this one. */
export const SUPERSEDED = 4409;

/** A close frame's reason, in bytes of UTF-8: what the code leaves of 125 (RFC 6455, 5.5). */
export const MAX_REASON_BYTES = 123;

/** Whether it may stand in a close frame (RFC 6455, 7.4, and IANA's registry). */
export const isSendableCloseCode = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) ||
  (code >= 3000 && code <= 4999);

/** Whether a page may close with it (WHATWG WebSockets, `close()`). */
export const isPageCloseCode = (code: number): boolean =>
  code === 1000 || (code >= 3000 && code <= 4999);
