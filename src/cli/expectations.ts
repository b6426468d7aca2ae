import type { Command } from 'commander';
import type { Expectations } from '../model/metrics.ts';
import { expectationOf } from '../scenario/expectations.ts';
import { argument } from './options.ts';

export interface ExpectOptions {
  expect?: Expectations;
}

export function addExpectOption(command: Command): Command {
  return command.option(
    '--expect <bound>',
    'a metric and its bound, as in a scenario’s expect: recovery_p95<5s; or "observations: none", or one of them (repeatable)',
    argument(expectationOf),
  );
}
