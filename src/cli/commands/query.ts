import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { openSources, readRecords, type Source } from '../../logs/index.ts';
import type { Doubt } from '../../model/findings.ts';
import { QueryError } from '../../query/errors.ts';
import type { LogDatabase, QueryResult } from '../../query/index.ts';
import { type Reading, readingNote, safeLines } from '../../report/index.ts';
import { MAX_INPUT_BYTES, readInput } from '../../simulate/input.ts';
import { sameSessions } from '../../simulate/runs-apart.ts';
import { EXIT, UsageError } from '../exit.ts';
import { areRecognised, type Seen, tellHints, warnOfUnmatched } from '../hints.ts';
import { addLogOptions, type LogOptions, sourceOptions } from '../log-options.ts';
import { addLogsArgument, orLatest } from '../logs.ts';
import { requireWritable, writeOut } from '../out-file.ts';
import { tableOf } from '../query-table.ts';
import { recognised } from '../recognised.ts';
import { scratchDirectory } from '../scratch.ts';
import type { Shell } from '../shell.ts';
import { type Interruption, onInterrupt } from '../signals.ts';

const FORMATS = ['table', 'csv', 'json', 'parquet'] as const;
type Format = (typeof FORMATS)[number];

interface Options extends LogOptions {
  format?: Format;
  out?: string;
  force?: boolean;
}

export function addQuery(command: Command, shell: Shell): void {
  command
    .description('Reads logs into tables, and runs SQL on them, in the dialect of DuckDB.')
    .argument('<sql>', 'the query; @file.sql for one in a file, - for stdin');
  addLogOptions(addLogsArgument(command))
    .addOption(
      new Option(
        '--format <format>',
        'of the rows (default: what --out ends in; table for .txt and without --out)',
      ).choices(FORMATS),
    )
    .addOption(new Option('--json', 'short for --format json').implies({ format: 'json' }))
    .option('--out <file>', 'write the rows there, not to stdout')
    .option('-f, --force', 'replace that file if there is one')
    .addHelpText(
      'after',
      `
Tables, each where there is such a log; DESCRIBE shows its columns:
  websocket_logs   server logs
  client_logs      client logs
  faults           what was done to the clients of a run
A line is a row. Times are in UTC. A value that does not fit its column is NULL
there, and \`fields\` has all of the line as JSON, what --map names included.
What of the logs is not in the tables is told on stderr.

A query reads the logs that are named, and no other file. CREATE VIEW, MACRO and
TABLE may come before the statement that gives the rows.

Exit codes: 0 the query ran, 2 it can't be run or wrong usage.

Examples:
  $ wsdiag query "SELECT close_code, count(*) FROM websocket_logs GROUP BY ALL"
  $ wsdiag query "FROM websocket_logs WHERE session_id = 'xyz'" server.ndjson
  $ wsdiag query "DESCRIBE client_logs" --json
  $ wsdiag query @flapping.sql wsdiag-runs/latest --format csv | head
  $ wsdiag query "FROM websocket_logs" server.ndjson --out logs.parquet`,
    )
    .action(async (sql: string, named: string[], options: Options) => {
      shell.exitCode = await query(sql, orLatest(named, shell), options, shell);
    });
}

async function query(
  given: string,
  named: string[],
  options: Options,
  shell: Shell,
): Promise<number> {
  const { out, force = false } = options;
  const sql = await sqlOf(given, named, shell);
  const sources = await openSources(named, await sourceOptions(options, shell));
  warnOfUnmatched(sources, shell);
  if (out !== undefined) {
    requireWritable(
      out,
      sources.map(({ file }) => file),
      force,
    );
  }
  const format = formatOf(options);
  const duckdb = await loadDuckDB();
  const interruption = onInterrupt(shell.surroundings);
  const scratch = scratchDirectory();
  try {
    const known = await recognised(sources, interruption, shell);
    // To hold runs against each other is what some queries are for: nothing is refused.
    const same = await sameSessions(known, interruption);
    if (same !== null) shell.printError(`wsdiag: ${same}: tell them apart by file`);
    const database = await duckdb.LogDatabase.open(scratch.path, known);
    interruption.signal.addEventListener('abort', () => database.interrupt());
    await ask(duckdb, database, sql, known, interruption, { format, out, options, shell });
  } catch (error) {
    if (interruption.exitCode === null) throw error;
  } finally {
    scratch.remove();
    interruption.release();
  }
  return interruption.exitCode ?? EXIT.pass;
}

/** @throws UsageError */
function formatOf({ format, out }: Options): Format {
  if (format === 'parquet' && out === undefined) {
    throw new UsageError('parquet is not for a terminal or a pipe; name a file with --out');
  }
  const ending = path
    .extname(out ?? '')
    .slice(1)
    .toLowerCase();
  const named = format ?? FORMATS.find((one) => one === ending);
  if (named) return named;
  if (OF_TEXT.has(ending)) return 'table';
  throw new UsageError(
    `${out}: there is no format ".${ending}"; end it in .csv, .json, .parquet or .txt, or say --format`,
  );
}

/** A table is text; a name without an ending says nothing. */
const OF_TEXT: ReadonlySet<string> = new Set(['', 'txt']);

interface Output {
  format: Format;
  out: string | undefined;
  options: LogOptions;
  shell: Shell;
}

type DuckDB = typeof import('../../query/index.ts');

async function ask(
  duckdb: DuckDB,
  database: LogDatabase,
  sql: string,
  sources: Source[],
  { signal }: Interruption,
  output: Output,
): Promise<void> {
  try {
    await database.check(sql);
    const reading = await load(database, sources, signal);
    signal.throwIfAborted();
    tellOfGaps(reading, output.shell);
    if (reading.evidence.some(({ lines }) => lines > 0))
      tellHints(reading, output.options, output.shell);
    const result = await database.run(sql);
    await hand(duckdb, database, result, output);
  } finally {
    database.close();
  }
}

async function load(database: LogDatabase, sources: Source[], signal: AbortSignal): Promise<Seen> {
  const doubts: Doubt[] = [];
  const has = { connections: false, session: false, sequence: false };
  const evidence = await readRecords(
    sources,
    {
      onRecord(record) {
        has.connections ||= record.event.startsWith('connection_');
        has.session ||= record.session_id !== undefined;
        has.sequence ||= record.connection_sequence !== undefined;
        database.add(record);
      },
      onDoubt: (doubt) => doubts.push(doubt),
    },
    { signal },
  );
  database.finishLoading();
  const { connections, session, sequence } = has;
  const lacks = { session: connections && !session, sequence: connections && !sequence };
  return { evidence, doubts, lacks, areRecognised: areRecognised(sources) };
}

/** Nothing, where every line is in the tables. */
function tellOfGaps({ evidence, doubts }: Reading, shell: Shell): void {
  // Whose lines they are matters to a verdict, and not to what the tables hold.
  const concerns = doubts.filter(({ code }) => code !== 'several-writers');
  const isWhole = evidence.every(({ records, lines }) => records === lines);
  if (isWhole && concerns.length === 0) return;
  for (const line of readingNote({ evidence, doubts: concerns }))
    shell.printError(`wsdiag: ${line}`);
}

async function hand(
  duckdb: DuckDB,
  database: LogDatabase,
  result: QueryResult,
  { format, out, shell }: Output,
): Promise<void> {
  if (format === 'parquet') {
    return writeOut(out as string, (file) => database.exportParquet(file));
  }
  const isSeen = out === undefined && shell.stdout.isTTY;
  const pieces = {
    table: () => tableOf(duckdb, result, out === undefined ? shell : null),
    csv: () => (isSeen ? safe(duckdb.csv(result)) : duckdb.csv(result)),
    json: () => safe(duckdb.json(result)),
  }[format]();
  if (out === undefined) return shell.printAll(pieces);
  return writeOut(out, (file) => pipeline(pieces, fs.createWriteStream(file, { flags: 'wx' })));
}

async function* safe(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const piece of pieces) yield safeLines(piece);
}

/** The query as it was given, or from where it was said to be. */
async function sqlOf(given: string, named: string[], shell: Shell): Promise<string> {
  if (given === '-' && named.includes('-')) {
    throw new UsageError('stdin can be the query or a log, not both');
  }
  const file = given === '-' ? given : /^@(.*)/s.exec(given)?.[1];
  if (file === undefined) return given;
  const bytes = await readInput(file, shell.stdin);
  if (bytes.length > MAX_INPUT_BYTES) throw new UsageError(`${file}: is larger than 1 MiB`);
  return bytes.toString('utf8');
}

/** Only now: the other commands need not wait for it, nor a platform that it was not made for. */
async function loadDuckDB(): Promise<DuckDB> {
  try {
    return await import('../../query/index.ts');
  } catch (error) {
    const { platform, arch } = process;
    throw new QueryError(
      `DuckDB, which runs queries, can't be loaded on ${platform} ${arch}: ${(error as Error).message}`,
    );
  }
}
