/**
 * WHATWG `Storage` over any store of strings, by the rules that Web IDL gives for legacy platform
 * objects with named properties but without [LegacyOverrideBuiltIns]: a read, `in`, `delete` or
 * enumeration sees an item only where no own property, method or property of `Object.prototype` has
 * that name. `getItem` sees them all.
 *
 * An assignment stores an item unless a setter or a read-only property on the prototype chain has
 * that name: `length = 5` stores nothing, in Chromium and Firefox. Web IDL would store it
 * (https://github.com/whatwg/webidl/issues/630).
 *
 * https://html.spec.whatwg.org/multipage/webstorage.html#the-storage-interface
 * https://webidl.spec.whatwg.org/#es-legacy-platform-objects
 */
export interface WebStorage {
  /** How many items there are. */
  readonly length: number;
  /**
   * The name of item `index`; null out of range. In order of insertion: the standard leaves the order
   * open, and Chromium and Firefox each have another, by their hashes.
   */
  key(index: number): string | null;
  /** null when absent. */
  getItem(key: string): string | null;
  /** @throws QuotaExceededError and the old value stays. */
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  clear(): void;
  [name: string]: unknown;
}

/** What a `Storage` object shows and writes through. A call that throws has changed nothing. */
export interface StorageArea {
  readonly items: ReadonlyMap<string, string>;
  set(key: string, value: string): void;
  delete(key: string): void;
  clear(): void;
}

export function createWebStorage(area: StorageArea): WebStorage {
  // The target holds nothing but symbols, so what it has beyond them is what items may not shadow.
  const target = Object.create(Storage.prototype);
  const storage = new Proxy(target, namedProperties);
  areas.set(target, area);
  areas.set(storage, area);
  return storage;
}

/**
 * Web IDL's exception of that name, which Node 20 lacks. A storage gives neither number.
 *
 * https://webidl.spec.whatwg.org/#quotaexceedederror
 */
export class QuotaExceededError extends DOMException {
  constructor(message: string, cause?: unknown) {
    super(message, 'QuotaExceededError');
    this.cause = cause;
  }

  // Where Web IDL's own class exists, the name alone gives a DOMException no code any more.
  override get code(): number {
    return DOMException.QUOTA_EXCEEDED_ERR;
  }

  get quota(): number | null {
    return null;
  }

  get requested(): number | null {
    return null;
  }
}

const areas = new WeakMap<object, StorageArea>();

function areaOf(storage: object): StorageArea {
  const area = areas.get(storage);
  if (area === undefined) throw new TypeError('Illegal invocation');
  return area;
}

class Storage {
  constructor() {
    throw new TypeError('Illegal constructor');
  }

  get length(): number {
    return areaOf(this).items.size;
  }

  key(...args: [index: number]): string | null {
    const { items } = areaOf(this);
    requireArguments('key', args, 1);
    const index = args[0] >>> 0; // Web IDL's conversion to unsigned long
    return [...items.keys()][index] ?? null;
  }

  getItem(...args: [key: string]): string | null {
    const { items } = areaOf(this);
    requireArguments('getItem', args, 1);
    return items.get(toDOMString(args[0])) ?? null;
  }

  setItem(...args: [key: string, value: string]): void {
    const area = areaOf(this);
    requireArguments('setItem', args, 2);
    area.set(toDOMString(args[0]), toDOMString(args[1]));
  }

  removeItem(...args: [key: string]): void {
    const area = areaOf(this);
    requireArguments('removeItem', args, 1);
    area.delete(toDOMString(args[0]));
  }

  clear(): void {
    areaOf(this).clear();
  }

  get [Symbol.toStringTag](): string {
    return 'Storage';
  }
}

// Web IDL's members are enumerable, and a function's length counts the arguments it requires.
for (const [name, length] of Object.entries({ key: 1, getItem: 1, setItem: 2, removeItem: 1 })) {
  Object.defineProperty(Reflect.get(Storage.prototype, name), 'length', { value: length });
}
for (const name of ['length', 'key', 'getItem', 'setItem', 'removeItem', 'clear']) {
  Object.defineProperty(Storage.prototype, name, { enumerable: true });
}

const namedProperties: ProxyHandler<object> = {
  get: (target, key, receiver) =>
    isVisibleItem(target, key) ? areaOf(target).items.get(key) : Reflect.get(target, key, receiver),

  has: (target, key) => isVisibleItem(target, key) || Reflect.has(target, key),

  deleteProperty(target, key) {
    if (!isVisibleItem(target, key)) return Reflect.deleteProperty(target, key);
    areaOf(target).delete(key);
    return true;
  },

  ownKeys: (target) => [
    ...[...areaOf(target).items.keys()].filter((key) => isVisibleItem(target, key)),
    ...Reflect.ownKeys(target),
  ],

  getOwnPropertyDescriptor: (target, key) =>
    isVisibleItem(target, key)
      ? { ...ITEM_ATTRIBUTES, value: areaOf(target).items.get(key) }
      : Reflect.getOwnPropertyDescriptor(target, key),

  defineProperty(target, key, descriptor) {
    if (typeof key !== 'string') return Reflect.defineProperty(target, key, descriptor);
    const isData = 'value' in descriptor || 'writable' in descriptor;
    // A proxy can't claim a property that can't be configured, so it is refused before it is stored.
    if (!isData || descriptor.configurable === false) return false;
    areaOf(target).set(key, toDOMString(descriptor.value));
    return true;
  },

  preventExtensions: () => false,
};

const ITEM_ATTRIBUTES = { writable: true, enumerable: true, configurable: true };

/** Web IDL's named property visibility algorithm. */
function isVisibleItem(target: object, key: string | symbol): key is string {
  return typeof key === 'string' && areaOf(target).items.has(key) && !(key in target);
}

/** Unlike `String()`, this throws a TypeError for a symbol, as Web IDL does. */
function toDOMString(value: unknown): string {
  return `${value}`;
}

function requireArguments(method: string, args: readonly unknown[], required: number): void {
  if (args.length >= required) return;
  const plural = required === 1 ? 'argument' : 'arguments';
  throw new TypeError(
    `Failed to execute '${method}' on 'Storage': ${required} ${plural} required, but only ${args.length} present.`,
  );
}
