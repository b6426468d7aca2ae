import { describe, expect, it } from 'vitest';
import { LogPost } from '../../src/page/log-post.ts';
import { FakePages, settled } from './fake-page.ts';

function begin() {
  const browser = new FakePages();
  const window = browser.tab().load();
  return { browser, window, post: new LogPost(window.asPage, '/log') };
}

const textOf = (...numbers: number[]) => numbers.map((n) => `{"n":${n}}\n`).join('');

describe('lines', () => {
  it('are posted in batches, as NDJSON', async () => {
    const { browser, window, post } = begin();
    post.write({ n: 1 });
    post.write({ n: 2 });
    expect(window.posts).toEqual([]);
    await browser.run(1000);
    expect(window.posts.map(({ body }) => body)).toEqual([textOf(1, 2)]);
  });

  it('wait for the batch before them, and go again where that was not taken', async () => {
    const { browser, window, post } = begin();
    post.write({ n: 1 });
    await browser.run(1000);
    post.write({ n: 2 });
    await browser.run(5000);
    expect(window.posts).toHaveLength(1);
    window.posts[0]?.answer(false);
    await browser.run(5000);
    expect(window.posts.at(-1)?.body).toBe(textOf(1, 2));
    window.posts.at(-1)?.answer(true);
    post.write({ n: 3 });
    await browser.run(1000);
    expect(window.posts.at(-1)?.body).toBe(textOf(3));
  });

  it('are left behind by a page that goes, in pieces that a browser takes', () => {
    const { window, post } = begin();
    const text = 'x'.repeat(10_000);
    for (let n = 0; n < 5; n++) post.write({ text, n });
    window.hide(false);
    expect(window.beacons).toHaveLength(3);
    expect(window.beacons.join('').trimEnd().split('\n')).toHaveLength(5);
    for (const beacon of window.beacons) expect(beacon.length).toBeLessThan(30_000);
  });

  it('are kept where the browser does not take them', async () => {
    const { browser, window, post } = begin();
    window.navigator.sendBeacon = () => false;
    post.write({ n: 1 });
    window.hide(true);
    window.show();
    post.write({ n: 2 });
    await browser.run(1000);
    expect(window.posts.map(({ body }) => body)).toEqual([textOf(1, 2)]);
  });

  it('are posted when the page is hidden, for it may not be told of its end', async () => {
    const { window, post } = begin();
    post.write({ n: 1 });
    window.document.dispatchEvent(new Event('visibilitychange'));
    await settled();
    expect(window.posts).toHaveLength(1);
  });

  it('do not fill the memory where nobody takes them', async () => {
    const { browser, window, post } = begin();
    for (let n = 0; n < 3000; n++) post.write({ n });
    await browser.run(1000);
    expect(window.posts[0]?.body.startsWith('{"n":1000}\n')).toBe(true);
  });

  it('of a line too long for a batch are sent all the same', async () => {
    const { browser, window, post } = begin();
    post.write({ text: 'x'.repeat(40_000) });
    post.write({ n: 1 });
    await browser.run(1000);
    window.posts[0]?.answer(true);
    await browser.run(1000);
    expect(window.posts.map(({ body }) => body.length)).toEqual([40_012, textOf(1).length]);
  });
});
