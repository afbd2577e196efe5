/** What a real browser makes of the checks and headers: pages of other servers, scripts in pages, frames. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../../support/chromium.js';
import { closeAfterEach, open, type Opened } from './opened.js';

closeAfterEach();

let browser: Browser;
let other: Server;
/** Of the other server. */
let origin: string;
let body = '';
beforeAll(async () => {
  browser = await startChromium();
  other = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end(body)).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  origin = `http://127.0.0.1:${typeof address === 'object' ? String(address?.port) : ''}`;
}, 300_000);
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
afterAll(async () => {
  await browser.close();
  other.close();
});

async function pageAt(url: string): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

const files = new Map([
  ['index.html', Buffer.from('<!doctype html><title>of the gateway</title><p id="p">as it was</p><script>document.title = "inline"</script><script src="main.js"></script>')],
  ['main.js', Buffer.from('document.getElementById("p").textContent = "the script ran"')],
]);

/** The first message that comes for a hello, or what was said in its place. */
const hello = (page: Page, { port }: Opened): Promise<string> =>
  page.evaluate(
    (url) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(url, 'blissdata.v1');
        socket.onopen = () => socket.send('{"hello":1}');
        socket.onmessage = ({ data }) => resolve(String(data));
        socket.onerror = () => resolve('an error');
      }),
    `ws://127.0.0.1:${port}/v1/socket`,
  );

describe('a page of the gateway', () => {
  it('connects', async () => {
    const opened = await open({ pages: files });
    expect(await hello(await pageAt(opened.url), opened)).toContain('"welcome":1');
  });

  it('runs its scripts, and none that was put into its text', async () => {
    const page = await pageAt((await open({ pages: files })).url);
    expect(await page.title()).toBe('of the gateway');
    expect(await page.textContent('#p')).toBe('the script ran');
  });

  it('fetches nothing from elsewhere, and connects nowhere else', async () => {
    const opened = await open({ pages: files });
    const elsewhere = await open({ origins: [opened.url] });
    const page = await pageAt(opened.url);
    expect(await page.evaluate((url) => fetch(url, { mode: 'no-cors' }).then(() => 'fetched', () => 'refused'), origin)).toBe('refused');
    await expect(hello(page, elsewhere).catch(() => 'an error')).resolves.toBe('an error');
  });
});

describe('a page of another server', () => {
  it('does not connect, even though the browser is on the machine of the gateway', async () => {
    body = '<!doctype html><title>other</title>';
    const opened = await open({ pages: files });
    expect(await hello(await pageAt(origin), opened)).toBe('an error');
    await opened.logs({ event: 'refused', reason: 'origin' });
  });

  it('connects where it was named', async () => {
    body = '<!doctype html><title>other</title>';
    const opened = await open({ origins: [origin] });
    expect(await hello(await pageAt(origin), opened)).toContain('"welcome":1');
  });

  it('reads none of the answers of the gateway', async () => {
    body = '<!doctype html><title>other</title>';
    const opened = await open({ pages: files });
    const page = await pageAt(origin);
    for (const path of ['/', '/metrics', '/healthz']) expect(await page.evaluate((url) => fetch(url).then((answer) => answer.text(), () => 'refused'), `${opened.url}${path}`)).toBe('refused');
  });

  it('frames none of its pages unless it was named', async () => {
    const framed = async (opened: Opened): Promise<string> => {
      body = `<!doctype html><title>other</title><iframe src="${opened.url}"></iframe>`;
      const page = await pageAt(origin);
      const frame = page.frames()[1];
      return frame === undefined ? 'no frame' : frame.title();
    };
    expect(await framed(await open({ pages: files }))).not.toBe('of the gateway');
    expect(await framed(await open({ pages: files, embedOrigins: [origin] }))).toBe('of the gateway');
  });
});
