import fs from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** The system's, by its usual names, or the one that Playwright has put away; undefined where there is none. */
export function findChromium(): string | undefined {
  const directories = (process.env.PATH ?? '').split(path.delimiter);
  const candidates = ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) =>
    directories.map((directory) => path.join(directory, name)),
  );
  return [...candidates, chromium.executablePath()].find((candidate) => fs.existsSync(candidate));
}

export function launchChromium(args: string[] = []): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new Error('there is no Chromium; try `npx playwright-core install --with-deps chromium`');
  }
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', ...args],
    // Playwright's, which would have each page made anew.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });
}
