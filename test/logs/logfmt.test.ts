import { describe, expect, it } from 'vitest';
import { logfmtFields } from '../../src/logs/logfmt.ts';
import { outcome, parse } from './support.ts';

describe('a line of keys and values', () => {
  it('has fields, with or without quotes', () => {
    const line = String.raw`time=2026-11-23T10:00:00Z level=INFO msg="ws \"gone\" away" code=1006 a.b= time=x`;
    expect(logfmtFields(line)).toEqual({
      time: '2026-11-23T10:00:00Z',
      level: 'INFO',
      msg: 'ws "gone" away',
      code: '1006',
      'a.b': '',
    });
  });

  it.each(['hello a=b c=d e=f', 'a=b', 'a=b and c', '=a =b =c'])('is not %j', (line) => {
    expect(logfmtFields(line)).toBeUndefined();
  });

  it('tells of connections like JSON', () => {
    const line =
      'time=2026-11-23T10:00:00.5Z level=INFO msg="connection closed" session_id=s client_id=c ' +
      'connection_sequence=3 close_code=1006 duration=1m0.5s';
    expect(parse(line)).toMatchObject({
      event: 'connection_closed',
      session_id: 's',
      connection_sequence: 3,
      fields: { close_code: 1006, duration_seconds: 60.5 },
    });
    expect(outcome(parse('level=info msg=tick n=1'))).toBe('ignored: no-event');
  });
});
