/** The example pages in a real Chromium, served by a gateway. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { gateway, type Gateway } from '../../lib/gateway.js';
import { DataStore, numeric, type ScanWriter, type StreamWriter } from '../../lib/index.js';
import { startChromium } from '../support/chromium.js';
import { freshRedis, type FreshRedis } from '../support/redis.js';

const names = ['live-values', 'live-scan'];
let redis: FreshRedis;
let browser: Browser;
let folder: string;
let served: Gateway;

beforeAll(async () => {
  [redis, browser, folder] = await Promise.all([freshRedis(), startChromium(), mkdtemp(join(tmpdir(), 'blissdata-rx-pages-'))]);
  await build({
    entryPoints: { 'live-values': 'examples/pages/live-values.ts', 'live-scan': 'examples/pages/live-scan.tsx' },
    bundle: true,
    outdir: folder,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    tsconfigRaw: {}, // what is installed, not the sources that the project's own paths lead to
    logLevel: 'error',
  });
  for (const name of names) await cp(`examples/pages/${name}.html`, join(folder, `${name}.html`));
  served = await gateway(redis.url, { port: 0, pages: folder });
}, 300_000);

beforeEach(() => redis.reset());

afterAll(async () => {
  await browser.close();
  await served.close();
  await redis.stop();
  await rm(folder, { recursive: true });
});

async function open(name: string): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const page = await browser.newPage({ locale: 'en-GB' });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => complaints.push(message.text()));
  await page.goto(new URL(`${name}.html`, served.url).href);
  return { page, complaints };
}

interface Running {
  readonly scan: ScanWriter;
  readonly diode: StreamWriter<'float64'>;
}

async function begin(store: DataStore, number: number): Promise<Running> {
  const scan = await store.createScan({ name: 'ascan', number, data_policy: 'ESRF' });
  const diode = scan.createStream('diode', numeric('float64'));
  scan.createStream('frelon', numeric('uint16', [4, 4]));
  await scan.prepare();
  await scan.start();
  return { scan, diode };
}

/** Waits until the page shows a text. */
const shows = (page: Page, text: string): Promise<unknown> => page.getByText(text).first().waitFor();

describe.each(names)('the page %s', (name) => {
  it('follows the newest scan: its state, and the newest value of each counter', async () => {
    await using store = DataStore.connect(redis.url);
    const { page, complaints } = await open(name);
    await shows(page, 'No scan yet');

    const { scan, diode } = await begin(store, 7);
    await shows(page, 'ascan 7');
    await shows(page, 'STARTED');
    await shows(page, 'no points yet');
    diode.send(0.25);
    await shows(page, '0.25 (point 0)');
    diode.send(0.5);
    await shows(page, '0.5 (point 1)');
    expect(await page.getByText('frelon').count()).toBe(0);
    await scan.stop();
    await scan.close();
    await shows(page, 'CLOSED');
    await shows(page, '0.5 (point 1)');

    const next = await begin(store, 8);
    next.diode.send(-1);
    await shows(page, 'ascan 8');
    await shows(page, '-1 (point 0)');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('shows a scan that has run before it was opened', async () => {
    await using store = DataStore.connect(redis.url);
    const { scan, diode } = await begin(store, 9);
    diode.send(2);
    await scan.stop();
    await scan.close();

    const { page, complaints } = await open(name);
    await shows(page, 'ascan 9');
    await shows(page, 'CLOSED');
    await shows(page, '2 (point 0)');
    expect(complaints).toEqual([]);
    await page.close();
  });
});
