/** MQTT's packets, as far as a client needs them that connects and stays connected (OASIS MQTT 3.1.1 and 5.0). */

export type MqttVersion = '3.1.1' | 5;

export const CONNACK = 2;
export const PUBLISH = 3;
export const PINGRESP = 13;
export const DISCONNECT = 14;
export const PINGREQ = Uint8Array.of(0xc0, 0);

const LEVELS: Record<MqttVersion, number> = { '3.1.1': 4, 5: 5 };
const CLEAN_START = 0x02;
const USER_PROPERTY = 0x26;

export interface Will {
  topic: string;
  payload: string;
  qos: number;
  retain: boolean;
}

export interface Connect {
  version: MqttVersion;
  clientId: string;
  keepAliveSeconds: number;
  username: string;
  password: string | undefined;
  will: Will | undefined;
  /** Of MQTT 5 alone. */
  userProperties: readonly (readonly [name: string, value: string])[];
}

export function encodeConnect(connect: Connect): Uint8Array {
  const { version, clientId, keepAliveSeconds, username, password, will } = connect;
  const isFive = version === 5;
  const properties = connect.userProperties.flatMap(([name, value]) => [
    USER_PROPERTY,
    ...string(name),
    ...string(value),
  ]);
  return packet(1, [
    ...string('MQTT'),
    LEVELS[version],
    CLEAN_START | willFlags(will) | 0x80 | (password === undefined ? 0 : 0x40),
    ...uint16(keepAliveSeconds),
    ...(isFive ? [...varint(properties.length), ...properties] : []),
    ...string(clientId),
    ...(will ? [...(isFive ? [0] : []), ...string(will.topic), ...string(will.payload)] : []),
    ...string(username),
    ...(password === undefined ? [] : string(password)),
  ]);
}

const willFlags = (will: Will | undefined): number =>
  will ? 0x04 | (will.qos << 3) | (will.retain ? 0x20 : 0) : 0;

const packet = (type: number, body: number[]): Uint8Array =>
  Uint8Array.from([type << 4, ...varint(body.length), ...body]);

const uint16 = (value: number): number[] => [value >> 8, value & 0xff];

/** With its length; no longer than that can say. */
function string(text: string): number[] {
  const bytes = [...new TextEncoder().encode(text).subarray(0, 0xffff)];
  return [...uint16(bytes.length), ...bytes];
}

function varint(value: number): number[] {
  const rest = Math.floor(value / 128);
  return rest > 0 ? [(value % 128) | 0x80, ...varint(rest)] : [value];
}

export interface Packet {
  type: number;
  flags: number;
  body: Uint8Array;
}

/** No server has to send a client more, which subscribes to nothing. */
const MAX_PACKET = 64 * 1024;

/** Packets out of messages, which may have several of them, or parts of one. */
export class PacketReader {
  #begun: Uint8Array = new Uint8Array();

  /** The packets that are whole now; null where the bytes are none. */
  read(bytes: Uint8Array): Packet[] | null {
    const packets: Packet[] = [];
    let rest = this.#begun.length === 0 ? bytes : joined(this.#begun, bytes);
    for (let next = firstOf(rest); next !== 'partial'; next = firstOf(rest)) {
      if (next === null) return null;
      packets.push(next.packet);
      rest = rest.subarray(next.length);
    }
    this.#begun = rest;
    return packets;
  }
}

function firstOf(bytes: Uint8Array): { packet: Packet; length: number } | 'partial' | null {
  const [head] = bytes;
  if (head === undefined) return 'partial';
  const size = readVarint(bytes, 1);
  if (size === 'partial' || size === null) return size;
  if (size.value > MAX_PACKET) return null;
  const length = size.next + size.value;
  if (bytes.length < length) return 'partial';
  const body = bytes.subarray(size.next, length);
  return { packet: { type: head >> 4, flags: head & 0x0f, body }, length };
}

/** At most four bytes of seven bits. */
function readVarint(
  bytes: Uint8Array,
  start: number,
): { value: number; next: number } | 'partial' | null {
  let value = 0;
  for (let index = 0; index < 4; index++) {
    const byte = bytes[start + index];
    if (byte === undefined) return 'partial';
    value += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) return { value, next: start + index + 1 };
  }
  return null;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** What a server says of the connection it takes, refuses or ends. */
export interface Answer {
  code: number;
  /** In place of the client's own; undefined: that one holds. */
  keepAliveSeconds?: number;
  reason?: string;
}

/** null where that is no CONNACK of that version. */
export function readConnack({ flags, body }: Packet, version: MqttVersion): Answer | null {
  const [acknowledge, code] = body;
  if (flags !== 0 || acknowledge === undefined || acknowledge > 1 || code === undefined) {
    return null;
  }
  // A server that does not know version 5 says so in its own.
  if (body.length === 2) return version === 5 && code === 0 ? null : { code };
  const told = version === 5 ? readProperties(body.subarray(2)) : null;
  return told && { code, ...told };
}

/** Of MQTT 5; in 3.1.1 no server sends one. */
export function readDisconnect({ body }: Packet): Answer | null {
  const [code = 0] = body;
  if (body.length <= 1) return { code };
  const told = readProperties(body.subarray(1));
  return told && { code, ...told };
}

const SERVER_KEEP_ALIVE = 0x13;
const REASON_STRING = 0x1f;

/** Bytes of the properties that a server may tell of; -1 for text or bytes, with their length before them. */
const PROPERTY_SIZES: Record<number, number> = {
  17: 4,
  18: -1,
  [SERVER_KEEP_ALIVE]: 2,
  21: -1,
  22: -1,
  26: -1,
  28: -1,
  [REASON_STRING]: -1,
  33: 2,
  34: 2,
  36: 1,
  37: 1,
  39: 4,
  40: 1,
  41: 1,
  42: 1,
};

/** null where they are none, or not all there. */
function readProperties(bytes: Uint8Array): Omit<Answer, 'code'> | null {
  const size = readVarint(bytes, 0);
  if (size === 'partial' || size === null) return null;
  const end = size.next + size.value;
  if (end !== bytes.length) return null;
  const told: Omit<Answer, 'code'> = {};
  for (let index = size.next; index < end; ) {
    const id = bytes[index] as number;
    const value = readProperty(bytes, index + 1, id);
    if (value === null) return null;
    index = value.next;
    if (id === SERVER_KEEP_ALIVE) told.keepAliveSeconds = uint16At(value.bytes, 0);
    if (id === REASON_STRING) told.reason = new TextDecoder().decode(value.bytes);
  }
  return told;
}

function readProperty(
  bytes: Uint8Array,
  start: number,
  id: number,
): { bytes: Uint8Array; next: number } | null {
  if (id === USER_PROPERTY) {
    const name = readSized(bytes, start);
    return name && readSized(bytes, name.next);
  }
  const size = PROPERTY_SIZES[id];
  if (size === undefined) return null;
  return size < 0 ? readSized(bytes, start) : slice(bytes, start, size);
}

function readSized(bytes: Uint8Array, start: number) {
  return start + 2 > bytes.length ? null : slice(bytes, start + 2, uint16At(bytes, start));
}

function slice(bytes: Uint8Array, start: number, size: number) {
  const next = start + size;
  return next > bytes.length ? null : { bytes: bytes.subarray(start, next), next };
}

const uint16At = (bytes: Uint8Array, index: number): number =>
  (bytes[index] ?? 0) * 256 + (bytes[index + 1] ?? 0);
