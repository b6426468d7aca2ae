import type { Command } from 'commander';
import type { Shell } from './shell.ts';

/** What a command's module gives: a function that declares its options, and what it does. */
type AddTo = (command: Command, shell: Shell) => void;

interface Entry {
  summary: string;
  /** Only what is called is loaded. */
  load(): Promise<AddTo>;
}

/** In the order of the help. */
export const COMMANDS: Record<string, Entry> = {
  simulate: {
    summary: 'run scenarios on real sockets, and judge them by their logs',
    load: async () => (await import('./commands/simulate.ts')).addSimulate,
  },
  check: {
    summary: 'judge connection logs, a run’s or any server’s',
    load: async () => (await import('./commands/check.ts')).addCheck,
  },
  explain: {
    summary: 'tell how the lines of any log are read, and how to describe them',
    load: async () => (await import('./commands/explain.ts')).addExplain,
  },
  sessions: {
    summary: 'list the sessions of any logs, the worst first',
    load: async () => (await import('./commands/sessions.ts')).addSessions,
  },
  timeline: {
    summary: 'tell one session’s story from any logs',
    load: async () => (await import('./commands/timeline.ts')).addTimeline,
  },
  query: {
    summary: 'ask any logs in SQL',
    load: async () => (await import('./commands/query.ts')).addQuery,
  },
  sql: {
    summary: 'print checks as SQL, for logs in a database',
    load: async () => (await import('./commands/sql.ts')).addSql,
  },
  compare: {
    summary: 'hold runs against each other, and tell what is news',
    load: async () => (await import('./commands/compare.ts')).addCompare,
  },
  report: {
    summary: 'draw a run as one HTML file',
    load: async () => (await import('./commands/report.ts')).addReport,
  },
  tail: {
    summary: 'follow a growing log, and tell findings as they happen',
    load: async () => (await import('./commands/tail.ts')).addTail,
  },
  validate: {
    summary: 'check scenario files without running them',
    load: async () => (await import('./commands/validate.ts')).addValidate,
  },
  init: {
    summary: 'write a commented starter scenario',
    load: async () => (await import('./commands/init.ts')).addInit,
  },
  formats: {
    summary: 'list the formats of logs that are known, or print one',
    load: async () => (await import('./commands/formats.ts')).addFormats,
  },
  schema: {
    summary: 'print the JSON Schema of scenarios, or of summary.json',
    load: async () => (await import('./commands/schema.ts')).addSchema,
  },
  serve: {
    summary: 'run the reference server alone',
    load: async () => (await import('./commands/serve.ts')).addServe,
  },
  proxy: {
    summary: 'put network faults between any client and any server',
    load: async () => (await import('./commands/proxy.ts')).addProxy,
  },
  connect: {
    summary: 'run one headless client against a server of yours',
    load: async () => (await import('./commands/connect.ts')).addConnect,
  },
  worker: {
    summary: 'play a share of storms that another machine directs, over NATS',
    load: async () => (await import('./commands/worker.ts')).addWorker,
  },
  workers: {
    summary: 'list the workers that are there, over NATS',
    load: async () => (await import('./commands/workers.ts')).addWorkers,
  },
  collect: {
    summary: 'fetch the logs of workers that did not arrive',
    load: async () => (await import('./commands/collect.ts')).addCollect,
  },
  completion: {
    summary: 'print what a shell completes commands and options by',
    load: async () => (await import('./commands/completion.ts')).addCompletion,
  },
};
