/** The package in a real browser: its build for browsers, over the in-memory database, on a page that allows nothing but its own script. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../support/chromium.js';

const origin = 'http://beamline.test'; // no secure context, as at many beamlines
const policy = "default-src 'none'; script-src 'self'";

let browser: Browser | undefined;
let program: string;

beforeAll(async () => {
  browser = await startChromium();
  const { outputFiles } = await build({
    entryPoints: ['specs/browser/page/follow-scan.ts'],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'program',
    target: 'es2022',
    tsconfigRaw: {}, // what is installed, not the sources that the project's own paths lead to
    logLevel: 'error',
  });
  program = outputFiles[0]?.text ?? '';
});

afterAll(() => browser?.close());

interface Opened {
  readonly page: Page;
  /** Errors that nothing caught, refusals of the page's policy, and what was written to the console. */
  readonly complaints: readonly string[];
}

async function open(script: string): Promise<Opened> {
  if (browser === undefined) throw new Error('There is no browser');
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => complaints.push(message.text()));
  await page.route('**', (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') return route.fulfill({ contentType: 'text/html', headers: { 'content-security-policy': policy }, body: '<!doctype html><script src="/program.js"></script>' });
    if (pathname === '/program.js') return route.fulfill({ contentType: 'text/javascript', body: script });
    if (pathname === '/favicon.ico') return route.fulfill({ status: 204 });
    complaints.push(`asked for ${pathname}`);
    return route.abort();
  });
  await page.goto(origin);
  return { page, complaints };
}

it('publishes a scan, follows it, and reads it by every way', async () => {
  const { page, complaints } = await open(program);
  const result: unknown = await page.evaluate('program.followScan()');
  expect(result).toEqual({
    identity: { name: 'ascan', number: 7, data_policy: 'ESRF', session: 'page', proposal: null, collection: null, dataset: null, path: null },
    states: ['STARTED', 'STOPPED', 'CLOSED'],
    followed: (1000 * 999) / 4,
    chunked: 1000,
    rows: [
      { index: 0, diode: 0, log: { th: 0, shutter: 'open' } },
      { index: 1, diode: 0.5, log: { th: 1, shutter: 'open' } },
    ],
    cursor: { index: 0, data: [0, 0.5, 1] },
    at: 499.5,
    slice: [1, 1.5, 2],
    image: { shape: [2, 3], data: [5, 5, 5, 5, 5, 5] },
    spectrum: [[0], [1, 1], [2, 2, 2]],
    found: 1,
    missing: 'ScanNotFound',
  });
  expect(complaints).toEqual([]);
});

it('says what to do instead of connecting to Redis', async () => {
  const { page, complaints } = await open(program);
  expect(await page.evaluate('program.connectToRedis()')).toEqual([
    'InvalidUrl: Invalid URL: expected the URL of a gateway, such as wss://host:8765 (browsers cannot connect to Redis), and the token as an option, received redis://...',
    'InvalidUrl: Invalid URL: expected no URL in a browser: databases are initialised from Node, received redis://...',
  ]);
  expect(complaints).toEqual([]);
});

it('brings the symbols of `using` to browsers that lack them', async () => {
  const { page, complaints } = await open(`const symbolOfOld = ${symbolOfOld.toString()}; const program = ((Symbol) => { ${program}; return { ...program, symbols: () => [typeof Symbol.dispose, typeof Symbol.asyncDispose] }; })(symbolOfOld());`);
  expect(await page.evaluate('program.symbols()')).toEqual(['symbol', 'symbol']);
  expect(await page.evaluate('program.followScan()')).toMatchObject({ found: 1 });
  expect(complaints).toEqual([]);
});

/** A `Symbol` as it was before `using`: the real one cannot lose properties. */
function symbolOfOld(): object {
  const old = (description: string) => Symbol(description);
  for (const name of Object.getOwnPropertyNames(Symbol)) {
    if (!/dispose/i.test(name) && !Object.hasOwn(old, name)) Object.defineProperty(old, name, Object.getOwnPropertyDescriptor(Symbol, name) ?? {});
  }
  return old;
}
