import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEFECTS } from '../../src/core/settings.ts';
import { STARTER_SCENARIO } from '../../src/scenario/index.ts';
import { problemsOf, scenarioOf } from './support.ts';

const yamlIn = (directory: string) =>
  readdirSync(directory)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => `${directory}/${file}`);

const mustPass = yamlIn('scenarios');
const mustFail = yamlIn('scenarios/must-fail');

describe.each([...mustPass, ...mustFail])('%s', (file) => {
  const text = readFileSync(file, 'utf8');

  test('is sound, named after its file, and has a seed', () => {
    expect(problemsOf(text)).toEqual([]);
    expect(scenarioOf(text).name).toBe(basename(file, '.yaml'));
    expect(scenarioOf(text).seed).not.toBeNull();
  });

  test('opens with what it stands for', () => {
    expect(text).toMatch(/^# \S/);
  });

  test('is short', () => {
    expect(scenarioOf(text).durationMs).toBeLessThanOrEqual(20_000);
  });
});

test('the starter is sound', () => {
  expect(problemsOf(STARTER_SCENARIO)).toEqual([]);
});

test('each defect has a scenario that must fail, and says by which findings', () => {
  expect(mustFail.map((file) => basename(file, '.yaml')).toSorted()).toEqual(DEFECTS.toSorted());
  for (const file of mustFail) {
    const { clients, expect: expectations } = scenarioOf(readFileSync(file));
    expect(clients.defect?.name).toBe(basename(file, '.yaml'));
    expect(expectations.findings.length).toBeGreaterThan(0);
  }
});

test('scenarios that must pass have no defect and expect no finding', () => {
  for (const file of mustPass) {
    const { clients, expect: expectations } = scenarioOf(readFileSync(file));
    expect(clients.defect).toBeNull();
    expect(expectations.findings).toEqual([]);
  }
});
