/** How long a run keeps its user waiting once the last tab has gone. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure } from './check-measure.mjs';

const WSDIAG = fileURLToPath(new URL('../../bin/wsdiag.js', import.meta.url));

const scenarioFor = (sessions) => `name: goodbyes
seed: 1
duration: 12s
settle: 60s
clients: { count: ${sessions}, ramp_up: 5s, backoff: { policy: full-jitter, base: 500ms, max: 5s } }
timeline:
  - { at: 7s, fault: drop, how: rst, share: 30% }
`;

/** Seconds from the last `document_unloaded` to the end of the process, which comes behind its verdict. */
export async function secondsToVerdict(directory, sessions) {
  const scenario = path.join(directory, 'goodbyes.yaml');
  const runs = path.join(directory, 'runs');
  fs.writeFileSync(scenario, scenarioFor(sessions));
  const args = [WSDIAG, 'simulate', scenario, '--out', runs, '--quiet'];
  // A machine that is busy with something else makes for other verdicts, which take as long.
  await measure({ name: 'wsdiag simulate', args, exitCodes: [0, 1, 3] });
  const verdictAt = Date.now();
  return (verdictAt - lastGoodbye(path.join(runs, 'latest/client.ndjson'))) / 1000;
}

function lastGoodbye(file) {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const last = lines.findLast((line) => line.includes('"event":"document_unloaded"'));
  return Date.parse(JSON.parse(last).time);
}
