import * as z from 'zod';

/** One field of the language, as the reference shows it. */
export interface Field {
  name: string;
  type: string;
  required: boolean;
  /** As it would be written; undefined for none. */
  default: string | undefined;
  description: string;
  /** What is inside, for maps. */
  fields: Field[];
}

interface JsonSchema {
  title?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  default?: unknown;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
}

/** The fields of a map, read from its JSON Schema. */
export function fieldsOf(schema: z.ZodType): Field[] {
  return toFields(z.toJSONSchema(schema, { io: 'input' }) as JsonSchema);
}

function toFields({ properties = {}, required = [] }: JsonSchema): Field[] {
  return Object.entries(properties).map(([name, field]) => ({
    name,
    type: typeText(field),
    required: required.includes(name),
    default: defaultText(field.default),
    description: field.description ?? '',
    fields: [field, ...(field.anyOf ?? [])].flatMap(toFields),
  }));
}

function typeText(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title;
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.anyOf) return schema.anyOf.map(typeText).join(' or ');
  if (schema.type === 'integer') return integerText(schema);
  return { object: 'map', array: 'list', string: 'text' }[schema.type ?? ''] ?? String(schema.type);
}

function integerText({ minimum, maximum }: JsonSchema): string {
  const bounded = minimum !== Number.MIN_SAFE_INTEGER && maximum !== undefined;
  return bounded ? `whole number, ${minimum} to ${maximum}` : 'whole number';
}

function defaultText(value: unknown): string | undefined {
  const empty = value === undefined || (typeof value === 'object' && value !== null);
  return empty
    ? undefined
    : typeof value === 'string' && value !== ''
      ? value
      : JSON.stringify(value);
}
