import { type Command, InvalidArgumentError } from 'commander';
import { boundForm, parseBound } from '../model/bounds.ts';
import { type Bound, type Expectations, METRICS, type MetricName } from '../model/metrics.ts';
import { suggest } from '../yaml/suggest.ts';

export interface ExpectOptions {
  expect?: Expectations;
}

export function addExpectOption(command: Command): Command {
  return command.option(
    '--expect <bound>',
    'a metric and its bound, as in a scenario’s expect: recovery_p95<5s (repeatable)',
    expectation,
  );
}

/** `peak_attempts_per_second<=20`, or as a scenario has it, `recovery_p95: "< 5s"`. */
function expectation(text: string, earlier?: Expectations): Expectations {
  const [, name = '', value = ''] = /^\s*([\w-]*)\s*:?\s*(.*?)\s*$/s.exec(text) ?? [];
  const { bounds = [], findings = [] } = earlier ?? {};
  return { bounds: [...bounds, boundOf(name, value.replace(/^(["'])(.*)\1$/, '$2'))], findings };
}

function boundOf(name: string, text: string): Bound {
  if (!Object.hasOwn(METRICS, name)) {
    const known = Object.keys(METRICS);
    throw new InvalidArgumentError(`There is no metric "${name}"; ${suggest(name, known)}`);
  }
  const metric = name as MetricName;
  const unit = METRICS[metric];
  const bound = parseBound(text, unit);
  if (bound) return { metric, ...bound };
  throw new InvalidArgumentError(`${metric} takes ${boundForm(unit).expected}.`);
}
