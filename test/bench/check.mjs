/**
 * How fast `wsdiag check` reads long logs, and in how much memory: a server's closes alone, and a server's log with
 * its clients', which is what a run leaves. Beside each, on the same files and in turns, run DuckDB with both
 * cores, and a bare loop of `JSON.parse`. What is promised is printed beside it, as met or not.
 *
 * With `--gigabytes`, memory alone: `check` on a log of that size, which must stay under the limit.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeBothLogs, writeLog } from '../support/log-generator.mjs';
import { compare, measure, median, rowOf, scratchDirectory, tell } from './check-measure.mjs';
import { secondsToVerdict } from './check-simulate.mjs';
import { writeInWords } from './check-words.mjs';

const at = (file) => fileURLToPath(new URL(file, import.meta.url));
const WSDIAG = at('../../bin/wsdiag.js');
const CORES = 2;
const PROBED_LINES = 10_000;
/** One session in so many. */
const DEFECTIVE_EVERY = 10;

const OPTIONS = {
  lines: { type: 'string', default: '4000000' },
  sessions: { type: 'string', default: '100000' },
  'both-lines': { type: 'string', default: '3000000' },
  'both-sessions': { type: 'string', default: '50000' },
  'many-sessions': { type: 'string', default: '1000000' },
  'simulated-sessions': { type: 'string', default: '10000' },
  scale: { type: 'string', default: '1' },
  rounds: { type: 'string', default: '3' },
  gigabytes: { type: 'string' },
};

export async function check(args) {
  const { values } = parseArgs({ args, options: OPTIONS });
  const scaled = (name) => Math.ceil(Number(values[name]) * Number(values.scale));
  const directory = scratchDirectory();
  if (values.gigabytes !== undefined) {
    return memory(directory, Number(values.gigabytes), scaled('sessions'));
  }
  const rounds = Number(values.rounds);
  const closes = await ofCloses(directory, scaled('lines'), scaled('sessions'), rounds);
  printBounds(closes.bounds);
  const both = await ofBoth(directory, scaled('both-lines'), scaled('both-sessions'), rounds);
  printBounds([
    ...both.bounds,
    {
      what: 'server and client: time a line / that of closes alone',
      is: both.secondsALine / closes.secondsALine,
      most: 2.5,
    },
  ]);
  printBounds(await ofMany(directory, scaled('many-sessions')));
  const simulated = scaled('simulated-sessions');
  tell('simulating');
  const what = `simulate, ${simulated} sessions: s from the last goodbye to the verdict`;
  printBounds([{ what, is: await secondsToVerdict(directory, simulated) }]);
}

const DUCKDB = `DuckDB, ${CORES} threads`;
const CHECK = 'wsdiag check';
const HALF = 'wsdiag check, half the lines';
const DEFECTIVE = 'wsdiag check, one session in ten defective';
const WORDS = 'wsdiag check, the same in words, described';

const ratio = (rounds, one, other) =>
  median(rounds, (round) => round[one].seconds / round[other].seconds);

async function ofCloses(directory, lines, sessions, count) {
  const whole = writeCloses(path.join(directory, 'server.ndjson'), lines, sessions);
  const half = writeCloses(path.join(directory, 'half.ndjson'), lines / 2, sessions / 2);
  const { file } = whole;
  const words = await writeInWords(file, path.join(directory, 'words.log'));
  const expectLines = (output) => {
    if (output.lines !== lines) throw new Error(`read ${output.lines} of ${lines} lines`);
  };
  const contestants = [
    { name: 'JSON.parse loop', args: [at('json-parse-loop.mjs'), file], verify: expectLines },
    {
      name: DUCKDB,
      args: [at('duckdb-check.mjs'), file, String(CORES)],
      verify(output) {
        expectLines(output);
        if (output.decreases !== 0) throw new Error(`found ${output.decreases} decreases`);
      },
    },
    { name: CHECK, args: [WSDIAG, 'check', file] },
    { name: HALF, args: [WSDIAG, 'check', half.file], lines: half.lines },
    { name: WORDS, args: [WSDIAG, 'check', words.file, '--log-format', words.format] },
    { name: 'wsdiag sessions', args: [WSDIAG, 'sessions', file] },
    { name: 'wsdiag timeline', args: [WSDIAG, 'timeline', firstSession(file), file] },
  ];
  const rounds = await compare(contestants, count);
  printRounds(contestants, lines, rounds);
  for (const log of [whole, half, words]) fs.rmSync(log.file);
  const what = (of) => `closes alone, ${whole.about}: ${of}`;
  return {
    secondsALine: median(rounds, (round) => round[CHECK].seconds) / lines,
    bounds: [
      { what: what(`time / ${DUCKDB}`), is: ratio(rounds, CHECK, DUCKDB), most: 1 },
      { what: what('peak, MB'), is: median(rounds, (round) => round[CHECK].peakMB), most: 200 },
      { what: what('time / that of half the lines'), is: ratio(rounds, CHECK, HALF), most: 2.2 },
      {
        what: what('time in words with a description / as it is'),
        is: ratio(rounds, WORDS, CHECK),
        most: 3,
      },
    ],
  };
}

async function ofBoth(directory, lines, sessions, count) {
  const write = (name, share, options) =>
    writeBoth(directory, name, share * lines, Math.ceil(share * sessions), options);
  const whole = write('whole', 1);
  const half = write('half', 0.5);
  const defective = write('defective', 1, { defectiveEvery: DEFECTIVE_EVERY });
  const checked = (log) => [WSDIAG, 'check', log.server, log.client];
  const contestants = [
    {
      name: DUCKDB,
      args: [at('duckdb-both.mjs'), whole.server, whole.client, String(CORES)],
      verify(output) {
        if (output.lines !== whole.lines) {
          throw new Error(`read ${output.lines} of ${whole.lines} lines`);
        }
      },
    },
    { name: CHECK, args: checked(whole) },
    { name: DEFECTIVE, args: checked(defective), lines: defective.lines, exitCodes: [1] },
    { name: HALF, args: checked(half), lines: half.lines },
  ];
  const rounds = await compare(contestants, count);
  printRounds(contestants, whole.lines, rounds);
  for (const log of [whole, half, defective]) log.remove();
  const what = (of) => `server and client, ${whole.about}: ${of}`;
  return {
    secondsALine: median(rounds, (round) => round[CHECK].seconds) / whole.lines,
    bounds: [
      { what: what(`time / ${DUCKDB}`), is: ratio(rounds, CHECK, DUCKDB), most: 1 },
      { what: what('peak, MB'), is: median(rounds, (round) => round[CHECK].peakMB), most: 300 },
      { what: what('time / that of half the lines'), is: ratio(rounds, CHECK, HALF), most: 2.2 },
      {
        what: `${what('time with one session in ten defective')} / without`,
        is: ratio(rounds, DEFECTIVE, CHECK),
        most: 1.5,
      },
    ],
  };
}

/** So many that every session has come by the time the ramp-up is over. */
const LINES_OF_MANY = 6;

async function ofMany(directory, sessions) {
  const log = writeBoth(directory, 'many', LINES_OF_MANY * sessions, sessions);
  tell(`${CHECK}, ${log.about}`);
  const report = path.join(directory, 'report.json');
  const args = [WSDIAG, 'check', log.server, log.client, '--reporter', `json=${report}`];
  const { seconds, peakMB } = await measure({ name: CHECK, args });
  const { metrics, doubts } = JSON.parse(fs.readFileSync(report, 'utf8'));
  log.remove();
  const what = (of) => `server and client, ${log.about}: ${of}`;
  return [
    { what: what('s'), is: seconds },
    { what: what('peak, MB'), is: peakMB, most: 500 },
    { what: what('sessions left unjudged'), is: sessions - metrics.sessions, most: 0 },
    { what: what('doubts'), is: doubts.length, most: 0 },
  ];
}

const thousands = (value) => Math.round(value).toLocaleString('en');

const aboutOf = (lines, sessions) => `${thousands(lines)} lines, ${thousands(sessions)} sessions`;

function writeCloses(file, lines, sessions) {
  const about = aboutOf(lines, sessions);
  tell(`writing closes alone: ${about}`);
  const options = { lines: Math.ceil(lines), sessions: Math.ceil(sessions) };
  writeLog(file, { shape: 'closes', ...options });
  return { file, lines: options.lines, about };
}

/** Of all lines of both logs, the server's. */
const SERVER_SHARE = 0.345;

function writeBoth(directory, name, lines, sessions, options) {
  tell(`writing a server’s and a client’s log: ${aboutOf(lines, sessions)}, ${name}`);
  const files = {
    server: path.join(directory, `${name}-server.ndjson`),
    client: path.join(directory, `${name}-client.ndjson`),
  };
  const { server, client } = writeBothLogs(files, {
    lines: Math.ceil(SERVER_SHARE * lines),
    sessions,
    ...options,
  });
  const written = server.lines + client.lines;
  return {
    ...files,
    lines: written,
    about: aboutOf(written, sessions),
    remove() {
      for (const file of Object.values(files)) fs.rmSync(file);
    },
  };
}

function firstSession(file) {
  const fd = fs.openSync(file, 'r');
  const head = Buffer.alloc(4096);
  fs.readSync(fd, head);
  fs.closeSync(fd);
  return JSON.parse(head.subarray(0, head.indexOf('\n'))).session_id;
}

function printRounds(contestants, lines, rounds) {
  console.log(`medians of ${rounds.length} rounds`);
  const rows = contestants.map(({ name, lines: own = lines }) => [name, rowOf(rounds, name, own)]);
  console.table(Object.fromEntries(rows));
}

/** `most`: what is promised; left out where nothing is. */
function printBounds(bounds) {
  const { stdout } = spawnSync('uptime', { encoding: 'utf8' });
  console.log(stdout?.trim());
  const rows = bounds.map(({ what, is, most }) => [
    what,
    {
      is: Number(is.toFixed(2)),
      'at most': most ?? '',
      met: most === undefined ? '' : is <= most ? 'yes' : 'NO',
    },
  ]);
  console.table(Object.fromEntries(rows));
}

const MAX_MEMORY_MB = 300;

async function memory(directory, gigabytes, sessions) {
  const file = path.join(directory, 'server.ndjson');
  const probed = writeLog(file, { shape: 'closes', lines: PROBED_LINES, sessions });
  writeCloses(file, (gigabytes * 1e9 * PROBED_LINES) / probed.bytes, sessions);
  const { peakMB, seconds } = await measure({ name: CHECK, args: [WSDIAG, 'check', file] });
  const holds = peakMB < MAX_MEMORY_MB;
  console.log(
    `wsdiag check: peak of ${Math.round(peakMB)} MB in ${seconds.toFixed(1)} s, ` +
      `${holds ? 'under' : 'NOT under'} ${MAX_MEMORY_MB} MB`,
  );
  if (!holds) process.exitCode = 1;
}
