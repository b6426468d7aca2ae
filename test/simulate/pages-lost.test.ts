/** What browsers and users do to pages at bad moments, and a sound client comes through. */
import { describe, expect, it } from 'vitest';
import { readSummary, runCli, runDirectoryIn, scenarioFile } from '../support/cli.ts';
import { firstOf, itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

async function simulated(as: string, text: string) {
  const out = temporaryDirectory();
  const scenario = `name: pages-lost
seed: 1
duration: 1500ms
settle: 10s
clients: { count: 2, as: ${as}, backoff: { policy: fixed, base: 50ms, max: 50ms } }
${text}`;
  const { code } = await runCli(['simulate', scenarioFile(scenario), '--out', out]);
  return { code, summary: readSummary(runDirectoryIn(out)) };
}

describe('a run passes', () => {
  it.each(
    firstOf(
      [
        'a browser brings back storage that is older than the session',
        'chromium',
        'timeline: [{ at: 500ms, fault: restore, ago: 5s }]',
      ],
      [
        'it does so twice, while nobody is welcomed',
        'node',
        `timeline:
  - { at: 300ms, fault: drop }
  - { at: 500ms, fault: reject_handshakes, for: 500ms }
  - { at: 550ms, fault: drop }
  - { at: 700ms, fault: restore, ago: 300ms }
  - { at: 800ms, fault: refresh }
  - { at: 850ms, fault: restore, ago: 250ms }`,
      ],
      [
        'it does so, and the server knows nothing of the session any more',
        'chromium',
        `timeline:
  - { at: 300ms, fault: drop }
  - { at: 500ms, fault: drop }
  - { at: 700ms, fault: restart_server, how: crash, down_for: 100ms }
  - { at: 750ms, fault: restore, ago: 500ms }
  - { at: 1200ms, fault: drop }`,
      ],
      [
        'a page vanishes whose storage was cleared',
        'firefox',
        `timeline:
  - { at: 500ms, fault: clear_storage }
  - { at: 510ms, fault: discard, for: 100ms }`,
      ],
      [
        'a page vanishes that went on in another session',
        'chromium',
        `timeline:
  - { at: 300ms, fault: clear_storage }
  - { at: 400ms, fault: drop }
  - { at: 800ms, fault: restore, ago: 0ms }`,
      ],
      [
        'the link comes back while a page is in the cache',
        'chromium',
        `timeline:
  - { at: 400ms, fault: offline, for: 400ms }
  - { at: 500ms, fault: refresh }
  - { at: 600ms, fault: bfcache, for: 500ms }`,
      ],
    ),
  )('where %s: %s', async (_, as, text) => {
    expect(await simulated(as, text)).toMatchObject({
      code: 0,
      summary: { findings: [], doubts: [] },
    });
  });

  itThoroughly(
    'where a link was away for less than it takes a page to hear of it, which changes nothing',
    async () => {
      const { code, summary } = await simulated(
        'firefox',
        'timeline: [{ at: 500ms, fault: offline, for: 600ms }]',
      );
      expect(code).toBe(0);
      expect(summary.metrics).toMatchObject({ attempts: 2, losses: 0 });
    },
  );

  itThoroughly(
    'where the server gave the connection up meanwhile, which the page hears once it can',
    async () => {
      const { code, summary } = await simulated(
        'firefox',
        `server: { heartbeat: { interval: 100ms, timeout: 300ms } }
timeline: [{ at: 300ms, fault: offline, for: 800ms }]`,
      );
      expect(code).toBe(0);
      expect(summary.metrics).toMatchObject({ attempts: 4, losses: 2, unrecovered_sessions: 0 });
    },
  );
});
