import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

const LINES = [
  { t: '2026-01-01T00:00:00Z', evt: 'ws_open', ws: { id: 'a', n: 1 } },
  { t: '2026-01-01T00:00:05Z', evt: 'ws_close', ws: { id: 'a', n: 1, code: 1006 } },
];
const MAP = ['--map', 'time=t,event=evt,session_id=ws.id,connection_sequence=ws.n'];
const EVENTS = ['--event', 'connection_opened=ws_open,connection_closed=ws_close'];

async function hints(args: string[], text = LINES.map((line) => JSON.stringify(line)).join('\n')) {
  const file = path.join(temporaryDirectory(), 'backend.log');
  fs.writeFileSync(file, `${text}\n`);
  const { stderr } = await runCli(['check', file, ...args]);
  return stderr;
}

describe('check of other people’s logs', () => {
  it('has nothing to add where it understood them', async () => {
    expect(await hints([...MAP, ...EVENTS])).toBe('');
  });

  it.each([
    ['events are called something else', MAP, 'explain '],
    ['nothing is known by its name', ['--map', 'time=t'], 'explain '],
    ['times stand elsewhere', [...MAP.with(1, 'event=evt'), ...EVENTS], '--map time=PATH'],
    ['nothing lies in the span', [...MAP, ...EVENTS, '--since', '2026-02-01'], '--since'],
    ['a path is mistyped', [...MAP, ...EVENTS, '--map', 'close_code=ws.kode'], 'ws.kode'],
    ['an event is mistyped', [...MAP, '--event', 'connection_closed=wsclose'], 'wsclose'],
  ])('says what to do where %s', async (_, args, told) => {
    const stderr = await hints(args);
    expect(stderr).toContain(told);
    expect(stderr).toMatch(/^(wsdiag: .*\n)+$/);
  });

  it('has nothing to say of words between the records', async () => {
    const lines = LINES.map((line) => JSON.stringify(line));
    const text = ['Listening on port 8080', ...lines].join('\n');
    expect(await hints([...MAP, ...EVENTS], text)).toBe('');
  });

  it('says what to do where nothing has a duration', async () => {
    const closes = [1, 2].map((n) =>
      JSON.stringify({ ...LINES[1], ws: { id: 'a', n, code: 1006 } }),
    );
    expect(await hints([...MAP, ...EVENTS], closes.join('\n'))).toContain(
      'No line has a duration_seconds, so it is not known when connections began. If these logs have one under another name, say which with --map duration_seconds=PATH.',
    );
  });

  it.each(['check', 'sessions', 'timeline'])(
    '%s asks for no numbers where a shipped format has none',
    async (command) => {
      const file = path.join(temporaryDirectory(), 'app.log');
      const log = fs.readFileSync('test/fixtures/logs/formats/nginx.log', 'utf8');
      fs.writeFileSync(file, log);
      const told = await runCli([
        command,
        ...(command === 'timeline' ? ['198.51.100.7'] : []),
        file,
      ]);
      expect(told.code).toBe(0);
      expect(told.stderr).toContain('is read as a log of nginx');
      expect(told.stderr).not.toContain('connection_sequence');
    },
  );

  it('says what is read where it is no log', async () => {
    expect(await hints([], JSON.stringify(LINES, null, 2))).toContain(
      'JSON is read one object a line',
    );
  });
});
