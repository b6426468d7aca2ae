import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  findSources,
  LogUnreadable,
  logIn,
  openSources,
  reasonOf,
  type Source,
  type SourceOptions,
} from '../../src/logs/index.ts';
import { temporaryDirectory } from '../support/world.ts';
import { json } from './support.ts';

const line = (day: number, event = 'connection_closed', fields: object = {}) =>
  `${json({ time: `2026-11-${day}T10:00:00Z`, event, session_id: 's', ...fields })}\n`;

/** A directory with those files in it. */
function directoryOf(files: Record<string, string | Buffer>): string {
  const directory = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) {
    fs.writeFileSync(path.join(directory, name), content);
  }
  return directory;
}

/** Sources as `stream log name`. */
const found = (named: string[], options?: SourceOptions): string[] =>
  findSources(named, options).map(shown);

const shown = ({ file, log, stream }: Source): string => `${stream} ${log} ${path.basename(file)}`;

describe('findSources', () => {
  it('takes a file as it was named, with how its lines are to be understood', () => {
    const file = path.join(directoryOf({ 'a.log': line(20) }), '.', 'a.log');
    const options = {
      map: { time: ['ts'] },
      events: { connection_closed: ['x'] },
      since: 1,
      until: 2,
    };
    expect(findSources([file], options)).toEqual([
      {
        file,
        log: 'server',
        stream: 0,
        format: { ...options, patterns: [], description: null },
      },
    ]);
  });

  it('reads a file once, however often and by whatever name it was named', async () => {
    const directory = directoryOf({ 'a.log': line(20) });
    const file = path.join(directory, 'a.log');
    fs.symlinkSync(file, path.join(directory, 'b.log'));
    const named = [file, path.join(directory, 'b.log'), directory, `${directory}/*.log`];
    expect((await openSources(named)).map(shown)).toEqual(['0 server a.log']);
    expect(found(['-', '-'])).toEqual(['0 server -']);
  });

  it('takes the logs of a run by their names', () => {
    const run = {
      'server.ndjson': line(20),
      'client.ndjson': line(20),
      'faults.ndjson': '',
      'summary.json': '{\n}\n',
    };
    const logs = ['0 server server.ndjson', '1 client client.ndjson', '2 faults faults.ndjson'];
    expect(found([directoryOf(run)])).toEqual(logs);
    const { 'faults.ndjson': _, ...cut } = run;
    expect(found([directoryOf({ ...cut, 'scenario.yaml': '' })])).toEqual(logs.slice(0, 2));
  });

  it('gives workers of a run one clock, and any other logs of such names one each', () => {
    const client = line(20, 'client_started');
    const logs = { 'client-1.ndjson': client, 'client-2.ndjson': client };
    const run = directoryOf({ ...logs, 'faults-2.ndjson': '', 'scenario.yaml': '' });
    const known = (source: Source) => [shown(source), source.worker, source.clock];
    expect(findSources([run]).map(known)).toEqual([
      ['0 client client-1.ndjson', 1, 0],
      ['1 client client-2.ndjson', 2, 0],
      ['2 faults faults-2.ndjson', 2, 2],
    ]);
    expect(findSources([directoryOf(logs)]).map(known)).toEqual([
      ['0 client client-1.ndjson', undefined, undefined],
      ['1 client client-2.ndjson', undefined, undefined],
    ]);
  });

  it('takes no log for one of faults by what it says of its own workers', () => {
    const lines = ['worker_lost', 'worker joined', 'Worker left'].map((event) => line(20, event));
    expect(found([path.join(directoryOf({ 'app.log': lines.join('') }), 'app.log')])).toEqual([
      '0 server app.log',
    ]);
  });

  it('takes all that is named like a log from any other directory, and nothing below it', () => {
    const directory = directoryOf({
      'b.jsonl': '',
      'c.json.gz': gzipSync(''),
      'd.log.1': '',
      'e.log-20261122': '',
      'f.ndjson': '',
      'notes.txt': '',
      '1': '',
    });
    fs.mkdirSync(path.join(directory, 'a.log'));
    fs.writeFileSync(path.join(directory, 'a.log', 'z.log'), '');
    expect(found([directory]).map((source) => source.split(' ')[2])).toEqual([
      'b.jsonl',
      'c.json.gz',
      'd.log.1',
      'e.log-20261122',
      'f.ndjson',
    ]);
  });

  it('takes a pattern for one only where no file has that name', async () => {
    const directory = directoryOf({ 'a1.log': '', 'a2.log': '', 'b.log': '', 'a[1].log': '' });
    const opened = async (name: string) => (await openSources([`${directory}/${name}`])).map(shown);
    expect(await opened('a?.log')).toEqual(['0 server a1.log', '1 server a2.log']);
    expect(await opened('a[1].log')).toEqual(['0 server a[1].log']);
  });

  it('says that there are no logs whatever else is there', () => {
    const directory = directoryOf({});
    fs.symlinkSync('loop', path.join(directory, 'loop'));
    fs.symlinkSync('latest', path.join(directory, 'latest'));
    expect(() => findSources([directory])).toThrow('no logs (*.ndjson');
  });

  it.each<[string, (directory: string) => string, string]>([
    ['a missing file', (directory) => `${directory}/none.log`, 'no such file or directory'],
    ['a pattern that matches nothing', (directory) => `${directory}/*.log`, 'no file matches'],
    [
      'a directory without logs',
      (directory) => directory,
      'no logs (*.ndjson, *.jsonl, *.log, *.json) are here',
    ],
    ['a file as a directory', (directory) => `${directory}/a.txt/b`, 'not a directory'],
  ])('has one line to say about %s', async (_, nameIn, reason) => {
    const name = nameIn(directoryOf({ 'a.txt': '' }));
    await expect(openSources([name])).rejects.toThrow(new LogUnreadable(name, reason));
  });

  it.skipIf(process.getuid?.() === 0)('has one line to say about a file it may not read', () => {
    const file = path.join(directoryOf({ 'a.log': '' }), 'a.log');
    fs.chmodSync(file, 0);
    expect(() => findSources([file])).toThrow(new LogUnreadable(file, 'permission denied'));
  });

  it('knows what the system means by a refusal', () => {
    expect(reasonOf({ code: 'EACCES' })).toBe('permission denied');
  });

  it('tells whose log a file is by its lines, or else by its name', () => {
    const directory = directoryOf({
      'a.log': line(20, 'connection_attempt'),
      'client.log': line(20, 'connection_closed', { closed_by: 'peer' }),
      'b.log': '',
    });
    const names = ['a.log', 'client.log', 'b.log', 'browser.log'];
    const format = { map: {}, events: {}, since: null, until: null };
    expect(names.map((name) => logIn(path.join(directory, name), format))).toEqual([
      'client',
      'server',
      'server',
      'client',
    ]);
  });

  it('leaves a FIFO and standard input unread', () => {
    const fifo = path.join(temporaryDirectory(), 'browser.fifo');
    execFileSync('mkfifo', [fifo]);
    expect(found([fifo, '-'])).toEqual(['0 client browser.fifo', '1 server -']);
    expect(found([], { client: ['-'] })).toEqual(['0 client -']);
  });
});

describe('the files of one server', () => {
  it('stand together, oldest first by what is in them', () => {
    const directory = directoryOf({
      'server.ndjson': line(25),
      'server.ndjson.1': line(24),
      'server.ndjson.2.gz': gzipSync(line(23)),
      'server-2026-11-22.ndjson': line(22),
      'server.2026-11-21T10.log.gz': gzipSync(line(21)),
      'server.log-20261120': line(20),
      'other.ndjson': line(10),
    });
    expect(found([`${directory}/server.ndjson`, directory])).toEqual([
      '0 server server.log-20261120',
      '0 server server.2026-11-21T10.log.gz',
      '0 server server-2026-11-22.ndjson',
      '0 server server.ndjson.2.gz',
      '0 server server.ndjson.1',
      '0 server server.ndjson',
      '1 server other.ndjson',
    ]);
  });

  it('are ordered by any line that has a time, and by name where none has', () => {
    const chatter = (day: number) => `starting\n${json({ ts: `2026-11-${day}T10:00:00Z` })}\n`;
    const timed = directoryOf({ 'a.1.log': chatter(20), 'a.2.log': chatter(21) });
    expect(found([timed])).toEqual(['0 server a.1.log', '0 server a.2.log']);
    const empty = directoryOf({ 'a.log': '', 'a.log.2': '', 'a.log.10': '' });
    expect(found([empty])).toEqual(['0 server a.log.10', '0 server a.log.2', '0 server a.log']);
  });

  it('put one that is still empty last', () => {
    const directory = directoryOf({ 'a.log': '', 'a.log.1': line(21), 'a.log.2': line(20) });
    expect(found([directory])).toEqual(['0 server a.log.2', '0 server a.log.1', '0 server a.log']);
  });

  it('are in one directory', () => {
    const first = directoryOf({ 'server.log': line(20) });
    const second = directoryOf({ 'server.log.1': line(19) });
    expect(found([first, second])).toEqual(['0 server server.log', '1 server server.log.1']);
  });

  it.each([
    ['server-1.log', 'server-2.log'],
    ['server.log', 'server-b.log'],
    ['eu.server.log', 'us.server.log'],
    ['server2.log', 'server3.log'],
  ])('are not those of another: %s and %s', (a, b) => {
    expect(found([directoryOf({ [a]: line(20), [b]: line(21) })])).toHaveLength(2);
    const streams = findSources([directoryOf({ [a]: line(20), [b]: line(21) })]);
    expect(new Set(streams.map(({ stream }) => stream)).size).toBe(2);
  });
});

describe('whose log it is', () => {
  it.each<[string, string, string]>([
    ['a.log', line(20), 'server'],
    ['client.log', line(20), 'client'],
    ['browser-7.log', line(20), 'client'],
    ['a.log', line(20, 'connection_attempt'), 'client'],
    ['a.log', line(20, 'document_loaded'), 'client'],
    ['a.log', line(20, 'session_started'), 'client'],
    ['client.log', line(20, 'server_started'), 'server'],
    ['client.log', line(20, 'handshake_rejected'), 'server'],
    ['client.log', line(20, 'connection_closed', { closed_by: 'peer' }), 'server'],
    ['client.log', line(20, 'connection_opened', { remote_address: '::1' }), 'server'],
    ['a.log', line(20, 'fault_injected'), 'faults'],
    ['a.log', line(20) + line(20, 'connection_attempt'), 'client'],
    ['a.log', `{\n${line(20, 'connection_attempt')}`, 'client'],
    ['a.log', `${line(20, 'connection_attempt')}`.replace('\n', ''), 'server'],
  ])('is told by what only one side writes, else by its name: %s, %j', (name, content, log) => {
    expect(found([directoryOf({ [name]: content })])).toEqual([`0 ${log} ${name}`]);
  });

  it('is told from compressed and UTF-16 logs too', () => {
    const attempt = line(20, 'connection_attempt');
    const contents = [gzipSync(attempt), Buffer.from(`\ufeff${attempt}`, 'utf16le')];
    for (const content of contents) {
      expect(found([directoryOf({ 'a.log': content })])).toEqual(['0 client a.log']);
    }
  });

  it('is told by all files of a stream', () => {
    const directory = directoryOf({ 'a.log': line(21), 'a.log.1': line(20, 'connection_attempt') });
    expect(found([directory])).toEqual(['0 client a.log.1', '0 client a.log']);
  });

  it('is told from mapped fields', () => {
    const directory = directoryOf({ 'a.log': `${json({ ts: 1_795_428_000, kind: 'dial' })}\n` });
    const options = { map: { event: ['kind'] }, events: { connection_attempt: ['dial'] } };
    expect(found([directory], options)).toEqual(['0 client a.log']);
  });

  it('is what the user says, whatever is in it', () => {
    const directory = directoryOf({ 'a.log': line(20), 'b.log': line(20, 'server_started') });
    const options = { client: [`${directory}/b.log`] };
    expect(found([directory], options)).toEqual(['0 client b.log', '1 server a.log']);
  });
});
