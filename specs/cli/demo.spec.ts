/** `npm start` as its user sees it: the demonstration runs, checks every point, and stops cleanly. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, switchMap } from 'rxjs';
import { DataStore, ScanState } from '../../lib/index.js';
import { freshRedis, type FreshRedis } from '../support/redis.js';

let redis: FreshRedis;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  redis = await freshRedis();
}, 300_000);
beforeEach(async () => void (await redis.client.flushall()));
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await redis.stop();
});

function demo(...options: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'lib/cli/main.ts', 'demo', ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    printed += piece;
  });
  const ended = once(child, 'close').then(([code]: unknown[]) => {
    running.delete(child);
    return { code, lines: printed.trimEnd().split('\n') };
  });
  const prints = async (text: string): Promise<void> => {
    while (!printed.includes(text)) await once(child.stdout, 'data');
  };
  return { child, ended, prints };
}

describe('the demonstration', () => {
  it('sets an empty server up, checks 4000 of 4000 points, and ends by itself', async () => {
    const { code, lines } = await demo('--once', '--redis', redis.url).ended;
    expect(lines.at(-1)).toMatch(/^checked 4000 of 4000 points, \d+\.\d MB\/s, slowest lag \d+\.\d ms$/);
    expect(lines.join('\n')).toMatch(/→ STOPPED → CLOSED, end_reason SUCCESS/);
    expect(code).toBe(0);
  }, 60_000);

  it('starts a server of its own and leaves none behind', async () => {
    const { code, lines } = await demo().ended;
    expect(code).toBe(0);
    const url = /redis:\S+/.exec(lines[0] ?? '')?.[0] ?? '';
    const store = DataStore.connect(url);
    await expect(firstValueFrom(store.lastTimetag())).rejects.toMatchObject({ _tag: 'Disconnected' });
    await store.close();
  }, 60_000);

  it('closes the scan and seals its streams when it is interrupted', async () => {
    const { child, ended, prints } = demo('--redis', redis.url);
    await prints('lag');
    child.kill('SIGINT');
    const { code, lines } = await ended;
    expect(code).toBe(130);
    expect(lines.at(-1)).toMatch(/^checked \d+ of 4000 points/);

    const store = DataStore.connect(redis.url);
    const { keys } = await firstValueFrom(store.search());
    expect(keys).toHaveLength(1);
    const scan = await firstValueFrom(store.loadScan(keys[0] ?? ''));
    expect(await firstValueFrom(scan.snapshot$)).toMatchObject({ state: ScanState.CLOSED, info: { end_reason: 'USER_ABORT' } });
    // A stream completes only if it is sealed.
    for (const name of ['diode', 'spectrum', 'image', 'log']) await lastValueFrom(scan.stream(name).pipe(switchMap((stream) => stream.chunks$)));
    await store.close();
  }, 60_000);

  it('says what is wrong with a server that it is given, and fails', async () => {
    await redis.client.set('something', 'else');
    expect((await demo('--redis', redis.url).ended).code).toBe(1);
  }, 60_000);
});
