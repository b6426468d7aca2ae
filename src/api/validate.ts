import type { Problem } from '../yaml/problem.ts';
import { load } from './scenario.ts';
import type { ScenarioInput } from './scenario-input.ts';

/**
 * Looks for mistakes in a scenario, and runs nothing.
 *
 * @param scenario path of a file, or an object of a file's shape
 * @returns every mistake, in the order of their places; none where the scenario is sound
 * @throws EnvironmentError where the file can't be read
 */
export async function validate(scenario: string | ScenarioInput): Promise<Problem[]> {
  const { loaded } = await load(scenario);
  return 'problems' in loaded ? loaded.problems : [];
}
