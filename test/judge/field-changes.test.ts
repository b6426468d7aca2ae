import { it } from 'vitest';
import { expectChangesAreFound } from '../support/field-changes.ts';
import { soundLines } from '../support/sound-lines.ts';
import { oneOfEach } from '../support/thorough.ts';

it('any field of a small run is read, or listed with the reason why not', () => {
  expectChangesAreFound(soundLines([[0, 'drop']]), false, (changes) =>
    oneOfEach(changes, ({ what }) => what.split(' ', 2).join(' ')),
  );
});
