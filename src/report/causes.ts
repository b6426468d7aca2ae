import { type Cause, OF_NUMBERS } from '../model/causes.ts';
import type { CircumstanceEvent, FindingCode } from '../model/findings.ts';
import { closeCodeMeaning } from './close-codes.ts';
import { counted } from './format.ts';
import { sanitize } from './sanitize.ts';

/** What sessions did, and the rule of the docs that says what they should have done. */
interface Told {
  did: string;
  rule: string;
}

const CLIENT = 'docs/handshake.md, “The client’s side”';
const LOGS = 'docs/logs.md';

const ONE_AGAIN: Told = {
  did: 'began again at 1',
  rule: `A page keeps the number in sessionStorage, and never starts again under the old id: ${CLIENT}, 2 and 8.`,
};

const AGAIN: ReadonlySet<FindingCode> = new Set(['sequence-duplicated', 'sequence-not-increasing']);

/** Of numbers that are used again once a page came back. */
const RESTORED_RULE = `Storage that comes back may be older: the welcome’s last_seen_sequence tells how far it had got: ${CLIENT}, 7.`;

type OfSessions = Exclude<FindingCode, 'threshold-crossed' | 'observation-unexpected'>;

/** By the first of its codes, in this order: what comes later often follows from it. */
const TOLD: Record<OfSessions, Told> = {
  'session-forked': {
    did: 'had two live pages at once',
    rule: `A copied tab makes a session of its own: ${CLIENT}, 9.`,
  },
  'fork-repeated': {
    did: 'had a page that began one session after another',
    rule: `Frames of one tab see each other’s claims: ${CLIENT}, 9.`,
  },
  'sequence-missing': {
    did: 'had lines without a usable number',
    rule: 'Each hello has a whole number from 1, and each line of its connection logs it: docs/handshake.md, “hello”.',
  },
  'sequence-duplicated': {
    did: 'used a number twice',
    rule: `Each attempt takes the next number, and writes it before the socket is opened: ${CLIENT}, 4.`,
  },
  'sequence-not-increasing': {
    did: 'went back to a lower number',
    rule: `Each attempt takes the next number, and writes it before the socket is opened: ${CLIENT}, 4.`,
  },
  'sequence-not-from-one': {
    did: 'did not begin at 1',
    rule: `A new session writes 0, and its first attempt adds one: ${CLIENT}, 3 and 4.`,
  },
  'attempt-skipped': {
    did: 'skipped a number, or an attempt in the client’s log',
    rule: `Each attempt adds one, and is logged: ${CLIENT}, 4.`,
  },
  'gap-unexplained': {
    did: 'had numbers of which the server’s log has nothing',
    rule: `A number that a server never saw has a failed attempt in the client’s log: ${LOGS}.`,
  },
  'close-missing': {
    did: 'had a connection that never ended in a log',
    rule: `Whatever opens ends, in the log of each side: ${LOGS}.`,
  },
  'close-orphaned': {
    did: 'had an end without its beginning, or a second one',
    rule: `Whatever ends was opened, and ends once: ${LOGS}.`,
  },
  'logs-disagree': {
    did: 'had a connection of which client and server tell two stories',
    rule: `Both logs tell one story of each connection: ${LOGS}.`,
  },
  'lines-disagree': {
    did: 'had lines of one log that tell two stories',
    rule: `Lines of one connection have the same fields: ${LOGS}.`,
  },
  'session-lost': {
    did: 'did not come back',
    rule: `A page dials until its tab is closed: ${CLIENT}.`,
  },
};

const ORDER = Object.keys(TOLD) as OfSessions[];

const AFTER: Partial<Record<CircumstanceEvent, string>> = {
  failure: 'a failed attempt',
  navigate: 'a page load',
  reload: 'a reload',
  back_forward: 'a page that came back',
};

/** `5 sessions began again at 1, each after the fault refresh and a reload.` */
export function causeMessage(cause: Cause): string {
  const by = isServersOwn(cause) ? 'By the server’s log, ' : '';
  const sessions = counted(cause.sessions, 'session');
  return `${by}${sessions} ${toldOf(cause).did}${afterwards(cause)}.`;
}

/** A number that the client's log has otherwise: it is the server that has it wrong. */
function isServersOwn({ told_by, codes, misnumbered }: Cause): boolean {
  return !misnumbered && told_by === 'server' && codes.some((code) => OF_NUMBERS.has(code));
}

const OR_SERVERS_OWN = `Or the server numbers connections by itself, where it should log the number that the client sent: docs/handshake.md, “What a backend logs”.`;

const SERVERS_OWN = `A server logs the number that the client sent: docs/handshake.md, “What a backend logs”.`;

const OTHER_NUMBERS: Told = {
  did: 'had connections that the server’s log has under another number',
  rule: SERVERS_OWN,
};

/** What they should have done, and where that is written. */
export function causeRule(cause: Cause): string {
  if (isServersOwn(cause)) return SERVERS_OWN;
  const { rule } = toldOf(cause);
  return isOfEither(cause) ? `${rule} ${OR_SERVERS_OWN}` : rule;
}

/** A number that came again: by a server's log alone, either side may have numbered wrongly. */
const isOfEither = ({ server_alone, codes }: Cause): boolean =>
  server_alone === true && AGAIN.has(mainOf(codes));

/** What the others follow from. */
const mainOf = (codes: Cause['codes']): OfSessions =>
  ORDER.find((one) => codes.includes(one)) as OfSessions;

function toldOf({ codes, began_again, misnumbered, after }: Cause): Told {
  if (misnumbered) return OTHER_NUMBERS;
  const code = mainOf(codes);
  if (!AGAIN.has(code)) return TOLD[code];
  if (began_again) return ONE_AGAIN;
  return after.event === 'back_forward' ? { ...TOLD[code], rule: RESTORED_RULE } : TOLD[code];
}

function afterwards({ after: { event, close_code, fault } }: Cause): string {
  const what =
    event === 'close' && close_code
      ? `a close with ${close_code} (${closeCodeMeaning(close_code)})`
      : event && AFTER[event];
  // It hit the attempt before, and other things may have ended that.
  if (fault) return `, each after the fault ${sanitize(fault)}${what ? ` and ${what}` : ''}`;
  return what ? `, each right after ${what}` : '';
}

/** A cause of several runs, for programs. */
export const causeJson = (cause: Cause) => ({
  codes: cause.codes,
  after: cause.after,
  message: causeMessage(cause),
});
