import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Description } from './description.ts';
import { loadDescription } from './description-file.ts';

/** Shipped descriptions, each in a file of its name. In this order a log is held against them. */
export const FORMATS = [
  'aws-api-gateway',
  'caddy',
  'traefik',
  'envoy',
  'haproxy',
  'nginx',
  'emqx',
  'mosquitto',
  'home-assistant',
  'action-cable',
  'phoenix',
  'signalr',
  'centrifugo',
  'uvicorn',
  'otlp-json',
  'ecs',
  'gelf',
  'gcp',
] as const;

export type FormatName = (typeof FORMATS)[number];

export const isFormat = (name: string): name is FormatName =>
  (FORMATS as readonly string[]).includes(name);

/** A shipped description as it is written. */
export const formatText = (name: FormatName): string =>
  readFileSync(fileURLToPath(new URL(`../../formats/${name}.yaml`, import.meta.url)), 'utf8');

export function shippedFormat(name: FormatName): Description {
  const loaded = loadDescription(formatText(name), name);
  if ('value' in loaded) return loaded.value;
  throw new Error(`formats/${name}.yaml: ${loaded.problems[0]?.message}`);
}
