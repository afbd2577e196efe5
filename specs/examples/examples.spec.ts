/** The example programs run, each as a process of its own against a real Redis, and the README shows what they say. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as t from 'io-ts';
import { filter, firstValueFrom, lastValueFrom, map, switchMap, toArray } from 'rxjs';
import { DataStore, numeric, ScanState } from '../../lib/index.js';
import { freePort } from '../../lib/server/free-port.js';
import { PythonSession } from '../interop/python-session.js';
import { freshRedis, type FreshRedis } from '../support/redis.js';

let redis: FreshRedis;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  redis = await freshRedis();
}, 300_000);
beforeEach(() => redis.reset());
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await redis.stop();
});

interface Run {
  /** Resolves when the output contains a text. */
  prints(text: string): Promise<void>;
  /** Resolves to all it printed, once it has ended with exit code 0. */
  readonly output: Promise<string>;
  /** As Ctrl-C does. */
  interrupt(): void;
}

/** @param env more of the environment */
function start(name: string, args: readonly string[] = [redis.url], env: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', `examples/${name}.ts`, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  running.add(child);
  let printed = '';
  const onOutput = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      printed += piece.toString();
      for (const listener of onOutput) listener();
    });
  }
  const output = new Promise<string>((resolve, reject) => {
    child.once('close', (code) => {
      running.delete(child);
      if (code === 0) resolve(printed);
      else reject(new Error(`${name} ended with exit code ${String(code)}:\n${printed}`));
    });
  });
  const prints = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (printed.includes(text)) resolve();
      };
      onOutput.add(look);
      look();
      output.then(() => reject(new Error(`${name} ended without printing "${text}":\n${printed}`)), reject);
    });
  return { prints, output, interrupt: () => child.kill('SIGINT') };
}

/** How many clients wait for the next scan: their connections that bring invalidations. */
const waiting = async (count: number): Promise<void> => {
  for (;;) {
    const clients = String(await redis.client.call('CLIENT', ['LIST', 'TYPE', 'pubsub']));
    if (clients.split('\n').filter((line) => line !== '').length >= count) return;
  }
};

describe('the examples', () => {
  it('publish a scan, follow it live, and process it into another', async () => {
    const process_ = start('process');
    const follow = start('follow');
    await Promise.all([follow.prints('waiting for a scan'), process_.prints('waiting for a scan'), waiting(2)]);
    expect(await start('publish').output).toMatch(/published esrf:scan:\w{26}/);
    const followed = await follow.output;
    expect(followed).toContain('diode[0] = 0.000 mA');
    expect(followed).toContain('diode[99] = -0.458 mA');
    expect(followed).toContain('ascan is CLOSED');
    expect(await process_.output).toMatch(/published 100 means at esrf:scan:\w{26}/);
  }, 60_000);

  it('close the scan that they publish when they are interrupted, with all that they had sent', async () => {
    const store = DataStore.connect(redis.url);
    const process_ = start('process');
    await Promise.all([process_.prints('waiting for a scan'), waiting(1)]);
    const raw = await store.createScan({ name: 'raw', number: 1, data_policy: 'ESRF' });
    const image = raw.createStream('image', numeric('uint16', [2]));
    await raw.prepare();
    for (let i = 0; i < 10; i++) image.send(Uint16Array.of(i, i + 2));
    const scan = await firstValueFrom(store.followSearch({ session: 'processed' }).pipe(switchMap(({ key }) => store.loadScan(key))));
    const mean = await firstValueFrom(scan.stream('mean', 'float64'));
    await firstValueFrom(mean.points$.pipe(filter(({ index }) => index === 9)));
    process_.interrupt();
    await expect(process_.output).rejects.toThrow('exit code 130');
    expect(await lastValueFrom(mean.points$.pipe(map(({ value }) => value), toArray()))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await lastValueFrom(scan.state$)).toBe(ScanState.CLOSED);
    const python = await PythonSession.start('2.4.5', redis.url);
    expect(await python.ask(t.type({ state: t.string }), 'load', { key: scan.key })).toMatchObject({ state: 'CLOSED' });
    await python.end();
    await raw.close();
    await store.close();
  }, 60_000);

  it('merge two streams of a scan that is there', async () => {
    await start('publish').output;
    expect(await start('merge-streams').output).toMatch(/100 rows, the last one \{ index: 99, diode: -0\.4575\d+, mean: 99 \}/);
  }, 60_000);

  it('archive the images of a scan, show the newest, and read by hand', async () => {
    await start('publish').output;
    const archived = await start('archive').output;
    const counts = [...archived.matchAll(/archived (\d+) images/g)].map(([, count]) => Number(count));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(100);
    expect(archived).toContain('shown image 99, 99 passed over');
    expect(archived.match(/read \d+ images up to \d+/g)).toEqual(['read 30 images up to 30', 'read 30 images up to 60', 'read 30 images up to 90', 'read 10 images up to 100']);
    const [, folder = ''] = /100 images in (.+)/.exec(archived) ?? [];
    await rm(folder, { recursive: true });
  }, 60_000);

  it('search for scans, then tell of the next', async () => {
    await start('publish').output;
    const search = start('search');
    await search.prints('ascan #1 of session docs');
    await start('publish').output;
    expect((await search.output).match(/ascan #1 of session docs/g)).toHaveLength(2);
  }, 60_000);

  it('read all of a scan that is saved, from the file what Redis has let go of', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'blissdata-rx-spec-'));
    const python = await PythonSession.start('2.4.5', redis.url);
    try {
      const { key, streams } = await python.ask(t.type({ key: t.string, streams: t.record(t.string, t.string) }), 'publish_saved', { folder });
      for (const [step, ...args] of [['acquire', 20], ['save'], ['acquire', 20]] as const) await python.tell('saved_scan', { key, step, arguments: args });
      await redis.client.xtrim(streams['diode'] ?? '', 'MINID', '20-0');
      await python.tell('saved_scan', { key, step: 'finish' });
      const saved = await start('saved', [redis.url, folder]).output;
      expect(saved).toMatch(/points 0 to 19\npoints 20 to 39\ndiode\[0\] = \d+\.\d+/);
    } finally {
      await python.end();
      await rm(folder, { recursive: true });
    }
  }, 60_000);

  it('take the URL from the environment as well', async () => {
    expect(await start('publish', [], { BLISSDATA_URL: redis.url }).output).toContain('published esrf:scan:');
  }, 60_000);

  it('run on the package as it was built', async () => {
    for (const [subpath, file] of [['', 'index'], ['/operators', 'operators'], ['/kinds', 'kinds'], ['/tracker', 'tracker'], ['/testing', 'testing'], ['/hdf5', 'files'], ['/browser', 'browser']] as const) {
      const script = `console.log(import.meta.resolve('blissdata-rx${subpath}'))`;
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { cwd: 'examples' });
      expect(stdout.trim()).toBe(pathToFileURL(`dist/esm/${file}.js`).href);
    }
    // Without the paths of tsconfig.json, which lead to the sources.
    const built = { TSX_TSCONFIG_PATH: '.scripts/tsconfig.esm.json' };
    await start('publish', [redis.url], built).output;
    expect(await start('merge-streams', [redis.url], built).output).toContain('100 rows');
  }, 60_000);

  it('say what is wrong and fail where there is no server', async () => {
    const url = `redis://127.0.0.1:${await freePort('127.0.0.1', 0)}`;
    for (const name of ['archive', 'publish', 'follow', 'merge-streams', 'process', 'saved', 'search']) {
      await expect(start(name, [url]).output).rejects.toThrow(`No connection to ${url}`);
    }
  }, 60_000);

  it.each(['publish', 'follow'])('%s is what the README shows', async (name) => {
    const readme = await readFile('README.md', 'utf8');
    const program = await readFile(`examples/${name}.ts`, 'utf8');
    const shown = [...readme.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code ?? '').filter((code) => program.includes(code));
    expect(shown).toHaveLength(1);
  });
});
