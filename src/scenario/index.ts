export { type LoadResult, loadScenario } from './load.ts';
export { type Overrides, withOverrides } from './overrides.ts';
export { type ClientNumber, makePlan, type Plan, type PlannedHit } from './plan.ts';
export { formatProblem, type Problem } from './problem.ts';
export { scenarioReference } from './reference.ts';
export { renderPlan } from './render-plan.ts';
export type { Portion, Scenario, TimelineEntry, When } from './scenario.ts';
export { scenarioJsonSchema } from './schema.ts';
export { STARTER_SCENARIO } from './starter.ts';
