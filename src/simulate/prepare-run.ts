import { randomInt } from 'node:crypto';
import type { ClientAs } from '../core/habits.ts';
import type { Expectations } from '../model/metrics.ts';
import { quoted } from '../report/index.ts';
import { loadScenario, type Scenario, withOverrides } from '../scenario/index.ts';
import { ScenarioError } from './errors.ts';

/** What is said of a run beside its scenario. */
export interface RunOverrides {
  seed?: number | undefined;
  clients?: number | undefined;
  as?: ClientAs | undefined;
  target?: string | undefined;
  start?: string | undefined;
  serverLog?: string | undefined;
  logFormat?: string | undefined;
  protocol?: string | undefined;
  maxDials?: number | undefined;
  expect?: Expectations | undefined;
  storage?: string | undefined;
  allowRemote?: readonly string[] | undefined;
  nats?: string | undefined;
  workers?: number | undefined;
  localWorkers?: number | undefined;
}

/** A scenario as it will run: seed, number of clients and all else decided. */
export interface PreparedRun {
  scenario: Scenario;
  text: string;
  seed: number;
  /**
   * What comes after `wsdiag` to run the same again.
   *
   * @param asRun where its text is kept, for what is no file's
   */
  replay(asRun: string): string;
}

/** Seeds that are short enough to type again. */
const RANDOM_SEEDS = 2 ** 31;

/**
 * @param file its name in problems, null where it is no file's; `-` for stdin
 * @param text of a sound scenario
 * @throws ScenarioError where the options don't go with it
 */
export function prepareRun(
  file: string | null,
  text: Uint8Array | string,
  written: Scenario,
  options: RunOverrides,
): PreparedRun {
  const { clients, as, storage, expect } = options;
  const seed = options.seed ?? written.seed ?? randomInt(RANDOM_SEEDS);
  const asRun = withOverrides(text, { seed, clients, as, target: targetOf(options), expect });
  const result = loadScenario(asRun, file);
  if ('problems' in result) throw new ScenarioError(result.problems);
  const ofText = [
    `--seed ${seed}`,
    ...(clients === undefined ? [] : [`--clients ${clients}`]),
    ...(as === undefined ? [] : [`--as ${as}`]),
  ];
  const around = [
    ...(storage === undefined ? [] : [`--storage ${quoted(storage)}`]),
    ...(options.allowRemote ?? []).map((host) => `--allow-remote ${host}`),
    ...fleetWords(options),
  ];
  const ofTarget = Object.entries(TARGET_OPTIONS).flatMap(([option, name]) => {
    const given = options[name];
    return given === undefined ? [] : [`--${option} ${quoted(String(given))}`];
  });
  return {
    scenario: result.scenario,
    text: asRun,
    seed,
    replay: (asRun) => {
      const words =
        file === null || file === '-'
          ? [quoted(asRun), ...around]
          : [quoted(file), ...ofText, ...ofTarget, ...expectWords(expect), ...around];
      return ['simulate', ...words].join(' ');
    },
  };
}

const fleetWords = ({ nats, workers, localWorkers }: RunOverrides): string[] => [
  ...(nats === undefined ? [] : [`--nats ${quoted(nats)}`]),
  ...(workers === undefined ? [] : [`--workers ${workers}`]),
  ...(localWorkers === undefined ? [] : [`--local-workers ${localWorkers}`]),
];

/** Options that say something of the target. */
const TARGET_OPTIONS = {
  target: 'target',
  start: 'start',
  'server-log': 'serverLog',
  'log-format': 'logFormat',
  protocol: 'protocol',
  'max-dials': 'maxDials',
} as const;

/** undefined where nothing is said of it. */
function targetOf({ target: url, start: command, serverLog: log, ...options }: RunOverrides) {
  const { logFormat: format, protocol, maxDials: maxDialsPerSecond } = options;
  const isAsked = [url, command, log, format, protocol, maxDialsPerSecond].some(
    (value) => value !== undefined,
  );
  return isAsked ? { url, command, log, format, protocol, maxDialsPerSecond } : undefined;
}

function expectWords({ bounds, observations }: Expectations = NOTHING): string[] {
  const texts = [
    ...bounds.map(({ metric, text }) => `${metric}: ${text}`),
    ...observations.map((name) => `${name}: none`),
  ];
  return texts.map((text) => `--expect ${quoted(text)}`);
}

const NOTHING: Expectations = { bounds: [], findings: [], observations: [] };
