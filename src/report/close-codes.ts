import { SUPERSEDED } from '../core/close-codes.ts';

/** Close codes in words: RFC 6455 §7.4.1 and the IANA registry, and the server's own. */
const MEANINGS = new Map([
  [1000, 'normal'],
  [1001, 'going away'],
  [1002, 'protocol error'],
  [1003, 'unsupported data'],
  [1005, 'no code given'],
  [1006, 'dropped without a close frame'],
  [1007, 'invalid data'],
  [1008, 'policy violation'],
  [1009, 'message too big'],
  [1010, 'extension missing'],
  [1011, 'internal error'],
  [1012, 'service restart'],
  [1013, 'try again later'],
  [1014, 'bad gateway'],
  [1015, 'TLS handshake failed'],
  [SUPERSEDED, 'replaced by a newer connection'],
]);

export function closeCodeMeaning(code: number): string {
  const known = MEANINGS.get(code);
  if (known !== undefined) return known;
  if (code >= 3000 && code <= 3999) return 'registered by a library';
  return code >= 4000 && code <= 4999 ? "the application's own" : 'unknown';
}
