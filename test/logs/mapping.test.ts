import { describe, expect, it } from 'vitest';
import {
  MappingError,
  nameFields,
  parseEvents,
  parseMapping,
  valueAt,
} from '../../src/logs/mapping.ts';

describe('parseMapping', () => {
  it('gives paths of keys', () => {
    expect(parseMapping('session_id=ctx.session.id, time=ts')).toEqual({
      session_id: ['ctx', 'session', 'id'],
      time: ['ts'],
    });
  });

  it('keeps what stands after the first equals sign', () => {
    expect(parseMapping('session_id=a=b')).toEqual({ session_id: ['a=b'] });
  });

  it.each([['session_id'], ['session_id='], ['=sid'], [''], ['session_id=sid,']])(
    'refuses %j for its form',
    (text) => {
      expect(() => parseMapping(text)).toThrow('is not of the form field=…');
    },
  );

  it('refuses a field that it does not know, and tells which there are', () => {
    const error = thrown(() => parseMapping('sesion_id=sid'));
    expect(error.message).toBe('unknown field "sesion_id"');
    expect(error.unknown?.known).toContain('session_id');
  });

  it('is not fooled by names that every object has', () => {
    expect(() => parseMapping('__proto__=x')).toThrow('unknown field');
    expect(() => parseEvents('constructor=x')).toThrow('unknown event');
  });
});

describe('parseEvents', () => {
  it('gives what stands for each event', () => {
    expect(parseEvents('connection_closed=ws.close,connection_opened=ws open')).toEqual({
      connection_closed: 'ws.close',
      connection_opened: 'ws open',
    });
  });
});

describe('valueAt', () => {
  it('walks objects and lists', () => {
    expect(valueAt({ a: [{ b: 1 }] }, ['a', '0', 'b'])).toBe(1);
  });

  it('takes a key with dots in it first, at any level', () => {
    expect(valueAt({ 'a.b': 1, a: { b: 2 } }, ['a', 'b'])).toBe(1);
    expect(valueAt({ a: { 'b.c': 1 } }, ['a', 'b', 'c'])).toBe(1);
    expect(valueAt({ 'a.b': { x: 1 }, a: { b: { c: 2 } } }, ['a', 'b', 'c'])).toBe(2);
  });

  it.each([[['toString']], [['a', 'length']], [['__proto__', 'x']], [['a', 'b']]])(
    'finds nothing at %j, which is not in the line',
    (path) => {
      expect(valueAt({ a: 'text' }, path)).toBeUndefined();
    },
  );
});

describe('nameFields', () => {
  const named = (fields: Record<string, unknown>, map: Record<string, string[]> = {}) => {
    nameFields(fields, map);
    return fields;
  };

  it.each([
    ['sessionId', 'session_id'],
    ['sessionID', 'session_id'],
    ['session.id', 'session_id'],
    ['connectionSequence', 'connection_sequence'],
    ['closeCode', 'close_code'],
    ['close.code', 'close_code'],
    ['durationSeconds', 'duration_seconds'],
  ])('knows %s for %s, and keeps both', (alias, field) => {
    expect(named({ [alias]: 7 })).toEqual({ [alias]: 7, [field]: 7 });
  });

  it.each([['duration_ms'], ['durationMs']])('takes %s as seconds', (alias) => {
    expect(named({ [alias]: 1500 }).duration_seconds).toBe(1.5);
  });

  it.each([['id'], ['sid'], ['code'], ['duration'], ['SESSION_ID'], ['session-id']])(
    'leaves %s alone, which may be anything',
    (key) => {
      expect(named({ [key]: 7 })).toEqual({ [key]: 7 });
    },
  );

  it('prefers the known name to another spelling, and a mapped field to both', () => {
    expect(named({ sessionId: 'b', session_id: 'a' }).session_id).toBe('a');
    expect(named({ session_id: 'a', sid: 'c' }, { session_id: ['sid'] }).session_id).toBe('c');
  });

  it('keeps what a line has under the known name where it lacks the mapped one', () => {
    expect(named({ session_id: 'a' }, { session_id: ['sid'] }).session_id).toBe('a');
  });

  it('can swap two fields', () => {
    const map = { session_id: ['client_id'], client_id: ['session_id'] };
    expect(named({ session_id: 'a', client_id: 'b' }, map)).toEqual({
      session_id: 'b',
      client_id: 'a',
    });
  });

  it.each([
    ['lived_ms', 1.5],
    ['livedMs', 1.5],
    ['lived_millis', 1.5],
    ['livedMillis', 1.5],
    ['lived', 1500],
    ['items', 1500],
  ])('takes a duration mapped to %s as %d seconds', (name, seconds) => {
    const map = { duration_seconds: ['ctx', name] };
    expect(named({ ctx: { [name]: 1500 } }, map).duration_seconds).toBe(seconds);
  });
});

function thrown(run: () => unknown): MappingError {
  try {
    run();
  } catch (error) {
    if (error instanceof MappingError) return error;
  }
  throw new Error('no MappingError');
}
