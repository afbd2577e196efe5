/** The package in a real browser, over real HTTP: on a page that a gateway serves, through that gateway, on Redis. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { build } from 'esbuild';
import * as t from 'io-ts';
import type { Browser, Page } from 'playwright-core';
import { asyncScheduler, firstValueFrom, interval, lastValueFrom, map, toArray } from 'rxjs';
import { DataStore, json, numeric, type StreamWriter } from '../../lib/index.js';
import { PythonSession } from '../interop/python-session.js';
import { renderData, renderPoint } from '../interop/rendering.js';
import { Proxy } from '../faults/proxy.js';
import { publishing } from '../scan/publishing.js';
import { startChromium } from '../support/chromium.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { freshRedis, type FreshRedis } from '../support/redis.js';

let browser: Browser;
let redis: FreshRedis;
let gateway: GatewayProcess;
let store: DataStore;
let pages: Readonly<Record<string, string>>;

beforeAll(async () => {
  [browser, redis] = await Promise.all([startChromium(), freshRedis()]);
  const { outputFiles } = await build({
    entryPoints: ['specs/browser/page/through-gateway.ts'],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'program',
    target: 'es2022',
    tsconfigRaw: {}, // what is installed, not the sources that the project's own paths lead to
    logLevel: 'error',
  });
  pages = { 'index.html': '<!doctype html><script src="/program.js"></script>', 'program.js': outputFiles[0]?.text ?? '' };
  gateway = await GatewayProcess.start(redis.url, { port: 0, allowWrite: true, pages });
}, 300_000);

afterAll(async () => {
  await Promise.all([browser.close(), gateway.kill()]);
  await redis.stop();
});

beforeEach(async () => {
  await redis.reset();
  store = DataStore.connect(redis.url);
});
afterEach(() => store.close());

/** Errors that nothing caught, refusals of the page's policy, and what was written to the console. */
let complaints: string[] = [];

async function open(url: string): Promise<Page> {
  complaints = [];
  const page = await browser.newPage();
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => complaints.push(message.text()));
  // Browsers ask for it by themselves.
  await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }));
  await page.goto(url);
  return page;
}

const points = 400;

it('follows a scan, and reads it by every way', async () => {
  const page = await open(gateway.url);
  await page.evaluate('program.followNext()');
  const writer = await store.createScan({ name: 'ascan', number: 7, data_policy: 'ESRF', session: 'page' });
  const diode = writer.createStream('diode', numeric('float64'));
  const log = writer.createStream('log', json());
  await writer.prepare();
  await writer.start();
  for (let i = 0; i < points; i++) {
    diode.send(i / 2);
    if (i < 4) log.send({ th: i });
    if (i % 20 === 0) await diode.flush();
  }
  await writer.stop();
  await writer.close();
  const result = await page.evaluate('program.result()');
  expect(result).toMatchObject({
    sum: (points * (points - 1)) / 4,
    chunked: points,
    consumed: points,
    newest: { index: points - 1, value: (points - 1) / 2 },
    rows: [
      { index: 0, diode: 0, log: { th: 0 } },
      { index: 1, diode: 0.5, log: { th: 1 } },
    ],
    identity: 'page',
    cursor: expect.arrayContaining([0]),
    at: (points - 1) / 2,
    slice: [1, 1.5, 2],
    length: points,
    found: [writer.key],
    missing: 'ScanNotFound',
    beyond: 'IndexWontBeThere',
    mismatch: 'DtypeMismatch',
  });
  expect(complaints).toEqual([]);
  await page.close();
});

it('publishes where the gateway lets it', async () => {
  const page = await open(gateway.url);
  const key = t.string.decode(await page.evaluate(`program.publish(${points})`));
  const scan = await firstValueFrom(store.loadScan(key._tag === 'Right' ? key.right : ''));
  const diode = await firstValueFrom(scan.stream('diode', 'float64'));
  expect((await firstValueFrom(diode.slice())).data).toEqual(Float64Array.from({ length: points }, (_, i) => i / 4));
  const log = await firstValueFrom(scan.stream('log', 'json'));
  expect(await firstValueFrom(log.at(0))).toEqual({ big: 2n ** 63n });
  expect(complaints).toEqual([]);
  await page.close();
});

it('is refused from a page of another origin, and where it needs a right that it has not', async () => {
  const other = await serve({ ...pages });
  const readOnly = await GatewayProcess.start(redis.url, { port: 0, pages });
  const page = await open(other.url);
  expect(await page.evaluate(`program.connectTo('${gateway.url}')`)).toBe('Disconnected');
  await page.close();
  const reading = await open(readOnly.url);
  expect(await reading.evaluate(`program.connectTo('${readOnly.url}')`)).toBe('no error');
  // The page's own policy refuses it before the other gateway does.
  expect(await reading.evaluate(`program.connectTo('${gateway.url}')`)).toBe('Disconnected');
  expect(complaints.join('\n')).toContain('Content Security Policy');
  expect(await reading.evaluate("program.publish(1).then(() => 'published', ({ _tag }) => _tag)")).toBe('AccessDenied');
  await reading.close();
  await readOnly.kill();
  other.server.close();
});

/** A web server that knows nothing of the gateway. */
async function serve(texts: Readonly<Record<string, string>>): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer(({ url = '/' }, response) => {
    const name = url === '/' ? 'index.html' : url.slice(1);
    response.setHeader('content-type', name.endsWith('.js') ? 'text/javascript' : 'text/html');
    response.end(texts[name] ?? '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}` };
}

it('decodes what Python publishes as Node does: every dtype and byte order, ragged, NaN, integers of 64 bits', async () => {
  const python = await PythonSession.start('2.4.5', redis.url);
  try {
    const { key } = await python.ask(t.type({ key: t.string }), 'publish_first_half');
    await python.ask(t.unknown, 'publish_the_rest');
    const scan = await firstValueFrom(store.loadScan(key));
    const streams = [...(await firstValueFrom(scan.streams$)).values()].filter(({ problem }) => problem === undefined);
    const expected = Object.fromEntries(
      await Promise.all(
        streams.map(async (stream) => {
          const values = await lastValueFrom(stream.points$.pipe(map(({ value }) => renderPoint(stream.dtype, value)), toArray()));
          return [stream.name, { points: values, slice: await lastValueFrom(stream.slice().pipe(map((data) => renderData(stream.dtype, data)))) }] as const;
        }),
      ),
    );
    const page = await open(gateway.url);
    const found = await page.evaluate(`program.renderAll('${key}')`);
    expect(found).toEqual(expected);
    expect(Object.keys(expected).length).toBeGreaterThan(30);
    expect(complaints).toEqual([]);
    await page.close();
  } finally {
    await python.end();
  }
});

/** Publishes points whose values are their indices, so many at a time, every 5 ms. */
async function publishLive(writer: StreamWriter<'float64'>, total: number, each: number): Promise<void> {
  await lastValueFrom(
    interval(5, asyncScheduler).pipe(
      map(() => {
        for (let i = 0; i < each && writer.length < total; i++) writer.send(writer.length);
        if (writer.length >= total) throw new Error('enough');
      }),
    ),
  ).catch(() => undefined);
  await writer.flush();
}

it('gets 20,000 points in order and once though its connections are cut every 400 ms', async () => {
  const proxy = await Proxy.to(gateway.socketUrl);
  const { scan, writer } = await publishing(store, numeric('float64'));
  writer.send(0);
  await writer.flush();
  const page = await open(proxy.url.replace('ws', 'http').replace(/\/$/, ''));
  await page.evaluate(`program.count('${scan.key}')`);
  const cuts = interval(400, asyncScheduler).subscribe(() => proxy.resetAll());
  await publishLive(writer, 20_000, 20);
  cuts.unsubscribe();
  await scan.close();
  expect(await page.evaluate('program.result()')).toMatchObject({ points: 20_000, wrong: 0, newest: 19_999 });
  // The browser tells of each connection that was lost, and the page of nothing else.
  expect(complaints.filter((complaint) => !complaint.includes('WebSocket'))).toEqual([]);
  expect(proxy.made).toBeGreaterThan(8);
  await page.close();
  proxy.close();
});

it('gets every point once after it has hung, while the memory of the gateway stays where it was', async () => {
  const { scan, writer } = await publishing(store, numeric('float64', [2500]));
  const { scan: counted, writer: scalars } = await publishing(store, numeric('float64'));
  scalars.send(0);
  await scalars.flush();
  const page = await open(gateway.url);
  await page.evaluate(`program.count('${counted.key}')`);
  const before = await gateway.memory();
  const stalled = page.evaluate('program.stall(4000)');
  const image = new Float64Array(2500);
  // 20 MB of which nothing is read, and 5,000 points that wait.
  for (let i = 0; i < 1000; i++) if (!writer.send(image)) await writer.ready();
  await publishLive(scalars, 20_000, 50);
  const during = await gateway.memory();
  await stalled;
  await Promise.all([scan.close(), counted.close()]);
  expect(await page.evaluate('program.result()')).toMatchObject({ points: 20_000, wrong: 0, newest: 19_999 });
  expect((during.kept - before.kept) / 1e6).toBeLessThan(8);
  process.stdout.write(`a tab hangs: the gateway keeps ${((during.kept - before.kept) / 1e6).toFixed(1)} MB more, its resident memory changes by ${((during.rss - before.rss) / 1e6).toFixed(1)} MB\n`);
  expect(complaints).toEqual([]);
  await page.close();
});
