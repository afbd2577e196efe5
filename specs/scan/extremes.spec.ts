/** Scans at their extremes: a thousand streams that are followed, none at all, and a stream whose points are scans. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, from, lastValueFrom, map, mergeMap, reduce, switchMap, toArray } from 'rxjs';
import { json, numeric, ScanState, type Point } from '../../lib/index.js';
import { following } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';
import { identity, statesAt } from './publishing.js';

const on = onRedis();

describe('a scan of a thousand streams', () => {
  it('is followed while it is published, every point of every stream in order', async () => {
    const count = 1000;
    const rounds = 5;
    const scan = await on.store.createScan(identity);
    const writers = Array.from({ length: count }, (_, i) => scan.createStream(`s${i}`, numeric('int32')));
    const reader = await firstValueFrom(on.another().loadScan(scan.key));
    const values$ = following(
      reader.streams$.pipe(
        switchMap((streams) => from(streams.values())),
        mergeMap((stream) => stream.points$.pipe(map((point) => ({ name: stream.name, point })))),
        reduce((seen, { name, point }) => seen.set(name, [...(seen.get(name) ?? []), point]), new Map<string, Point[]>()),
      ),
    );
    await scan.prepare();
    await scan.start();
    for (let round = 0; round < rounds; round++) {
      writers.forEach((writer, i) => writer.send(i * rounds + round));
      await Promise.all(writers.map((writer) => writer.flush()));
    }
    await scan.stop();
    await scan.close();

    const seen = await lastValueFrom(values$);
    expect(seen.size).toBe(count);
    for (let i = 0; i < count; i++) {
      expect(seen.get(`s${i}`)).toEqual(Array.from({ length: rounds }, (_, round) => ({ index: round, value: i * rounds + round })));
    }
  }, 60_000);
});

describe('a scan without streams', () => {
  it('goes through its states, and shows none', async () => {
    const scan = await on.store.createScan(identity);
    const reader = await firstValueFrom(on.another().loadScan(scan.key));
    const states = lastValueFrom(reader.state$.pipe(toArray()));
    const streams = lastValueFrom(reader.streams$.pipe(map((known) => known.size), toArray()));
    await firstValueFrom(reader.state$);
    await scan.prepare();
    await scan.start();
    await scan.stop();
    await scan.close();
    expect(await states).toEqual([ScanState.CREATED, ScanState.PREPARED, ScanState.STARTED, ScanState.STOPPED, ScanState.CLOSED]);
    expect(await streams).toEqual([0]);
    expect(await statesAt(on.client, scan.key)).toEqual(['0', '1', '2', '3', '4']);
  });
});

describe('a stream whose points are scans', () => {
  it('leads to each of them while they are published', async () => {
    const parent = await on.store.createScan({ ...identity, name: 'sequence' });
    const sequence = parent.createStream('SUBSCANS', json(), { format: 'subscan', plugin: 'scan_sequence' });
    await parent.prepare();
    await parent.start();
    const store = on.another();
    const reader = await firstValueFrom(store.loadScan(parent.key));
    const numbers$ = following(
      reader.stream('SUBSCANS', 'json').pipe(
        switchMap((stream) => stream.points$),
        mergeMap(({ value }) => store.loadScan(String(Object(value)['key']))),
        mergeMap((scan) => scan.state$.pipe(map((state) => ({ number: scan.identity.number, state })))),
        toArray(),
      ),
    );
    for (let number = 1; number <= 3; number++) {
      const child = await on.store.createScan({ ...identity, number });
      sequence.send({ key: child.key });
      await sequence.flush();
      await child.close();
    }
    await parent.stop();
    await parent.close();
    const seen = await lastValueFrom(numbers$);
    expect(seen.filter(({ state }) => state === ScanState.CLOSED).map(({ number }) => number).sort()).toEqual([1, 2, 3]);
  });
});
