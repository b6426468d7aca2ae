export { formatProblem, type Problem } from '../yaml/problem.ts';
export { loadScenario, problemAt } from './load.ts';
export { withOverrides } from './overrides.ts';
export { makePlan, type PlannedHit } from './plan.ts';
export { scenarioReference } from './reference.ts';
export { faultText, renderPlan, timeText } from './render-plan.ts';
export type { Portion, Scenario, TimelineEntry } from './scenario.ts';
export { MAX_CLIENTS, scenarioJsonSchema } from './schema.ts';
export { STARTER_SCENARIO } from './starter.ts';
