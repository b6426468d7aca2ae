import { createHash } from 'node:crypto';
import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Cause } from '../../src/model/causes.ts';
import type { Finding } from '../../src/model/findings.ts';
import type { FindingQuotes, Quotes } from '../../src/model/quotes.ts';
import type { RunResult } from '../../src/model/result.ts';
import { REPORTERS } from '../../src/report/index.ts';
import type { Reported } from '../../src/report/reporter.ts';
import { sanitize } from '../../src/report/sanitize.ts';
import { EVIL as MARKUP, storm } from '../browser/storm.ts';
import { isThorough } from '../support/thorough.ts';
import { ALL_FINDINGS, BOUNDS, DOUBTS, EVIL, findingOf, NO_METRICS, RUN } from './results.ts';

const html = (reported: Reported) => REPORTERS.html.render([reported]);
const page = (fields: Partial<RunResult>) =>
  html({ result: { ...RUN, ...fields }, chartData: null });

function dataOf(text: string) {
  const [, json = ''] =
    /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(text) ?? [];
  return JSON.parse(json);
}

/** All but what the page is handed as data. */
const withoutData = (text: string) => text.replace(/(id="data">).*?(<\/script>)/s, '$1$2');

describe('the HTML report', () => {
  it('has each bound, held or not', () => {
    expect(dataOf(page({ bounds: BOUNDS })).bounds).toEqual([
      { text: 'recovery_p95 1.81 s < 4 s', is_held: true },
      { text: 'losses 205, expected < 100', is_held: false },
    ]);
  });

  it('keeps all that came from logs in its data, where nothing can end the element', () => {
    const text = `</script><script>alert(1)</script><!-- ${MARKUP} -->${EVIL}`;
    const evil = page({
      name: text,
      replay: text,
      run_dir: text,
      findings: [
        {
          ...findingOf('sequence-missing', { value: text }),
          session_id: text,
          evidence: [{ file: text, line: 1 }],
        },
      ],
      doubts: [{ code: 'log-missing', where: { file: text }, value: text }],
      evidence: [{ file: text, lines: 1, records: 1, ignored: 0, rejected: 0 }],
    });
    expect(withoutData(evil)).toBe(withoutData(page({})));
    expect(evil.match(/<script/g)).toHaveLength(2);
    expect(dataOf(evil).title).toContain('</script><script>alert(1)</script>');
    expect(dataOf(evil).title).toContain('\\u001b[2J');
  });

  it('allows its own scripts and style by hash, and nothing else', () => {
    const text = page({});
    const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(text) ?? [];
    const hashes = [
      ...text.matchAll(/<(?:style|script type="module")>(.*?)<\/(?:style|script)>/gs),
    ].map(([, code = '']) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`);
    expect(hashes).toHaveLength(2);
    for (const hash of hashes) expect(policy).toContain(hash);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
  });

  it('names no other file', () => {
    expect(page({})).not.toMatch(/\b(src|href)=|@import|url\(/);
  });

  it('has all that it runs in one script', () => {
    const [, code = ''] = /<script type="module">(.*?)<\/script>/s.exec(page({})) ?? [];
    // A script, unlike a module, can import nothing.
    expect(() => new vm.Script(code)).not.toThrow();
  });

  it('keeps the licence of the library that draws', () => {
    expect(page({})).toMatch(/\/\*! uPlot.*The MIT License.*Leon Sorokin/s);
  });

  it('has each finding with its sentence and lines, each doubt and each check', () => {
    const coverage: RunResult['coverage'] = [
      { code: 'session-forked', ran: false, lacking: 'no-documents' },
    ];
    const data = dataOf(page({ findings: ALL_FINDINGS, doubts: DOUBTS, coverage }));
    expect(data.findings).toHaveLength(ALL_FINDINGS.length);
    expect(data.findings[0]).toMatchObject({
      code: 'sequence-not-increasing',
      message: 'Connection 4 comes after connection 7, which has the higher number.',
      lines: [0],
      expected: false,
    });
    expect(data.lines).toEqual([
      // Where a log can't be read again, it has no text.
      { place: 'server.ndjson:12', text: null },
    ]);
    expect(data.doubts).toHaveLength(DOUBTS.length);
    expect(data.checks).toHaveLength(15);
    expect(data.checks).toContainEqual(
      expect.objectContaining({
        code: 'session-forked',
        ran: false,
        lacking: 'The log names no documents.',
      }),
    );
  });

  it('says in a sentence what the verdict rests on', () => {
    const headline = (fields: Partial<RunResult>) => dataOf(page(fields)).headline;
    expect(headline({})).toBe('Every session can be followed through its reconnects.');
    const coverage: RunResult['coverage'] = [
      { code: 'session-lost', ran: false, lacking: 'no-client-log' },
    ];
    expect(headline({ coverage })).toBe('The checks that could run found nothing.');
    expect(headline({ verdict: 'fail', findings: ALL_FINDINGS.slice(0, 2) })).toBe('2 findings.');
    expect(headline({ verdict: 'unknown', doubts: DOUBTS.slice(0, 1), interrupted: true })).toBe(
      '1 doubt and the run was interrupted.',
    );
    const expected_findings = [{ code: 'session-lost' as const, occurred: false }];
    expect(headline({ verdict: 'fail', expected_findings })).toBe(
      '1 expected finding that did not occur.',
    );
  });

  it('has the lines of findings in full, and what the other side wrote at that number', () => {
    const [finding, other] = [findingOf('gap-unexplained'), findingOf('close-missing', {}, 13)];
    const line = (log: 'server' | 'client', number: number, text: string) => ({
      log,
      file: `wsdiag-runs/refresh-storm-1/${log}.ndjson`,
      line: number,
      text,
    });
    const quotes: Quotes = {
      logs: ['server', 'client', 'faults'],
      of: new Map<Finding, FindingQuotes>([
        [
          finding,
          {
            cited: [line('server', 12, `{"msg":"${EVIL}"}`)],
            beside: [line('server', 14, 'its own'), line('client', 3, 'dialled')],
            more: ['client'],
          },
        ],
        [other, { cited: [line('server', 12, 'again')], beside: [], more: [] }],
      ]),
    };
    const data = dataOf(
      html({ result: { ...RUN, findings: [finding, other] }, chartData: null, quotes }),
    );
    expect(data.lines).toEqual([
      { place: 'server.ndjson:12', text: `{"msg":"${sanitize(EVIL)}"}` },
      { place: 'client.ndjson:3', text: 'dialled' },
    ]);
    expect(data.findings).toMatchObject([
      {
        lines: [0],
        beside: [
          {
            heading: 'The client’s log at #4: It has more lines of that number than are shown.',
            lines: [1],
          },
        ],
      },
      { lines: [0], beside: [{ heading: 'The client’s log has nothing of #4.', lines: [] }] },
    ]);
  });

  it('quotes no more than a page can hold', () => {
    const findings = Array.from({ length: 100 }, (_, line) => findingOf('session-lost', {}, line));
    const quotes: Quotes = {
      logs: ['server'],
      of: new Map(
        findings.map((finding) => [
          finding,
          {
            cited: finding.evidence.map((line) => ({ ...line, text: 'x'.repeat(20_000) })),
            beside: null,
            more: [],
          },
        ]),
      ),
    };
    const text = html({ result: { ...RUN, findings }, chartData: null, quotes });
    const texts = dataOf(text).lines.map(({ text }: { text: string | null }) => text?.length);
    expect(texts.filter((length?: number) => length === 20_000)).toHaveLength(50);
    expect(dataOf(text).lines).toHaveLength(100);
  });

  it('has findings by their causes first', () => {
    const findings = [findingOf('sequence-duplicated'), findingOf('threshold-crossed')].map(
      (finding, index) => (index === 0 ? finding : { ...finding, session_id: null }),
    ) as Finding[];
    const cause: Cause = {
      codes: ['sequence-duplicated'],
      sessions: 5,
      findings: 20,
      told_by: null,
      began_again: true,
      misnumbered: false,
      after: { event: 'reload' },
      examples: findings.slice(0, 1),
    };
    const data = dataOf(page({ findings, causes: [cause] }));
    expect(data.causes).toMatchObject([
      {
        message: '5 sessions began again at 1, each right after a reload.',
        rule: expect.stringContaining('docs/handshake.md'),
        examples: [{ code: 'sequence-duplicated', lines: [0] }],
        more: 19,
      },
    ]);
    expect(data.findings.map(({ in_cause }: { in_cause: boolean }) => in_cause)).toEqual([
      true,
      false,
    ]);
  });

  it('has a card for each number, with its name and unit, and none for what was not measured', () => {
    const { cards } = dataOf(page({}));
    expect(cards).toEqual([
      { name: 'Sessions', value: '200', unit: '', note: '' },
      {
        name: 'Attempts',
        value: '1,412',
        unit: '',
        note: '405 welcomed · 1,007 failed · 3 rejected',
      },
      { name: 'Losses', value: '205', unit: '', note: 'at most 198 sessions down at once' },
      {
        name: 'Recovery, p95',
        value: '1.81',
        unit: 's',
        note: 'p50 420 ms · p99 12.3 s · max 2 min 5 s',
      },
      { name: 'Peak attempts', value: '120', unit: 'in one second', note: '' },
      { name: 'Reconnects', value: '205', unit: '', note: 'at most 3 of one session' },
      { name: 'Connections at once', value: '200', unit: '', note: '' },
      {
        name: 'Event loop delay, p99',
        value: '12',
        unit: 'ms',
        note: 'client 12 ms · server 1 ms',
      },
    ]);
    expect(dataOf(page({ metrics: NO_METRICS })).cards).toEqual([]);
  });

  it('has the scenario’s text and description, and what it ran with', () => {
    const about = {
      scenario: `name: a\n# ${EVIL}`,
      description: 'All come back.',
      wsdiag_version: '0.1.0',
      node_version: 'v22.1.0',
    };
    const data = dataOf(html({ result: RUN, chartData: null, about }));
    expect(data.scenario.split('\n')[0]).toBe('name: a');
    expect(data.scenario).toContain('\\u001b[2J');
    expect(data.description).toBe('All come back.');
    expect(data.facts).toEqual([
      ['Started', '2026-01-01 00:00:00 UTC'],
      ['Duration', '12.3 s'],
      ['Seed', '42'],
      ['wsdiag', '0.1.0'],
      ['Node', 'v22.1.0'],
      ['Run directory', 'wsdiag-runs/refresh-storm-1'],
    ]);
  });

  it('says how many findings it leaves out', () => {
    const findings = Array.from({ length: 2100 }, () => findingOf('session-lost'));
    const data = dataOf(page({ findings }));
    expect([data.findings.length, data.more_findings]).toEqual([2000, 100]);
  });

  it('stays small with many sessions', () => {
    expect(html(storm(isThorough ? 5000 : 1500)).length).toBeLessThan(2_000_000);
  });
});
