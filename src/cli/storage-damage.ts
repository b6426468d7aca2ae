import type { DamageReason, StorageDamage } from '../real/session-storage.ts';
import type { Shell } from './shell.ts';

const MESSAGES: Record<DamageReason, string> = {
  'torn-record': 'a write was under way when its process died, and is cut off',
  'empty-file': 'the file is empty',
  'header-missing': 'this is no session storage of wsdiag',
  'version-unknown': 'another version of wsdiag wrote this',
  'checksum-mismatch': 'this line was altered, or those before it are not what they were',
  'record-unknown': 'this is no change that wsdiag knows',
};

/** Tells what was wrong with a session storage, and what that comes to. */
export function tellOfDamage(damage: readonly StorageDamage[], shell: Shell): void {
  for (const { file, line, reason, kept_as } of damage) {
    const outcome =
      kept_as === undefined
        ? 'nothing else is lost'
        : `so every tab begins a new session, and the file is kept as ${kept_as}`;
    shell.printError(`wsdiag: ${file}:${line}: ${MESSAGES[reason]}; ${outcome}`);
  }
}
