import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvironmentError, type ScenarioInput, validate } from 'wsdiag';
import { temporaryDirectory } from '../support/world.ts';

const SCENARIOS = path.join(import.meta.dirname, '../../scenarios');

describe('validate', () => {
  it('finds nothing in the shipped scenarios', async () => {
    for (const name of fs.readdirSync(SCENARIOS).filter((name) => name.endsWith('.yaml'))) {
      expect(await validate(path.join(SCENARIOS, name))).toEqual([]);
    }
  });

  it('resolves to every mistake, each with its place', async () => {
    const file = path.join(temporaryDirectory(), 'wrong.yaml');
    fs.writeFileSync(file, 'name: wrong\nduration: 5\nclients: { count: 0 }\n');
    const places = (await validate(file)).map(({ message: _, ...place }) => place);
    expect(places).toEqual([
      { file, line: 2, column: 11, path: 'duration', source: 'duration: 5' },
      { file, line: 3, column: 19, path: 'clients.count', source: 'clients: { count: 0 }' },
    ]);
  });

  it('takes texts of objects as they are, whatever YAML makes of them', async () => {
    const headers = {
      a: 'no',
      b: '012',
      c: '1_000',
      d: '2026-11-23',
      e: '~',
      f: ' x: #y',
      ON: '<<',
    };
    const scenario: ScenarioInput = {
      name: 'texts',
      description: 'a: b\n- c\n',
      duration: '1s',
      clients: { count: 1 },
      target: { url: 'ws://127.0.0.1:1', headers },
    };
    expect(await validate(scenario)).toEqual([]);
  });

  it.each([null, 3, 'a\0b', [], () => {}])('takes %j without a crash', async (value) => {
    const scenario = value as unknown as ScenarioInput;
    if (typeof value === 'string') await expect(validate(value)).rejects.toThrow(EnvironmentError);
    else expect(await validate(scenario)).not.toEqual([]);
  });
});
