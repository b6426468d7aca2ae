import { describe, expect, test } from 'vitest';
import { FAULTS } from '../../src/faults/index.ts';
import { FINDINGS } from '../../src/model/findings.ts';
import { METRICS } from '../../src/model/metrics.ts';
import { scenarioJsonSchema, scenarioReference } from '../../src/scenario/index.ts';

interface Node {
  description?: string;
  properties?: Record<string, Node>;
  items?: Node;
  anyOf?: Node[];
  oneOf?: Node[];
  [key: string]: unknown;
}

const schema = scenarioJsonSchema() as Node;
const entries = schema.properties?.timeline?.items?.oneOf ?? [];

/** Every field of the schema with the path to it. */
function fieldsIn(node: Node, path = ''): [string, Node][] {
  const inner = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.items ? [node.items] : [])];
  return [
    ...Object.entries(node.properties ?? {}).flatMap(([name, field]): [string, Node][] => [
      [`${path}.${name}`, field],
      ...fieldsIn(field, `${path}.${name}`),
    ]),
    ...inner.flatMap((each) => fieldsIn(each, path)),
  ];
}

describe('the JSON Schema', () => {
  test('is of the 2020-12 draft, and takes no unknown keys', () => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schema).toMatchObject({
      type: 'object',
      required: ['name', 'duration', 'clients'],
      additionalProperties: false,
    });
  });

  test('describes every field', () => {
    const bare = fieldsIn(schema).filter(([, field]) => !field.description);
    expect(bare.map(([path]) => path)).toEqual([]);
  });

  test('has the defaults as they would be written', () => {
    expect(schema.properties?.settle?.default).toBe('10s');
    expect(schema.properties?.clients?.properties?.ramp_up?.default).toBe('0s');
  });

  test('tells the entries of the timeline apart by their fault', () => {
    expect(entries.map((entry) => entry.properties?.fault?.const)).toEqual(Object.keys(FAULTS));
    expect(entries.every((entry) => (entry.required as string[]).includes('fault'))).toBe(true);
  });

  test('offers share and count for faults that happen to sessions only', () => {
    for (const [index, fault] of Object.values(FAULTS).entries()) {
      const fields = Object.keys(entries[index]?.properties ?? {});
      expect(fields.includes('count')).toBe(fault.target === 'sessions');
    }
  });
});

describe('the reference', () => {
  const reference = scenarioReference();

  test.each([
    ['field', fieldsIn(schema).map(([path]) => path.split('.').at(-1) ?? '')],
    ['fault', Object.keys(FAULTS)],
    ['metric', Object.keys(METRICS)],
    ['finding', Object.keys(FINDINGS)],
  ])('has a row for every %s', (_, names) => {
    for (const name of names) expect(reference).toMatch(new RegExp(`^\\|.*\\b${name}\\b`, 'm'));
  });

  test('has tables whose rows are as wide as their heads', () => {
    for (const table of reference.match(/(?:^\|.*\n)+/gm) ?? []) {
      const widths = table
        .trim()
        .split('\n')
        .map((row) => row.replaceAll('\\|', '').split('|').length);
      expect(new Set(widths).size).toBe(1);
    }
  });

  test('says what each side sees', () => {
    expect(reference).toContain('| `refresh` | sessions | nothing | 1001 |');
    expect(reference).toContain('| `restart_server, how: graceful` | server | 1012 | 1012 |');
  });
});
