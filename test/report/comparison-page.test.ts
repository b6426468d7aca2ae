import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { compareSeries, holdToLimits, limitOf, seriesOf } from '../../src/compare/index.ts';
import type { Series } from '../../src/model/comparison.ts';
import { comparisonPage } from '../../src/report/comparison-page.ts';
import { EVIL as MARKUP } from '../browser/storm.ts';
import { run } from '../compare/results.ts';
import { EVIL } from './results.ts';

const withCurve = (...counts: number[]) =>
  run({ attempts_over_time: { bucket_seconds: 0.5, counts }, recovery_p95: counts.length });

const page = (...series: Series[]) => {
  const comparison = compareSeries(series);
  return comparisonPage(comparison, holdToLimits([limitOf('recovery_p95>+20%')], comparison));
};

const A = seriesOf('a', [withCurve(10, 0, 5), withCurve(8, 1, 5)]);
const B = seriesOf('b', [withCurve(2, 4, 4, 4)]);

describe('the page of a comparison', () => {
  it('has the curve of each run, in the colour of its series', () => {
    const curves = [...page(A, B).matchAll(/<path class="curve series-(\d)" d="([^"]+)"/g)];
    expect(curves.map(([, series]) => series)).toEqual(['0', '0', '1']);
    const steps = curves.map(([, , path = '']) => path.match(/H/g)?.length);
    expect(steps).toEqual([3, 3, 4]);
    expect(page(A, B)).toContain('>20/s</text>');
    expect(page(A, B)).toContain('>2 s</text>');
  });

  it('says what the terminal says', () => {
    const text = page(A, B);
    expect(text).toContain('<p class="headline">Recovery p95 rose from 3 s to 4 s (+33 %).</p>');
    expect(text).toContain('<li>✖ recovery_p95&gt;+20%: 3 s in A, 4 s in B (+33 %)</li>');
    expect(text).toContain(
      '<tr><th scope="row">recovery_p95</th><td>3 s</td><td>4 s</td><td>+1 s (+33 %)</td></tr>',
    );
  });

  it('has no chart where nothing was attempted', () => {
    const still = seriesOf('a', [withCurve()]);
    expect(page(still, still)).not.toContain('<svg');
  });

  it('runs no script, and lets nothing from outside be markup', () => {
    const evil = { ...A, label: `${MARKUP}${EVIL}`, name: `${MARKUP}${EVIL}` };
    const text = page(evil, { ...B, name: evil.name });
    expect(text).not.toMatch(/<script|<img|[^\n\P{Cc}]|\p{Cf}/u);
    expect(text.match(/<\w+/g)?.length).toBe(page(A, B).match(/<\w+/g)?.length);
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(text) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(text).toContain(`default-src 'none'; style-src 'sha256-${hash}'`);
  });
});
