import { it } from 'vitest';
import { expectChangesAreFound } from '../support/field-changes.ts';
import { soundLines } from '../support/sound-lines.ts';

it('any field of a small run is read, or listed with the reason why not', () => {
  expectChangesAreFound(soundLines([[0, 'drop']]), false);
});
