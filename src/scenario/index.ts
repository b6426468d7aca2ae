export { formatProblem, type Problem } from '../yaml/problem.ts';
export { loadScenario, problemAt } from './load.ts';
export { withOverrides } from './overrides.ts';
export { makePlan } from './plan.ts';
export { scenarioReference } from './reference.ts';
export { renderPlan } from './render-plan.ts';
export type { Scenario } from './scenario.ts';
export { MAX_CLIENTS, scenarioJsonSchema } from './schema.ts';
export { STARTER_SCENARIO } from './starter.ts';
