import type { Command } from 'commander';
import {
  idTableOf,
  openSources,
  type ReadOptions,
  readRecords,
  readSession,
  readSessionIds,
  type Source,
  scanRows,
  takeSnapshot,
} from '../../logs/index.ts';
import type { LogRecord } from '../../model/record.ts';
import type { Rows } from '../../model/rows.ts';
import type { SessionView } from '../../model/session-view.ts';
import {
  columnWidth,
  counted,
  inColumns,
  type Reading,
  reportTimeline,
  sanitize,
  shortIds,
  shownId,
  timelineJson,
} from '../../report/index.ts';
import { listSessions } from '../../simulate/list-sessions.ts';
import { byRun } from '../../simulate/runs-apart.ts';
import { createTimeline, findSession, MAX_LINES, nearestTo } from '../../views/index.ts';
import { EXIT, UsageError } from '../exit.ts';
import { areRecognised, hintsOf, tellHints, warnOfUnmatched } from '../hints.ts';
import { addLogOptions, type LogOptions, sourceOptions } from '../log-options.ts';
import { addLogsArgument, orLatest } from '../logs.ts';
import { lookAtLogs } from '../reading.ts';
import { recognised } from '../recognised.ts';
import type { Shell } from '../shell.ts';

/** Ids in messages are cut beyond what ids of ours can be. */
const MAX_ID_WIDTH = 128;
const NO_TERMINAL_WIDTH = 100;
/** As plans name clients, and copies of their tabs. */
const CLIENT_NAME = /^client-\d+(?:-copy-\d+)*$/;

interface Options extends LogOptions {
  json?: boolean;
}

export function addTimeline(command: Command, shell: Shell): void {
  command
    .description(
      'Tells one session’s story, connection by connection: what the client’s and the server’s ' +
        'logs say of it, side by side.',
    )
    .argument(
      '<session-id>',
      'the session’s id, a beginning that no other has, or a run’s client: client-3',
    );
  addLogOptions(addLogsArgument(command))
    .option('--json', 'print JSON, with the fields of every line; of several runs a list')
    .addHelpText(
      'after',
      `
The two sides are aligned by connection number. Clocks of two machines are not
compared: each log's times count from its own first line about the session. Of
several runs, each that has the session tells it.

Exit codes: 0 told, 2 wrong usage, no such session, or logs that can't be read.

Examples:
  $ wsdiag timeline 1f0c1f5e
  $ wsdiag timeline client-3 wsdiag-runs/run-a wsdiag-runs/run-b
  $ wsdiag timeline 1f0c1f5e server.ndjson client.ndjson --json`,
    )
    .action((wanted: string, named: string[], options: Options) =>
      tellTimeline(wanted, orLatest(named, shell), options, shell),
    );
}

async function tellTimeline(
  wanted: string,
  named: string[],
  options: Options,
  shell: Shell,
): Promise<void> {
  const sources = await openSources(named, await sourceOptions(options, shell));
  warnOfUnmatched(sources, shell);
  const runs = byRun(sources);
  const apart = runs.size < 2 ? [[null, sources] as const] : [...runs];
  const told = await lookAtLogs(shell, async (look) => {
    const found: Found[] = [];
    let lacking: UsageError | undefined;
    for (const [run, logs] of apart) {
      try {
        found.push({ run, ...(await find(wanted, logs, look, options, shell)) });
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        lacking ??= error;
      }
    }
    if (found.length === 0) throw lacking;
    return found;
  });
  if (told === undefined) return;
  shell.exitCode = EXIT.pass;
  for (const { story, reading, areRecognised } of told) {
    const sequence = story.chapters.every(
      ({ connection_sequence }) => connection_sequence === null,
    );
    tellHints({ ...reading, lacks: { sequence }, areRecognised }, options, shell);
  }
  if (options.json) {
    const texts = told.map(({ story, reading }) => timelineJson(story, reading));
    return shell.print(texts.length === 1 ? texts.join('') : `[${texts.join(',')}]`);
  }
  const { palette, width: all = NO_TERMINAL_WIDTH } = shell;
  const width = columnWidth(told.length, all);
  const texts = told.map(({ run, story, reading }) => {
    const text = reportTimeline(story, reading, { palette, width });
    return run === null || told.length < 2 ? text : `${palette.bold(sanitize(run))}\n${text}`;
  });
  shell.print(inColumns(texts, all));
}

interface Story {
  story: SessionView;
  reading: Reading;
  areRecognised: boolean;
}

/** `run`: null where the logs are not told apart by their runs. */
interface Found extends Story {
  run: string | null;
}

/** @throws UsageError where there is no such session */
async function find(
  wanted: string,
  sources: readonly Source[],
  look: ReadOptions,
  options: LogOptions,
  shell: Shell,
): Promise<Story> {
  const snapshot = await takeSnapshot(await recognised(sources, look, shell), look.signal);
  try {
    const known = snapshot.sources;
    const found =
      (await read(wanted, known, look)) ??
      (await read(
        (await sessionOfClient(wanted, known, look)) ??
          (await resolved(wanted, known, look, options, shell)),
        known,
        look,
      ));
    if (!found) throw new UsageError('the logs changed while they were read');
    return found;
  } finally {
    snapshot.release();
  }
}

/**
 * The first session of a run's client, by its name in the plan; undefined where that is no such name, or the logs have
 * none.
 *
 * @throws UsageError where they name other clients
 */
async function sessionOfClient(
  wanted: string,
  sources: readonly Source[],
  look: ReadOptions,
): Promise<string | undefined> {
  if (!CLIENT_NAME.test(wanted)) return undefined;
  const sessions = new Map<string, string>();
  const onRecord = ({ event, session_id, fields: { client } }: LogRecord) => {
    if (event !== 'session_started' || typeof client !== 'string' || session_id === undefined)
      return;
    if (!sessions.has(client)) sessions.set(client, session_id);
  };
  await readRecords(
    sources.filter(({ log }) => log === 'client'),
    { onRecord },
    look,
  );
  const found = sessions.get(wanted);
  if (found === undefined && sessions.size > 0) {
    throw noneOf(wanted, counted(sessions.size, 'client'), nearestTo(wanted, sessions.keys()));
  }
  return found;
}

const noneOf = (wanted: string, has: string, nearest: string[]): UsageError =>
  new UsageError(`no session ${wanted}: these logs have ${has}; nearest: ${shown(nearest)}`);

/** The story of the session with that very id; undefined where the logs have none. */
async function read(
  session: string,
  sources: readonly Source[],
  look: ReadOptions,
): Promise<Story | undefined> {
  const timeline = createTimeline(session, sources);
  const scan = await readSession(sources, session, MAX_LINES, timeline.onRecord, look);
  const story = timeline.finish(scan.left);
  const reading: Reading = { evidence: scan.files, doubts: scan.doubts };
  if (story.chapters.length === 0) return undefined;
  return { story, reading, areRecognised: areRecognised(sources) };
}

/** The id that begins so. A whole id costs one pass over the logs, and this costs another two. */
async function resolved(
  wanted: string,
  sources: readonly Source[],
  look: ReadOptions,
  options: LogOptions,
  shell: Shell,
): Promise<string> {
  const found = findSession(wanted, await readSessionIds(sources, look));
  if (!('nearest' in found)) return oneOf(wanted, found);
  // Some sessions stand only in lines that say whose a connection is, as a login does: that takes longer.
  const { files: evidence, doubts, sessions } = await listAll(sources, look);
  const ids = sessions.map(({ session_id }) => session_id);
  const named = findSession(wanted, ids);
  if (!('nearest' in named)) return oneOf(wanted, named);
  if (ids.length === 0) {
    const hints = hintsOf({ evidence, doubts, lacks: { session: true } }, options, shell);
    throw new UsageError(hints.join(' '));
  }
  if (await isConnection(wanted, sources, look))
    throw new UsageError(`${shownId(wanted)} is a connection that no line gives a session`);
  throw noneOf(wanted, counted(ids.length, 'session'), named.nearest);
}

const shown = (ids: string[]): string => shortIds(ids, MAX_ID_WIDTH).join(', ');

/** @throws UsageError where several ids begin so */
function oneOf(
  wanted: string,
  found: { id: string } | { ambiguous: number; ids: string[] },
): string {
  if ('id' in found) return found.id;
  const more = found.ambiguous > found.ids.length ? ', …' : '';
  throw new UsageError(
    `${wanted} is the beginning of ${found.ambiguous} session ids: ${shown(found.ids)}${more}; give more of it`,
  );
}

const listAll = (sources: readonly Source[], look: ReadOptions) =>
  listSessions(sources, 'last', Number.MAX_SAFE_INTEGER, look);

/** Whether it is the `client_id` of lines without a session. */
async function isConnection(
  wanted: string,
  sources: readonly Source[],
  look: ReadOptions,
): Promise<boolean> {
  const ids = idTableOf([wanted]);
  let isOne = false;
  const onRow = (rows: Rows, row: number) => {
    const isWanted = rows.hasClient(row) && ids.has(rows.clientLow(row), rows.clientHigh(row));
    isOne ||= isWanted && !rows.hasSession(row);
  };
  await scanRows(sources, onRow, look);
  return isOne;
}
