import { describe, expect, it } from 'vitest';
import { MappingError, parseEvents, parseMapping } from '../../src/logs/mapping.ts';

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
      connection_closed: ['ws.close'],
      connection_opened: ['ws open'],
    });
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
