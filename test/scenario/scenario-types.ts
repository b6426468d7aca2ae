/** TypeScript for scenarios as objects, made from the JSON Schema that editors get, so that both say the same. */

interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
}

const HEAD = `/** Scenarios as objects: made from the schema by test/scenario/reference.test.ts. */

/** A time with its unit: \`250ms\`, \`1.5s\`, \`2m\`, \`1h\`. */
export type Duration = \`\${number}\${'ms' | 's' | 'm' | 'h'}\`;

/** \`40%\`, or a number from 0 to 1. */
export type Share = number | \`\${number}%\`;
`;

/** By the titles that schemas have. */
const NAMED: Record<string, string> = { duration: 'Duration', share: 'Share' };
const WHEN = ['at', 'every', 'from', 'until'];
const WHOM = ['share', 'count'];

export function scenarioTypes(schema: Schema): string {
  const { timeline, ...sections } = schema.properties ?? {};
  const faults = timeline?.items?.oneOf ?? [];
  const ofAny = faults[0] as Schema;
  const maps = Object.entries(sections).filter(([, { properties }]) => properties);
  const named: Record<string, string> = {
    ...Object.fromEntries(maps.map(([name]) => [name, `Scenario${pascal(name)}`])),
    timeline: 'readonly TimelineInput[]',
  };
  return [
    HEAD,
    `/** A scenario, as a file has it: docs/scenarios.md. */\nexport interface ScenarioInput ${mapType(schema, named)}`,
    ...maps.map(([name, section]) => interfaceOf(`Scenario${pascal(name)}`, section)),
    interfaceOf('FaultTime', only(ofAny, WHEN)),
    interfaceOf('FaultPortion', only(ofAny, WHOM)),
    `/** A fault, its time, and whom it hits. */\nexport type TimelineInput = ${faults.map(faultName).join(' | ')};`,
    ...faults.map((fault) => faultType(fault, ofAny)),
  ].join('\n\n');
}

const faultOf = ({ properties }: Schema): Schema => properties?.fault ?? {};
const faultName = (schema: Schema): string => `${pascal(String(faultOf(schema).const))}Fault`;

/** What all faults have is in interfaces of their own, where it is the same there. */
function faultType(schema: Schema, ofAny: Schema): string {
  const isCommon = (name: string) =>
    JSON.stringify(schema.properties?.[name]) === JSON.stringify(ofAny.properties?.[name]);
  const bases = Object.entries({ FaultTime: WHEN, FaultPortion: WHOM }).filter(([, names]) =>
    names.every(isCommon),
  );
  const common = bases.flatMap(([, names]) => names);
  const own = Object.keys(schema.properties ?? {}).filter((name) => !common.includes(name));
  const from = bases.map(([name]) => name).join(', ');
  const fields = ['fault', ...own.filter((name) => name !== 'fault')];
  return interfaceOf(`${faultName(schema)} extends ${from}`, only(schema, fields));
}

const only = (schema: Schema, names: readonly string[]): Schema => ({
  ...schema,
  properties: Object.fromEntries(names.map((name) => [name, schema.properties?.[name] ?? {}])),
});

const interfaceOf = (name: string, schema: Schema): string =>
  `${comment(schema)}export interface ${name} ${mapType(schema)}`;

function mapType({ properties = {}, required = [] }: Schema, named: Record<string, string> = {}) {
  const lines = Object.entries(properties).map(
    ([name, schema]) =>
      `${comment(schema)}'${name}'${required.includes(name) ? '' : '?'}: ${named[name] ?? typeOf(schema)};`,
  );
  return `{\n${lines.join('\n')}\n}`;
}

function typeOf(schema: Schema): string {
  const { title = '', type, items, additionalProperties } = schema;
  if (NAMED[title]) return NAMED[title];
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map(typeOf))].join(' | ');
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum) return schema.enum.map(literal).join(' | ');
  if (type === 'array') return `readonly (${typeOf(items ?? {})})[]`;
  if (schema.properties) return mapType(schema);
  if (typeof additionalProperties === 'object') {
    return `Readonly<Record<string, ${typeOf(additionalProperties)}>>`;
  }
  const kinds = [type ?? 'unknown'].flat();
  return kinds.map((kind) => (kind === 'integer' ? 'number' : kind)).join(' | ');
}

const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value}'` : JSON.stringify(value);

const pascal = (name: string): string =>
  name.replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase());

function comment({ description, default: value }: Schema): string {
  const isTold = value !== undefined && typeof value !== 'object' && value !== '';
  const text = [description, isTold ? `Default: \`${value}\`.` : undefined].filter(Boolean);
  return text.length === 0 ? '' : `/** ${text.join(' ')} */\n`;
}
