import { describe, expect, it } from 'vitest';
import { createRules } from '../../src/logs/rules.ts';
import { format } from './support.ts';

describe('the names of fields', () => {
  const named = (fields: Record<string, unknown>, map: Record<string, string[]> = {}) => {
    createRules(format({ map })).name(fields);
    return fields;
  };

  it.each([
    ['sessionId', 'session_id'],
    ['sessionID', 'session_id'],
    ['connectionId', 'client_id'],
    ['connId', 'client_id'],
    ['conn', 'client_id'],
    ['socket_id', 'client_id'],
    ['session.id', 'session_id'],
    ['connectionSequence', 'connection_sequence'],
    ['closeCode', 'close_code'],
    ['close.code', 'close_code'],
    ['durationSeconds', 'duration_seconds'],
    ['wsCloseCode', 'close_code'],
    ['websocket.close_code', 'close_code'],
  ])('knows %s for %s, and keeps both', (alias, field) => {
    expect(named({ [alias]: 7 })).toEqual({ [alias]: 7, [field]: 7 });
  });

  it.each([
    ['duration_ms', 1500],
    ['durationMs', '1500'],
    ['durationUs', 1_500_000],
    ['duration_ns', 1_500_000_000],
    ['lifetime_minutes', 0.025],
  ])('takes %s as seconds', (alias, value) => {
    expect(named({ [alias]: value }).duration_seconds).toBe(1.5);
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

  it.each([
    [{ session: { id: 's' } }, 'session_id', 's'],
    [{ connection: { sequence: 3 } }, 'connection_sequence', 3],
    [{ close: { code: 1006 } }, 'close_code', 1006],
  ])('knows what is nested in %j', (fields, field, value) => {
    expect(named({ ...fields })[field]).toBe(value);
  });

  it('takes a tab before what all tabs of a browser share', () => {
    expect(named({ 'session.id': 's', 'tab.id': 't' }).session_id).toBe('t');
    expect(named({ 'browser.instance.id': 'b', 'session.id': 's' }).session_id).toBe('b');
    expect(named({ session: { id: 's' }, tab: { id: 't' } }).session_id).toBe('t');
    const browser = { instance: { id: 'b' } };
    expect(named({ 'session.id': 's', browser }).session_id).toBe('b');
    expect(named({ 'session.id': 's' }).session_id).toBe('s');
  });
});
