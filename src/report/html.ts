import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pageData } from './page-content.ts';
import type { PageData } from './page-data.ts';
import { pageShell } from './page-shell.ts';
import { STYLE } from './page-style.ts';
import type { Reporter } from './reporter.ts';
import { escaped } from './sanitize.ts';

/** One file that shows a run, and asks for nothing from anywhere. */
export const html: Reporter = {
  kind: 'document',
  file: 'report.html',
  draws: true,
  render: (reported, { command } = {}) =>
    reported.map((one) => page(pageData(one, command))).join(''),
};

function page(data: PageData): string {
  const { script, style, policy } = assets();
  const body = `<noscript>This page draws itself with a script, which is part of it; please allow scripts.</noscript>
<script type="application/json" id="data">${jsonInScript(data)}</script>
<script type="module">${script}</script>`;
  return pageShell({ title: 'wsdiag report', policy, style, body });
}

/**
 * Text from logs stands in here alone: as JSON that the browser does not run, and in which nothing can
 * end the element. The page makes text nodes of it.
 */
function jsonInScript(data: PageData): string {
  return JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, escaped);
}

interface Assets {
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

/** The page's script is bundled by the build: a page that is opened from disk may load no other file. */
function load(): Assets {
  // This file lies equally deep in `src` and in `dist`; the script is in `dist`.
  const bundle = fs.readFileSync(new URL('../../dist/report/page.js', import.meta.url), 'utf8');
  const uPlot = path.dirname(createRequire(import.meta.url).resolve('uplot/package.json'));
  const licence = fs.readFileSync(path.join(uPlot, 'LICENSE'), 'utf8').trim();
  const script = `/*! uPlot, https://github.com/leeoniya/uPlot\n\n${licence}\n*/\n${bundle}`;
  const style = fs.readFileSync(path.join(uPlot, 'dist/uPlot.min.css'), 'utf8') + STYLE;
  const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; base-uri 'none'; form-action 'none'`;
  return { script, style, policy };
}

/** As Content-Security-Policy names a script or a style. */
const hashOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
