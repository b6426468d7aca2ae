import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pageData } from './page-content.ts';
import type { PageData } from './page-data.ts';
import { STYLE } from './page-style.ts';
import type { Reporter } from './reporter.ts';
import { escaped } from './sanitize.ts';

/** One file that shows a run, and asks for nothing from anywhere. */
export const html: Reporter = {
  kind: 'document',
  file: 'report.html',
  draws: true,
  render: (reported) => reported.map((one) => page(pageData(one))).join(''),
};

/** The page's own modules as they were compiled, in an order in which each needs only those before. */
const MODULES = [
  'model/chart-data.js',
  'report/page/dom.js',
  'report/page/format.js',
  'report/page/time-range.js',
  'report/page/layout.js',
  'report/page/charts.js',
  'report/page/fault-strip.js',
  'report/page/ends.js',
  'report/page/lane-book.js',
  'report/page/lane-canvas.js',
  'report/page/lane-story.js',
  'report/page/lane-rows.js',
  'report/page/lanes.js',
  'report/page/sections.js',
  'report/page/main.js',
];

function page(data: PageData): string {
  const { plotting, script, style, policy } = assets();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>wsdiag report</title>
<style>${style}</style>
</head>
<body>
<noscript>This page draws itself with a script, which is part of it; please allow scripts.</noscript>
<script type="application/json" id="data">${jsonInScript(data)}</script>
<script>${plotting}</script>
<script type="module">${script}</script>
</body>
</html>
`;
}

/**
 * Text from logs stands in here alone: as JSON that the browser does not run, and in which nothing can
 * end the element. The page makes text nodes of it.
 */
function jsonInScript(data: PageData): string {
  return JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, escaped);
}

interface Assets {
  plotting: string;
  script: string;
  style: string;
  policy: string;
}

let loaded: Assets | undefined;

/** What is the same for every page, read once. */
function assets(): Assets {
  loaded ??= load();
  return loaded;
}

function load(): Assets {
  const uPlot = path.dirname(createRequire(import.meta.url).resolve('uplot/package.json'));
  const licence = fs.readFileSync(path.join(uPlot, 'LICENSE'), 'utf8').trim();
  const code = fs.readFileSync(path.join(uPlot, 'dist/uPlot.iife.min.js'), 'utf8');
  const plotting = `/*! uPlot, https://github.com/leeoniya/uPlot\n\n${licence}\n*/\n${code}`;
  const style = fs.readFileSync(path.join(uPlot, 'dist/uPlot.min.css'), 'utf8') + STYLE;
  const script = joined(MODULES);
  const scripts = [plotting, script].map(hashOf).join(' ');
  const policy = `default-src 'none'; script-src ${scripts}; style-src ${hashOf(style)}; base-uri 'none'; form-action 'none'`;
  return { plotting, script, style, policy };
}

/**
 * The modules as one: a page that is opened from disk may load no other file. Their names share one
 * scope, so two of the same name are a syntax error.
 */
function joined(modules: string[]): string {
  // This file lies equally deep in `src` and in `dist`; the page is compiled in both cases.
  const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
  return modules
    .map((module) => fs.readFileSync(path.join(dist, module), 'utf8'))
    .map((code) =>
      code
        .replace(/^import\b[^;]*;$/gm, '')
        .replace(/^export (?=(?:async )?function|const|let|class)/gm, '')
        .replace(/^export \{\};$/gm, '')
        .replace(/^\/\/# sourceMappingURL=.*$/gm, ''),
    )
    .join('\n');
}

/** As Content-Security-Policy names a script or a style. */
const hashOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
