/** Close codes that others are told apart from, by their names in RFC 6455, 7.4.1. */

/** What a page sends that wants no more of a connection. */
export const NORMAL_CLOSURE = 1000;
/** What a page that goes sends. */
export const GOING_AWAY = 1001;
/** A close frame without a code; never in one. */
export const NO_STATUS_RECEIVED = 1005;
/** Dropped without a close frame; never on the wire. */
export const ABNORMAL_CLOSURE = 1006;
/** wsdiag's own: a newer connection of the session replaced this one. */
export const SUPERSEDED = 4409;
