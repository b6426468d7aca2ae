import { describe, expect, it } from 'vitest';
import { preloaded, runProcess, shipped } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

/** Tells at the end which files of the bundle were compiled. */
const TELL_LOADED = `
  import fs from 'node:fs';
  import inspector from 'node:inspector';
  const session = new inspector.Session();
  session.connect();
  const loaded = [];
  const libraries = [];
  session.on('Debugger.scriptParsed', ({ params }) => {
    if (params.url.includes('/node_modules/')) libraries.push(params.url);
    if (params.url.includes('/dist/bin/')) loaded.push(fs.readFileSync(new URL(params.url + '.map'), 'utf8'));
  });
  session.post('Debugger.enable');
  process.on('exit', () => {
    const sources = loaded.flatMap((map) => JSON.parse(map).sources);
    process.stderr.write('loaded: ' + [...sources, ...libraries].join(' '));
  });`;

async function loadedBy(...args: string[]): Promise<string> {
  const { code, stderr } = await runProcess(args, { env: preloaded(TELL_LOADED) });
  expect(code).toBe(0);
  expect(stderr).toContain('src/cli/main.ts');
  return stderr;
}

describe('what a command loads', () => {
  it.each(['--version', '--help'])(
    '%s: no command, and no library but commander',
    async (option) => {
      const loaded = await loadedBy(option);
      expect(loaded).not.toMatch(/src\/(?!cli\/|model\/|report\/|real\/version)/);
      expect(loaded).not.toMatch(
        /src\/cli\/commands|node_modules\/(?:zod|yaml|ora|ws|tinyglobby)\//,
      );
    },
  );

  it('sessions: nothing that reads scenarios', async () => {
    const out = temporaryDirectory();
    await runProcess(['simulate', shipped('ci.yaml'), '--out', out, '--quiet']);
    const loaded = await loadedBy('sessions', `${out}/latest`);
    expect(loaded).toContain('src/cli/commands/sessions.ts');
    expect(loaded).not.toMatch(/src\/scenario\/|node_modules\/(?:zod|yaml|ora|ws|tinyglobby)\//);
  });

  it('simulate: nothing of NATS, and nothing that has others play', async () => {
    const out = temporaryDirectory();
    const loaded = await loadedBy('simulate', shipped('ci.yaml'), '--out', out, '--quiet');
    expect(loaded).toContain('src/simulate/run.ts');
    expect(loaded).toContain('node_modules/pino');
    expect(loaded).not.toMatch(/src\/fleet\/|@nats-io/);
  });

  it('validate: no sockets', async () => {
    const loaded = await loadedBy('validate', shipped('ci.yaml'));
    expect(loaded).toContain('src/scenario/load.ts');
    expect(loaded).not.toMatch(/src\/judge\/|node_modules\/(?:ora|ws|tinyglobby)\//);
  });
});
