import { beforeEach, describe, expect, it } from 'vitest';
import { createWebStorage, type WebStorage } from '../../src/real/web-storage.ts';

const METHODS = ['key', 'getItem', 'setItem', 'removeItem', 'clear'];

let items: Map<string, string>;
let storage: WebStorage;

beforeEach(() => {
  items = new Map();
  storage = createWebStorage({
    items,
    set: (key, value) => items.set(key, value),
    delete: (key) => items.delete(key),
    clear: () => items.clear(),
  });
});

/** Calls a method as untyped code would. */
function call(method: string, ...args: unknown[]): unknown {
  const untyped = storage[method] as (...args: unknown[]) => unknown;
  return untyped.apply(storage, args);
}

describe('the methods of Storage', () => {
  it('reads back what was set', () => {
    storage.setItem('a', '1');
    storage.setItem('a', '2');
    expect(storage.getItem('a')).toBe('2');
    expect(storage.length).toBe(1);
  });

  it('gives null for an absent key', () => {
    expect(storage.getItem('a')).toBeNull();
  });

  it('gives keys in order of insertion, and null out of range', () => {
    storage.setItem('b', '');
    storage.setItem('a', '');
    storage.setItem('b', '1');
    expect([0, 1, 2, -1].map((index) => storage.key(index))).toEqual(['b', 'a', null, null]);
  });

  it('converts an index as Web IDL does an unsigned long', () => {
    storage.setItem('a', '');
    expect(['0', null, Number.NaN, 0.9, 2 ** 32].map((index) => call('key', index))).toEqual(
      Array(5).fill('a'),
    );
    expect(() => call('key', 0n)).toThrow(TypeError);
  });

  it('removes an item, present or not', () => {
    storage.setItem('a', '1');
    storage.removeItem('a');
    storage.removeItem('a');
    expect(storage.getItem('a')).toBeNull();
  });

  it('clears all items', () => {
    storage.setItem('a', '1');
    storage.setItem('b', '2');
    storage.clear();
    expect(storage.length).toBe(0);
  });

  it('takes the empty string as a key and as a value', () => {
    storage.setItem('', '');
    expect(storage.getItem('')).toBe('');
    expect(storage['']).toBe('');
  });

  it('turns keys and values into strings', () => {
    call('setItem', undefined, undefined);
    call('setItem', null, { toString: () => 'text' });
    call('setItem', 1.5, ['x', 'y']);
    expect([...items]).toEqual([
      ['undefined', 'undefined'],
      ['null', 'text'],
      ['1.5', 'x,y'],
    ]);
    expect(call('getItem', null)).toBe('text');
    call('removeItem', undefined);
    expect(items.has('undefined')).toBe(false);
  });

  it('throws a TypeError for a symbol, and what a conversion throws', () => {
    expect(() => call('setItem', 'a', Symbol('s'))).toThrow(TypeError);
    expect(() => call('getItem', Symbol('s'))).toThrow(TypeError);
    const hostile = {
      toString() {
        throw new RangeError('no');
      },
    };
    expect(() => call('setItem', 'a', hostile)).toThrow(RangeError);
    expect(storage.length).toBe(0);
  });

  it.each([
    ['key', 1],
    ['getItem', 1],
    ['setItem', 2],
    ['removeItem', 1],
  ])('%s requires %i argument(s)', (method, required) => {
    expect(Reflect.get(storage, method)).toHaveLength(required);
    expect(() => call(method, ...Array(required - 1).fill('a'))).toThrow(TypeError);
    expect(() => call(method)).toThrow(
      new RegExp(`'${method}' on 'Storage': ${required} arguments? required, but only 0 present`),
    );
  });

  it('throws a TypeError on anything that is no Storage', () => {
    expect(() => storage.getItem.call({} as WebStorage, 'a')).toThrow('Illegal invocation');
    expect(() => Reflect.get(Object.getPrototypeOf(storage), 'length')).toThrow(TypeError);
  });

  it('cannot be constructed', () => {
    expect(() => Reflect.construct(storage.constructor, [])).toThrow('Illegal constructor');
  });

  it('says that it is a Storage', () => {
    expect(Object.prototype.toString.call(storage)).toBe('[object Storage]');
  });
});

describe('named properties', () => {
  it('are items, both ways', () => {
    storage.x = 1;
    expect(storage.getItem('x')).toBe('1');
    storage.setItem('y', '2');
    expect(storage.y).toBe('2');
    expect(storage.z).toBeUndefined();
  });

  it('turn what is assigned into a string', () => {
    storage.x = undefined;
    expect(storage.x).toBe('undefined');
    expect(() => {
      storage.x = Symbol('s');
    }).toThrow(TypeError);
    expect(storage.x).toBe('undefined');
  });

  it('take a number as a name', () => {
    Reflect.set(storage, 7, 'seven');
    expect(storage.getItem('7')).toBe('seven');
  });

  it('are deleted by delete', () => {
    storage.x = 1;
    expect(delete storage.x).toBe(true);
    expect(delete storage.x).toBe(true);
    expect(storage.getItem('x')).toBeNull();
  });

  it('are seen by in and hasOwn', () => {
    storage.x = 1;
    expect('x' in storage).toBe(true);
    expect('y' in storage).toBe(false);
    expect('getItem' in storage).toBe(true);
    expect(Object.hasOwn(storage, 'x')).toBe(true);
    expect(Object.hasOwn(storage, 'getItem')).toBe(false);
  });

  it('are enumerated, in order, as own properties', () => {
    storage.b = 1;
    storage.a = 2;
    expect(Object.keys(storage)).toEqual(['b', 'a']);
    expect(Object.entries(storage)).toEqual([
      ['b', '1'],
      ['a', '2'],
    ]);
    expect({ ...storage }).toEqual({ b: '1', a: '2' });
    expect(JSON.stringify(storage)).toBe('{"b":"1","a":"2"}');
  });

  it('come before the enumerable members of the prototype in for-in', () => {
    storage.x = 1;
    const names = [];
    for (const name in storage) names.push(name);
    expect(names[0]).toBe('x');
    expect(names.slice(1).sort()).toEqual([...METHODS, 'length'].sort());
  });

  it('have descriptors of plain properties', () => {
    storage.x = 1;
    expect(Object.getOwnPropertyDescriptor(storage, 'x')).toEqual({
      value: '1',
      writable: true,
      enumerable: true,
      configurable: true,
    });
    expect(Object.getOwnPropertyDescriptor(storage, 'y')).toBeUndefined();
  });

  it('are stored by defineProperty', () => {
    Object.defineProperty(storage, 'x', { value: 1 });
    expect(storage.getItem('x')).toBe('1');
    Object.defineProperty(storage, 'x', { writable: true });
    expect(storage.getItem('x')).toBe('undefined');
  });

  it.each([
    ['an accessor', { get: () => 'x' }],
    ['neither data nor accessor', { enumerable: true }],
    ['fixed', { value: 'x', configurable: false }],
  ])('cannot be defined as %s', (_name, descriptor) => {
    expect(() => Object.defineProperty(storage, 'x', descriptor)).toThrow(TypeError);
    expect(storage.length).toBe(0);
  });

  it.each([...METHODS, 'toString', 'constructor', 'hasOwnProperty'])(
    'store %s but never shadow it',
    (name) => {
      const before = Reflect.get(storage, name);
      Reflect.set(storage, name, 'stored');
      expect(items.get(name)).toBe('stored');
      expect(storage.getItem(name)).toBe('stored');
      expect(storage.key(0)).toBe(name);
      expect(Reflect.get(storage, name)).toBe(before);
      expect(Object.keys(storage)).toEqual([]);
      expect(Object.hasOwn(storage, name)).toBe(false);
      expect(Reflect.deleteProperty(storage, name)).toBe(true);
      expect(items.has(name)).toBe(true); // delete sees what a read sees
      storage.removeItem(name);
      expect(items.size).toBe(0);
    },
  );

  it('are not made by an assignment to length, which is read-only', () => {
    expect(() => Object.assign(storage, { length: 5 })).toThrow(TypeError);
    expect(Reflect.set(storage, 'length', 5)).toBe(false);
    expect(items.size).toBe(0);
    storage.setItem('length', 'stored');
    expect(Reflect.set(storage, 'length', 5)).toBe(false);
    expect(storage.length).toBe(1);
    expect(storage.getItem('length')).toBe('stored');
  });

  it('are not made where the prototype chain has a setter, such as that of __proto__', () => {
    const prototype = Object.create(Object.getPrototypeOf(storage));
    Reflect.set(storage, '__proto__', prototype);
    expect(Object.getPrototypeOf(storage)).toBe(prototype);
    expect(items.size).toBe(0);
    storage.x = 1;
    expect(items.get('x')).toBe('1');
  });

  it('are not made on a Storage through an object that inherits from it', () => {
    const heir = Object.create(storage);
    heir.x = 1;
    expect(heir.x).toBe(1);
    expect(storage.length).toBe(0);
    storage.y = 2;
    expect(heir.y).toBe('2');
    expect(() => Object.assign(heir, { length: 5 })).toThrow(TypeError);
  });

  it('cannot be frozen, sealed or closed to extension', () => {
    storage.x = 1;
    expect(() => Object.freeze(storage)).toThrow(TypeError);
    expect(() => Object.preventExtensions(storage)).toThrow(TypeError);
    expect(Object.isExtensible(storage)).toBe(true);
  });

  it('leave symbols to be properties of the object', () => {
    const symbol = Symbol('s');
    const value = {};
    Reflect.set(storage, symbol, value);
    expect(Reflect.get(storage, symbol)).toBe(value);
    expect(Reflect.ownKeys(storage)).toEqual([symbol]);
    Object.defineProperty(storage, symbol, { get: () => 'got' });
    expect(Reflect.get(storage, symbol)).toBe('got');
    expect(Reflect.deleteProperty(storage, symbol)).toBe(true);
    expect(symbol in storage).toBe(false);
    expect(storage.length).toBe(0);
  });
});
