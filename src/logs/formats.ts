import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Description } from './description.ts';
import { loadDescription } from './description-file.ts';
import { readFields } from './parse.ts';
import { conditionsOf, createRules } from './rules.ts';

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

type AreOf = (lines: readonly Buffer[]) => boolean;

let known: { description: Description; areOf: AreOf }[] | undefined;

/** The shipped format that lines plainly are of. */
export function formatOf(lines: readonly Buffer[]): Description | null {
  known ??= FORMATS.map(shippedFormat).map((one) => ({
    description: { ...one, givesWay: true },
    areOf: areOf(one),
  }));
  return known.find(({ areOf }) => areOf(lines))?.description ?? null;
}

function areOf(description: Description): AreOf {
  const { recognisedBy } = description;
  if (recognisedBy === null) return () => false;
  const rules = createRules({ map: {}, events: {}, description, since: null, until: null });
  const ways = recognisedBy.ways.map(conditionsOf);
  const isOf = (line: Buffer) => {
    const { fields } = readFields(line, rules);
    return (
      fields !== undefined && ways.some((conditions) => conditions.every((holds) => holds(fields)))
    );
  };
  if (!recognisedBy.isEveryLine) return (lines) => lines.some(isOf);
  return (lines) => {
    const told = lines.filter((line) => line.toString('latin1').trim() !== '');
    return told.length > 0 && told.every(isOf);
  };
}
