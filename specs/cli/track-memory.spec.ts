/** The command `blissdata-rx track-memory`, from the outside. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DataStore } from '../../lib/index.js';
import { child, type Child } from '../server/child.js';
import { freshRedis, type FreshRedis } from '../support/redis.js';

let redis: FreshRedis;
let running: Child[] = [];

beforeAll(async () => {
  redis = await freshRedis();
}, 300_000);
beforeEach(async () => {
  await redis.reset();
  await redis.client.config('SET', 'maxmemory', '100mb');
});
afterEach(async () => {
  for (const { process } of running) process.kill('SIGTERM');
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
});
afterAll(() => redis.stop());

function track(...args: readonly string[]): Child {
  const started = child('lib/cli/main.ts', ['track-memory', ...args]);
  running.push(started);
  return started;
}

/** Its next line without the time. */
const line = async (tracker: Child): Promise<string> => (await tracker.line()).replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, '');

describe('blissdata-rx track-memory', () => {
  it('reports what it does, line by line', async () => {
    const store = DataStore.connect(redis.url);
    const { key, close } = await store.createScan({ name: 'a', number: 1, data_policy: 'ESRF' }).then((scan) => ({ key: scan.key, close: () => scan.close() }));
    const tracker = track('--redis-url', redis.url, '--monitoring-period', '1', '--closed-scan-deletion', '1000');
    expect(await line(tracker)).toBe('INFO: Tracking memory: trimming from 80 MiB of 100 MiB on, but nothing of the last 180 s');
    expect(await line(tracker)).toBe(`INFO: Start tracking ${key}`);
    expect(await line(tracker)).toMatch(/^INFO: Memory usage: \d+(\.\d+)? MiB, 1 open scans, 0 streams$/);
    await close();
    expect(await line(tracker)).toBe(`INFO: Scan ${key} is closed, it has 1000 s to live`);
    expect(await redis.client.ttl(key)).toBeGreaterThan(900);
    await store.close();
  });

  it('prints the limits that it was given', async () => {
    const tracker = track('--redis-url', redis.url, '--cleaning-threshold', '72', '--protected-history', '321', '--monitoring-period', '23', '--inactive-scan-deletion', '80000');
    expect(await line(tracker)).toBe('INFO: Tracking memory: trimming from 72 MiB of 100 MiB on, but nothing of the last 321 s');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends well on %s', async (signal) => {
    const tracker = track('--redis-url', redis.url);
    await tracker.line();
    tracker.process.kill(signal);
    expect(await tracker.ended).toEqual({ code: 0, signal: null, stderr: '' });
  });

  it('refuses a server without a limit', async () => {
    await redis.client.config('SET', 'maxmemory', '0');
    const { code, stderr } = await track('--redis-url', redis.url).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^blissdata-rx: The Redis server at redis:\S+ has no memory limit: set maxmemory in its configuration\n$/);
  });

  it('refuses a database that is not set up, and sets it up with --init-db', async () => {
    await redis.client.flushall();
    expect(await track('--redis-url', redis.url).ended).toMatchObject({ code: 1, stderr: expect.stringContaining('not initialized') });
    const tracker = track('--redis-url', redis.url, '--init-db');
    expect(await line(tracker)).toContain('Tracking memory');
    expect(await redis.client.get('_PROTOCOL_VERSION_')).toBe('1');
  });

  it('needs an URL, and numbers where numbers are due', async () => {
    expect(await track().ended).toMatchObject({ code: 1, stderr: expect.stringContaining("required option '--redis-url <url>'") });
    expect(await track('--redis-url', redis.url, '--monitoring-period', 'x').ended).toMatchObject({ code: 1, stderr: expect.stringContaining('An integer is expected') });
    expect(await track('--redis-url', redis.url, '--cleaning-threshold', '101').ended).toMatchObject({ code: 1, stderr: expect.stringContaining('a percentage from 0 to 100') });
  });
});
