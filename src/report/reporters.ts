import { github } from './github.ts';
import { html } from './html.ts';
import { json } from './json.ts';
import { junit } from './junit.ts';
import { pretty } from './pretty.ts';
import type { Reporter } from './reporter.ts';

export const REPORTERS = { pretty, json, junit, github, html } satisfies Record<string, Reporter>;

export type ReporterName = keyof typeof REPORTERS;
