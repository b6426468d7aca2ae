import * as z from 'zod';
import { SERVICE_RESTART } from '../core/close-codes.ts';
import type { Expected } from '../faults/fault.ts';
import { FAULTS, type FaultName, faultNamed } from '../faults/index.ts';
import { FINDING_CODES, FINDINGS } from '../model/findings.ts';
import { METRIC_MEANINGS } from '../model/metric-meanings.ts';
import { isMetric, METRICS, type MetricUnit } from '../model/metrics.ts';
import { optionsOf, PROTOCOL_NAMES, protocolNamed } from '../protocols/index.ts';
import { type Field, fieldsOf } from './fields-of.ts';
import { anyEntry, scenarioFile } from './schema.ts';

/** The reference of the scenario language, in Markdown, made from the schema and the registries. */
export function scenarioReference(): string {
  return `${[
    '# Scenarios',
    INTRODUCTION,
    '## Fields',
    fieldTable(nested(fieldsOf(scenarioFile))),
    '## Timeline',
    TIMELINE,
    fieldTable(fieldsOf(anyEntry)),
    NODES,
    '## Faults',
    FAULT_NOTE,
    faultTable(),
    '### Fields of faults',
    faultFieldTable(),
    '## Protocols',
    PROTOCOL_NOTE,
    protocolTable(),
    '### Options of protocols',
    protocolOptionTable(),
    '## Metrics',
    METRIC_NOTE,
    metricTable(),
    '## Findings',
    findingTable(),
  ].join('\n\n')}\n`;
}

const INTRODUCTION = `A scenario is one YAML file: clients, a server, and the faults that happen to them.

- A duration has its unit: \`250ms\`, \`1.5s\`, \`2m\`, \`1h\`. A share is \`40%\` or \`0.4\`.
- Aliases, anchors, tags, merge keys and a second document are errors, and so are plain values that
  YAML 1.1 and 1.2 read differently, such as \`no\`, \`012\` and \`1_000\`: quote those.
- Every mistake of a file is reported at once, as \`file:line:column\`.`;

const TIMELINE = `Each entry names its \`fault\`, has a time (\`at\` or \`every\`), may say whom it hits (\`share\` or
\`count\`; not for faults that happen to the server), and has the fault's own fields. Where faults of one
kind overlap on one tab, or on the server, the latest holds, and they are over with the last of them.`;

/** Fields that are best seen together. */
export const NODES_EXAMPLE = `server:
  nodes: 3
  balance: least-connections
  admission: { max_pending: 20 } # more at once get 503, and come again
timeline:
  - { at: 2s, fault: restart_server, node: 2, how: crash, down_for: 1s }
  - { at: 5s, fault: freeze_server, node: 3, for: 500ms }
  - { at: 8s, fault: restart_server, drain: 2s, rolling: { pause: 500ms } }
`;

const NODES = `A server may have several nodes behind a balancer. Here one is killed, another hangs, and then all three are
drained and restarted, one after the other; \`scenarios/node-failure.yaml\` and \`scenarios/rolling-deploy.yaml\` are whole:

\`\`\`yaml
${NODES_EXAMPLE}\`\`\``;

const FAULT_NOTE = `What the two sides of an open connection see of each fault; "nothing" is no close at all.`;

const PROTOCOL_NOTE = `How clients talk with a target: \`target.protocol\` is one of these names, or a map of \`name\` and
options: \`protocol: { name: socket.io, namespace: /chat }\`. [protocols.md](protocols.md) has an example of each.`;

const METRIC_NOTE = `Under \`expect\`, a bound is a comparison (\`<\`, \`<=\`, \`>\`, \`>=\`, \`==\`) and a value, quoted:
\`recovery_p95: "< 5s"\`. A count alone means \`==\`. Beside those in
the table, any percentile of recovery from 1 to 99 may be bounded: \`recovery_p90\`.`;

/** A row for each field, with the path to it. */
function nested(fields: readonly Field[], prefix = ''): Field[] {
  return fields
    .filter(({ name }) => !isMetric(name)) // They have a table of their own.
    .flatMap((field) => [
      { ...field, name: `${prefix}${field.name}` },
      ...nested(field.fields, `${prefix}${field.name}.`),
    ]);
}

function fieldTable(fields: readonly Field[]): string {
  return table(['field', 'type', 'default', 'what it is'], fields.map(fieldRow));
}

const fieldRow = (field: Field): string[] => [
  code(field.name),
  field.type,
  field.required ? 'required' : field.default === undefined ? '' : code(field.default),
  field.description,
];

const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

function faultTable(): string {
  const rows = FAULT_NAMES.flatMap((name) =>
    variants(name).map(({ label, params }) => {
      const { expected, summary, target, clientSees: seenByClient, ...fault } = faultNamed(name);
      const seen = expected(params, SERVICE_RESTART);
      const byClient = seenByClient?.(params) ?? clientSees(seen);
      return [label, target, byClient, fault.serverSees ?? serverSees(seen), summary];
    }),
  );
  return table(['fault', 'happens to', 'the client sees', 'the server sees', 'what it is'], rows);
}

/** A fault with its default parameters; one for each `how` where it has that choice. */
function variants(name: FaultName): { label: string; params: Record<string, unknown> }[] {
  const { params } = faultNamed(name);
  const fields = fieldsOf(params);
  // Durations are all that any fault requires.
  const required = fields.filter((field) => field.required).map((field) => [field.name, '1s']);
  const hows = fields.find((field) => field.name === 'how')?.type.match(/[a-z]+/g) ?? [undefined];
  return hows.map((how) => ({
    label: code(how === undefined ? name : `${name}, how: ${how}`),
    params: params.parse({
      ...Object.fromEntries(required),
      ...(how === undefined ? {} : { how }),
    }),
  }));
}

function clientSees({ clientCloseCode, delaysFrames }: Expected): string {
  return clientCloseCode === null ? (delaysFrames ? 'delay' : 'nothing') : String(clientCloseCode);
}

function serverSees({ delaysFrames, halfOpen, killsServer, serverCloseCode }: Expected): string {
  if (killsServer) return 'nothing: it is killed';
  if (serverCloseCode === null) return delaysFrames ? 'delay' : 'nothing';
  return halfOpen
    ? `${serverCloseCode}, once its heartbeat or the session's next connection shows it`
    : String(serverCloseCode);
}

function faultFieldTable(): string {
  const rows = FAULT_NAMES.flatMap((name) =>
    nested(fieldsOf(faultNamed(name).params)).map((field) => [code(name), ...fieldRow(field)]),
  );
  return table(['fault', 'field', 'type', 'default', 'what it is'], rows);
}

function protocolTable(): string {
  const rows = PROTOCOL_NAMES.map((name) => [code(name), protocolNamed(name).summary]);
  return table(['protocol', 'how it is talked'], rows);
}

function protocolOptionTable(): string {
  const rows = PROTOCOL_NAMES.flatMap((name) =>
    nested(fieldsOf(optionsOf(name) ?? z.strictObject({}))).map((field) => [
      code(name),
      ...fieldRow(field),
    ]),
  );
  return table(['protocol', 'option', 'type', 'default', 'what it is'], rows);
}

const UNITS: Record<MetricUnit, string> = {
  count: 'count',
  seconds: 'duration',
  ms: 'duration',
};

function metricTable(): string {
  const rows = Object.entries(METRICS).map(([metric, unit]) => [
    code(metric),
    UNITS[unit],
    METRIC_MEANINGS[metric as keyof typeof METRICS],
  ]);
  return table(['metric', 'bound is a', 'what it is'], rows);
}

function findingTable(): string {
  const rows = FINDING_CODES.map((finding) => [code(finding), FINDINGS[finding].meaning]);
  return table(['finding', 'what is wrong'], rows);
}

const code = (text: string): string => `\`${text}\``;

function table(head: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
