/** Whether the benchmark still runs: with sizes so small that its figures mean nothing. */
import { describe, expect, it } from '@jest/globals';
import { run } from '../../lib/server/run.js';

const sizes = ['--runs', '1', '--points', '500', '--peer-points', '200', '--example-points', '4', '--batches', '3', '--images', '3', '--frames', '2', '--documents', '50', '--look-ups', '40', '--seconds', '1', '--streams', '12', '--counters', '7', '--megabytes', '20', '--gateway-seconds', '1', '--clients', '5', '--whole-clients', '2', '--stall-seconds', '1', '--without-tiled'];

const bench = (...args: readonly string[]): ReturnType<typeof run> => run(process.execPath, ['--expose-gc', '--import', 'tsx', 'specs/bench/main.ts', ...args]);

/** A line of a table: the contestant, the figure, and its median, least and greatest. */
const line = (contestant: string, figure: string): RegExp => {
  const rate = String.raw`\s+-?[\d.]+(?: [kM])?`;
  return new RegExp(String.raw`^  ${contestant.replaceAll('$', String.raw`\$`)}\s+${figure}${rate}${rate}${rate}`, 'm');
};

describe('the benchmark', () => {
  it('measures everything against Python, and checks on both sides that what was read is what was written', async () => {
    const { code, stdout, stderr } = await bench(...sizes);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const contestant of ['blissdata-rx', 'blissdata-rx, coalesce: false', 'Python 2.4.5', 'Redis alone, a script of XADDs']) {
      expect(stdout).toMatch(line(contestant, 'write'));
    }
    for (const kind of ['float64 points, an entry each', 'float64 points in entries of 1000', 'images of 200 KB', 'images of 8 MB', 'JSON documents']) {
      const table = stdout.split('\n\n').find((part) => part.startsWith(`Catching up with ${kind}`)) ?? '';
      for (const contestant of ['blissdata-rx, chunks$', 'ioredis XREAD, counts bytes', 'Python 2.4.5']) expect(table).toMatch(line(contestant, 'read'));
      expect(table).toMatch(/x ioredis XREAD, counts bytes, (?:at least|SHORT of) 0.9 x; .* x Python 2\.4\.5, (?:at least|SHORT of) [\d.]+ x/);
    }
    for (const figure of ['at, one after another', 'at, 40 in one tick', 'at, 40 in a row in one tick', 'slices, one after another', 'slices, 10 in one tick']) {
      expect(stdout).toMatch(line('blissdata-rx', figure));
      expect(stdout).toMatch(line('Python 2.4.5', figure));
    }
    const images = stdout.split('\n\n').find((part) => part.startsWith('Publishing images of 200 KB one by one')) ?? '';
    for (const contestant of ['blissdata-rx', 'a bare socket, plain XADD, 2 MB at a time', 'Python 2.4.5']) expect(images).toMatch(line(contestant, 'publish'));
    const counters = stdout.split('\n\n').find((part) => part.startsWith('Many counters: 7')) ?? '';
    for (const contestant of ['blissdata-rx', 'Python 2.4.5, CursorGroup']) {
      for (const figure of ['publisher CPU %', 'server CPU %', 'reader CPU %', 'p50 ms', 'p99 ms']) expect(counters).toMatch(line(contestant, figure));
    }
    for (const figure of ['publish', 'read', 'both']) {
      expect(stdout).toMatch(line('blissdata-rx', figure));
      expect(stdout).toMatch(line('Python 2.4.5', figure));
    }
    for (const contestant of ['blissdata-rx', 'one XREAD BLOCK', '12 connections', 'Python 2.4.5', 'blissdata-rx, the loud one not read']) {
      expect(stdout).toMatch(line(contestant, 'p99 ms'));
    }
    for (const figure of ['loud: MB behind', 'server CPU %', 'sockets']) expect(stdout).toMatch(line('blissdata-rx', figure));
    for (const figure of ['RSS growth MB', 'publisher RSS growth MB']) expect(stdout).toMatch(line('blissdata-rx, consume', figure));
    expect(stdout).toMatch(line('blissdata-rx, 100 subscribers', 'commands/point'));
    expect(stdout).toMatch(/x Python 2\.4\.5, (?:at least|SHORT of) 200 x/);
    const gateway = (title: string): string => stdout.split('\n\n').find((part) => part.startsWith(`Gateway: ${title}`)) ?? '';
    for (const figure of ['p50 ms', 'p99 ms', 'gateway CPU %', 'gateway RSS growth MB', 'commands/s']) {
      for (const contestant of ['blissdata-rx, 5 clients', 'blissdata-rx, 1 client']) expect(gateway('5 clients of one stream')).toMatch(line(contestant, figure));
    }
    for (const figure of ['p99 ms', 'gateway RSS growth MB', 'gateway holds more MB']) {
      for (const contestant of ['blissdata-rx, with 10 that never read', 'blissdata-rx, without them']) expect(gateway('10 clients of images')).toMatch(line(contestant, figure));
    }
    for (const contestant of ['blissdata-rx, Chromium', 'blissdata-rx, Node through the gateway', 'blissdata-rx, Node without it']) {
      for (const figure of ['p50 ms', 'p99 ms']) expect(gateway('latency of a scalar')).toMatch(line(contestant, figure));
    }
    for (const images of ['3 images of 200 KB', '2 images of 8 MB']) {
      for (const contestant of ['blissdata-rx', 'blissdata-rx, lent', 'a bare WebSocket']) expect(gateway(`catching up with ${images}`)).toMatch(line(contestant, 'MB/s'));
    }
    for (const policy of ['all', 'newest']) {
      for (const figure of ['gateway holds more MB', 'chunks afterwards', 'images afterwards']) expect(gateway('a page that follows images')).toMatch(line(`blissdata-rx, ${policy}`, figure));
    }
  }, 300_000);

  it('says how it is used when it does not understand an option', async () => {
    const { code, stdout, stderr } = await bench('--runs', 'many');

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('--runs takes a positive integer, not many');
    expect(stderr).toContain('npm run bench -- [options]');
  }, 30_000);
});
