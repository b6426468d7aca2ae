/** `npm run bench -- <name>`: each benchmark measures wsdiag against a yardstick in the same run. */
import { check } from './check.mjs';
import { proxy } from './proxy.mjs';
import { server } from './server.mjs';
import { start } from './start.mjs';
import { storm } from './storm.mjs';
import { workers } from './workers.mjs';

const BENCHES = { check, proxy, server, start, storm, workers };

const [name, ...rest] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench) {
  await bench(rest);
} else {
  console.error(`usage: npm run bench -- <${Object.keys(BENCHES).join(' | ')}>`);
  process.exitCode = 2;
}
