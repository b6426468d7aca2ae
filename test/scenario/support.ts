import { formatProblem, loadScenario, type Scenario } from '../../src/scenario/index.ts';

/** A sound scenario of five clients and ten seconds, with more lines at its end (from line 5). */
export const sound = (...lines: string[]): string =>
  ['name: x', 'duration: 10s', 'clients:', '  count: 5', ...lines, ''].join('\n');

/** The problems of a file, as they are printed. */
export function problemsOf(content: Uint8Array | string, file = 'f.yaml'): string[] {
  const result = loadScenario(content, file);
  return 'problems' in result ? result.problems.map(formatProblem) : [];
}

export function scenarioOf(content: Uint8Array | string): Scenario {
  const result = loadScenario(content, 'f.yaml');
  if ('scenario' in result) return result.scenario;
  throw new Error(result.problems.map(formatProblem).join('\n'));
}
