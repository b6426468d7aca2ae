import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, runProcess, startProcess } from '../support/cli.ts';
import { firstOf, isThorough, itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const EVIL = '\u001b[2J\u202e';

const line = (fields: object) =>
  `${JSON.stringify({ time: '2026-01-01T00:00:00.000Z', level: 30, ...fields })}\n`;
const closed = (connection_sequence: number, fields: object = {}) =>
  line({
    event: 'connection_closed',
    client_id: `c${connection_sequence}`,
    session_id: 'xyz',
    connection_sequence,
    close_code: 1006,
    close_reason: EVIL,
    was_clean: false,
    duration_seconds: 1.5,
    closed_by: 'network',
    ...fields,
  });

/** A log with that in the middle of what its process would write. */
function logOf(...middle: string[]): string {
  const file = path.join(temporaryDirectory(), 'server.ndjson');
  const started = line({ event: 'server_started', log_schema: 1 });
  const stopped = line({ event: 'server_stopped', log_schema: 1 });
  fs.writeFileSync(file, started + middle.join('') + stopped);
  return file;
}

const STORY = "SELECT * FROM websocket_logs WHERE session_id = 'xyz' ORDER BY connection_sequence";
/** More than a pipe holds. */
const BIG = 'SELECT a.* FROM websocket_logs a, range(2000)';

describe('wsdiag query', () => {
  it('answers the original statement as written', async () => {
    const { code, stdout, stderr } = await runCli(['query', STORY, logOf(closed(2), closed(1))]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const rows = stdout.split('\n').filter((row) => row.includes('xyz'));
    expect(rows.map((row) => Number(row.split('│')[3]))).toEqual([1, 2]);
    expect(rows[0]).toContain('1006');
    expect(rows[0]).toContain('\\u001b[2J\\u202e');
  });

  it('cuts nothing in a pipe', async () => {
    const many = Array.from({ length: 300 }, (_, index) => closed(index + 1));
    const { stdout } = await runCli(['query', 'FROM websocket_logs', logOf(...many)]);
    expect(stdout.match(/connection_closed/g)?.length).toBeGreaterThanOrEqual(300);
    expect(stdout).not.toContain('…');
  });

  it('shows a terminal what fits, and tells of the rest', async () => {
    const many = Array.from({ length: 300 }, (_, index) => closed(index + 1));
    const { stdout } = await runCli(['query', 'FROM websocket_logs', logOf(...many)], {
      columns: 80,
      env: { NO_COLOR: '1' },
    });
    const lines = stdout.split('\n');
    for (const one of lines) expect([...one].length).toBeLessThanOrEqual(80);
    expect(lines).toContain('302 rows, and the first 100 are here');
    expect(stdout).toMatch(/not shown: .*fields/s);
    expect(stdout).not.toContain('\u001b[2J');
  });

  it('tells of lines that are not in the tables', async () => {
    const log = logOf(closed(1), '{"garbage\n', closed(2));
    const { code, stdout, stderr } = await runCli([
      'query',
      'SELECT count(*) AS n FROM websocket_logs',
      log,
      '--format',
      'csv',
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'n\n4\n' });
    expect(stderr).toMatch(/^wsdiag: 5 lines read in 1 log, 4 used, 0 ignored, 1 rejected$/m);
  });

  it('takes the query from a file, or from stdin', async () => {
    const log = logOf(closed(1));
    const file = path.join(temporaryDirectory(), 'q.sql');
    fs.writeFileSync(file, '-- how many?\nSELECT count(*) AS n FROM websocket_logs;\n');
    const args = [log, '--format', 'csv'];
    expect(await runCli(['query', `@${file}`, ...args])).toMatchObject({ stdout: 'n\n3\n' });
    const input = 'SELECT 7 AS n';
    expect(await runCli(['query', '-', ...args], { input })).toMatchObject({ stdout: 'n\n7\n' });
  });

  it.each([
    ['SELEC 1', /^wsdiag: Parser Error: .*\n\nLINE 1: SELEC 1\n {8}\^\n$/],
    [
      'FROM client_logs',
      /^wsdiag: there is no table client_logs: .*server\.ndjson \(server log\)\n$/,
    ],
    ["FROM read_text('/etc/passwd')", /^wsdiag: a query can read only the logs/],
    ['', /^wsdiag: the query is empty\n$/],
    ['@/no/such.sql', /^wsdiag: \/no\/such\.sql: no such file or directory\n$/],
    [`SELECT '${EVIL}' FORM x`, /^wsdiag: Parser Error: [\n -~]*$/],
  ])('says what is wrong with %j, and exits 2', async (sql, message) => {
    const { code, stdout, stderr } = await runCli(['query', sql, logOf(closed(1))]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('exits 2 where the log is not there', async () => {
    expect(await runCli(['query', 'SELECT 1', '/no/such.ndjson'])).toMatchObject({
      code: 2,
      stderr: 'wsdiag: /no/such.ndjson: no such file or directory\n',
    });
  });

  itThoroughly('has no complaint about a reader that goes away', async () => {
    const cli = startProcess(['query', BIG, logOf(closed(1)), '--format', 'csv']);
    await cli.until(/connection_closed/);
    cli.child.stdout.destroy();
    expect(await cli.outcome).toMatchObject({ code: 0, stderr: '' });
  });

  itThoroughly('tells of output that can not be written', async () => {
    const before = 'exec > /dev/full';
    const { code, stderr } = await runProcess(['query', 'SELECT 1', logOf()], { before });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^wsdiag: can't write the output: ENOSPC[^\n]*\n$/);
  });

  itThoroughly(
    'runs where other commands do not need it: DuckDB is loaded for queries alone',
    async () => {
      const env = {
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(WITHOUT_DUCKDB)}`,
      };
      expect(await runProcess(['validate', '--help'], { env })).toMatchObject({ code: 0 });
      const { code, stderr } = await runProcess(['query', 'SELECT 1', logOf()], { env });
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /^wsdiag: DuckDB, which runs queries, can't be loaded on \w+ \w+: gone\n$/,
      );
    },
  );
});

const WITHOUT_DUCKDB = `
  import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(
    "export async function resolve(name, context, next) {" +
    " if (name.startsWith('@duckdb/')) throw new Error('gone'); return next(name, context); }"));`;

describe.runIf(isThorough)('wsdiag query, interrupted', () => {
  const LONG = 'SELECT count(*) FROM range(1000000000000) WHERE range % 7 = 3';
  const scratch = () => ({ TMPDIR: temporaryDirectory() });

  it.each([['SIGINT', 130] as const, ['SIGTERM', 143] as const])(
    'by %s exits %i, and leaves nothing behind',
    async (signal, code) => {
      const env = scratch();
      const out = path.join(temporaryDirectory(), 'out.json');
      const log = logOf(closed(1), 'garbage\n');
      const cli = startProcess(['query', LONG, log, '--format', 'json', '--out', out], { env });
      // The logs are read.
      await cli.until(/rejected/);
      cli.kill(signal);
      expect(await cli.outcome).toMatchObject({ code, stdout: '' });
      expect(fs.readdirSync(env.TMPDIR)).toEqual([]);
      expect(fs.readdirSync(path.dirname(out))).toEqual([]);
    },
  );

  it('twice leaves at once, and leaves nothing behind', async () => {
    const env = scratch();
    const cli = startProcess(['query', LONG, logOf(closed(1), 'garbage\n')], { env });
    await cli.until(/rejected/);
    // The second may come when the first has done its work.
    cli.kill('SIGINT');
    cli.kill('SIGTERM');
    const { code, signal } = await cli.outcome;
    expect([130, 143, 'SIGINT', 'SIGTERM']).toContain(code ?? signal);
    expect(fs.readdirSync(env.TMPDIR)).toEqual([]);
  });
});

describe('wsdiag query --out', () => {
  const out = (name = 'out') => path.join(temporaryDirectory(), name);
  const write = (file: string, ...args: string[]) =>
    runCli(['query', 'SELECT 1 AS a', logOf(), '--out', file, ...args]);

  it.each(['table', 'csv', 'json', 'parquet'])('writes %s, and prints nothing', async (format) => {
    const file = out();
    expect(await write(file, '--format', format)).toEqual({
      code: 0,
      signal: null,
      stdout: '',
      stderr: '',
    });
    const written = fs.readFileSync(file, 'utf8');
    expect(written).toMatch(
      { table: /│ a │/s, csv: /^a\n1\n$/, json: /^\[\n{"a":1}\n\]\n$/, parquet: /^PAR1.*PAR1$/s }[
        format
      ] as RegExp,
    );
    expect(fs.readdirSync(path.dirname(file))).toEqual(['out']);
  });

  it.each<[string, RegExp]>(
    firstOf(
      ['rows.CSV', /^a\n1\n$/],
      ['rows.json', /^\[/],
      ['rows.parquet', /^PAR1/],
      ['rows.txt', /│ a │/],
    ),
  )('tells the format by its name: %s', async (name, written) => {
    const file = out(name);
    expect(await write(file)).toMatchObject({ code: 0, stderr: '' });
    expect(fs.readFileSync(file, 'utf8')).toMatch(written);
  });

  it('refuses a name that ends in another', async () => {
    const file = out('rows.xlsx');
    const { code, stderr } = await write(file);
    expect(code).toBe(2);
    expect(stderr).toContain('--format');
    expect(fs.existsSync(file)).toBe(false);
    expect(await write(file, '--format', 'csv')).toMatchObject({ code: 0 });
  });

  it('is asked for by parquet', async () => {
    const { code, stderr } = await runCli(['query', 'SELECT 1', logOf(), '--format', 'parquet']);
    expect(code).toBe(2);
    expect(stderr).toContain('--out');
  });

  it('replaces a file with --force alone', async () => {
    const file = out();
    fs.writeFileSync(file, 'before');
    const { code, stderr } = await write(file, '--format', 'csv');
    expect(code).toBe(2);
    expect(stderr).toContain('--force');
    expect(fs.readFileSync(file, 'utf8')).toBe('before');
    expect(await write(file, '--format', 'csv', '--force')).toMatchObject({ code: 0 });
    expect(fs.readFileSync(file, 'utf8')).toBe('a\n1\n');
  });

  it('never replaces a log, by whatever name', async () => {
    const log = logOf(closed(1));
    const link = out('link');
    fs.symlinkSync(log, link);
    for (const name of [log, link]) {
      const { code, stderr } = await runCli(['query', 'SELECT 1', log, '--out', name, '--force']);
      expect(code).toBe(2);
      expect(stderr).toContain('is there to be read');
    }
    expect(fs.readFileSync(log, 'utf8')).toContain('xyz');
  });

  it('is no device, pipe or directory', async () => {
    for (const name of ['/dev/null', temporaryDirectory()]) {
      expect(await write(name, '--force')).toMatchObject({ code: 2 });
    }
    expect(fs.statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it.each(['csv', 'parquet'])('of %s that has no directory exits 2', async (format) => {
    const { code, stderr } = await write(out('no/out'), '--format', format);
    expect(code).toBe(2);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('is left as it was by a query that fails', async () => {
    const file = out();
    fs.writeFileSync(file, 'before');
    const late = "SELECT CASE range WHEN 99999 THEN error('late') END FROM range(100000)";
    const args = ['--out', file, '--force', '--format', 'csv'];
    expect(await runCli(['query', late, logOf(), ...args])).toMatchObject({ code: 2 });
    expect(fs.readFileSync(file, 'utf8')).toBe('before');
    expect(fs.readdirSync(path.dirname(file))).toEqual(['out']);
  });
});
