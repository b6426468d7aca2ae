import { describe, expect, it } from 'vitest';
import { loadPart, MAX_SESSION_ROWS, RowStore } from '../../src/logs/row-store.ts';
import type { LinePlace } from '../../src/model/record.ts';
import { Rows } from '../../src/model/rows.ts';
import { isThorough } from '../support/thorough.ts';

const [LONG, SHORT] = [1, 2];

/** Stores rows of two sessions in one part, the short one's last, and looks at all of it. */
function look(longRows: number) {
  const store = new RowStore(1);
  const rows = new Rows(1);
  const add = (session: number, line: number) => {
    rows.setSession(0, session, session);
    rows.setFile(0, 3);
    rows.setLine(0, line);
    rows.setOffset(0, 10 * line);
    store.add(rows, 0);
  };
  for (let line = 1; line <= longRows; line++) add(LONG, line);
  add(SHORT, longRows + 1);
  try {
    const seen = { long: 0, short: 0 };
    const tooLong: LinePlace[] = [];
    for (const loaded of loadPart(store.finish(), 0, (_low, high) => high)) {
      for (let row = 0; row < loaded.size; row++)
        seen[loaded.rows.sessionLow(row) === LONG ? 'long' : 'short'] += 1;
      tooLong.push(...loaded.tooLong);
    }
    return { seen, tooLong };
  } finally {
    store.release();
  }
}

describe.runIf(isThorough)('sessions with very many rows', () => {
  it('hands out all rows of one that can just be held', () => {
    const { seen, tooLong } = look(MAX_SESSION_ROWS);
    expect(seen).toEqual({ long: MAX_SESSION_ROWS, short: 1 });
    expect(tooLong).toEqual([]);
  });

  it('leaves one out that has a row more, says where it is named, and keeps the others', () => {
    const { seen, tooLong } = look(MAX_SESSION_ROWS + 1);
    expect(seen).toEqual({ long: 0, short: 1 });
    expect(tooLong).toEqual([{ file: 3, line: 1, offset: 10 }]);
  });
});
