import { createHash } from 'node:crypto';
import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/model/result.ts';
import { REPORTERS } from '../../src/report/index.ts';
import type { Reported } from '../../src/report/reporter.ts';
import { EVIL as MARKUP, storm } from '../browser/storm.ts';
import { isThorough } from '../support/thorough.ts';
import { ALL_FINDINGS, BOUNDS, DOUBTS, EVIL, findingOf, RUN } from './results.ts';

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
      places: ['server.ndjson:12'],
      expected: false,
    });
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

  it('says how many findings it leaves out', () => {
    const findings = Array.from({ length: 2100 }, () => findingOf('session-lost'));
    const data = dataOf(page({ findings }));
    expect([data.findings.length, data.more_findings]).toEqual([2000, 100]);
  });

  it('stays small with many sessions', () => {
    expect(html(storm(isThorough ? 5000 : 1500)).length).toBeLessThan(2_000_000);
  });
});
