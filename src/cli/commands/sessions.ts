import { type Command, Option } from 'commander';
import { openSources } from '../../logs/index.ts';
import { SESSION_SORTS, type SessionSort } from '../../model/session-view.ts';
import { quoted, reportSessions, type SessionList, sessionsJson } from '../../report/index.ts';
import { listSessions as readSessions } from '../../simulate/list-sessions.ts';
import { EXIT } from '../exit.ts';
import { areRecognised, tellHints, warnOfUnmatched } from '../hints.ts';
import {
  addLogOptions,
  type LogOptions,
  sourceOptions,
  wordsOfLogOptions,
} from '../log-options.ts';
import { addLogsArgument, orLatest } from '../logs.ts';
import { integer } from '../options.ts';
import { lookAtLogs } from '../reading.ts';
import { recognised } from '../recognised.ts';
import type { Shell } from '../shell.ts';

interface Options extends LogOptions {
  sort: SessionSort;
  limit?: number;
  json?: boolean;
}

const TABLE_LIMIT = 20;

export function addSessions(command: Command, shell: Shell): void {
  addLogOptions(addLogsArgument(command));
  const given = wordsOfLogOptions(command);
  command
    .description(
      'Lists sessions by how they fared: reconnects, numbers that are missing, connections that ' +
        'did not last.',
    )
    .addOption(
      new Option('--sort <by>', 'what comes first').choices(SESSION_SORTS).default('reconnects'),
    )
    .option(
      '--limit <n>',
      `list that many (default: ${TABLE_LIMIT}, with --json all)`,
      integer(1, Number.MAX_SAFE_INTEGER),
    )
    .option('--json', 'print JSON, with every field in full')
    .addHelpText(
      'after',
      `
A session is told of by the server's logs, or by the client's where those do not
have it.
  reconnects   connections after the first. A connection is one
               connection_opened line, or one connection_closed line of which
               the log has no opening.
  gaps         numbers between a session's lowest and highest
               connection_sequence that no line has
  churn        connections that lived under 10 s
  1006         closes with 1006: dropped without a close frame
  last         close code of the last close; "gave up" where the page then
               dialled no more
  numbers      lowest and highest connection_sequence
  failed       attempts that failed, by the client's log
  connected    sum of the lifetimes of closed connections; (2 of 3): of so many
               they are known
  at once      most connections that were open at the same time
  open         connections that are open at the end of the log
  longest gap  longest time without a connection between two, by one clock
– is what the logs do not tell. Where no session has a number, gaps and numbers
are left out.

Exit codes: 0 listed, 2 wrong usage or logs that can't be read, 3 no session in
the logs.

Examples:
  $ wsdiag sessions
  $ wsdiag sessions server.ndjson --sort gaps --limit 5
  $ wsdiag sessions --json | jq '.sessions[] | select(.reconnects >= 5)'`,
    )
    .action((named: string[], options: Options) =>
      listSessions(orLatest(named, shell), options, given, shell),
    );
}

/** @param given options of logs, word by word */
async function listSessions(
  named: string[],
  options: Options,
  given: string[],
  shell: Shell,
): Promise<void> {
  const { sort, json, limit = json ? Number.MAX_SAFE_INTEGER : TABLE_LIMIT } = options;
  const sources = await openSources(named, await sourceOptions(options, shell));
  warnOfUnmatched(sources, shell);
  const listed = await lookAtLogs(shell, async (look) => {
    const known = await recognised(sources, look, shell);
    const read = await readSessions(known, sort, limit, look);
    return { ...read, areRecognised: areRecognised(known) };
  });
  if (!listed) return;
  const { files: evidence, sessions, lacks, areRecognised: _, ...told } = listed;
  const list: SessionList = { sort, evidence, ...told };
  shell.exitCode = list.total === 0 ? EXIT.unknown : EXIT.pass;
  tellHints({ ...list, lacks, areRecognised: listed.areRecognised }, options, shell);
  if (json) return shell.printAll(sessionsJson(list, sessions));
  const [first] = sessions;
  const isOfStdin = sources.some(({ file }) => file === '-');
  shell.print(
    reportSessions(list, sessions, {
      palette: shell.palette,
      width: shell.width,
      next: first && !isOfStdin ? timelineOf(first.session_id, named, given, shell) : undefined,
    }),
  );
}

function timelineOf(session_id: string, named: string[], given: string[], shell: Shell): string {
  const isLikeOption = [session_id, ...named].some((word) => word.startsWith('-'));
  const words = [...given, ...(isLikeOption ? ['--'] : []), session_id, ...named];
  return `${shell.command} timeline ${words.map(quoted).join(' ')}`;
}
