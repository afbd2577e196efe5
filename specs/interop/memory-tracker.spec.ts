/** Python's memory tracker and the one of this package take turns on one database: each goes on with the other's journal. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as t from 'io-ts';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { isBlissdataError, numeric, type ScanWriter, type Stream } from '../../lib/index.js';
import { journalKey } from '../../lib/wire/protocol.js';
import { sealId } from '../../lib/wire/stream-id.js';
import { failureOf } from '../store/outcomes.js';
import { useInterop, versions } from './interop.js';
import { TrackerProcess, type TrackerArguments } from './trackers.js';

const identity = { name: 'tracked', number: 1, data_policy: 'ESRF' };

describe.each(versions)('memory trackers of this package and of Python blissdata %s', (version) => {
  const interop = useInterop(version, 'us');
  let running: TrackerProcess[] = [];

  beforeEach(() => interop().redis.reset());
  afterEach(async () => {
    await Promise.all(running.map((tracker) => tracker.end()));
    running = [];
  });

  const start = async (whose: 'ours' | 'Python', options: TrackerArguments): Promise<TrackerProcess> => {
    await interop().redis.client.config('SET', 'maxmemory', '100mb');
    const tracker = await TrackerProcess.start(whose === 'ours' ? 'ours' : version, interop().redis.url, options);
    running.push(tracker);
    return tracker;
  };

  /** The newest entry of the journal. */
  const written = async (): Promise<Readonly<Record<string, string>>> => {
    const [entry] = await interop().redis.client.xrevrange(journalKey, '+', '-', 'COUNT', 1);
    const fields = entry?.[1] ?? [];
    return Object.fromEntries(fields.flatMap((name, i) => (i % 2 === 0 ? [[name, fields[i + 1] ?? '']] : [])));
  };
  /** Resolves when there is an entry of the journal that says so of these streams. */
  const untilWritten = async (positions: Readonly<Record<string, string>>): Promise<void> => {
    const says = async (): Promise<boolean> => {
      const entry = await written();
      return Object.entries(positions).every(([key, id]) => entry[key] === id);
    };
    while (!(await says())) await interop().redis.client.xread('COUNT', 1, 'BLOCK', 30_000, 'STREAMS', journalKey, '$');
  };
  /** The id of the next entry of the journal, once there is one. */
  const untilNext = async (last: string): Promise<string> => {
    const [read] = (await interop().redis.client.xread('COUNT', 1, 'BLOCK', 30_000, 'STREAMS', journalKey, last)) ?? [];
    return read?.[1][0]?.[0] ?? last;
  };
  const open = async ({ key }: ScanWriter, name: string): Promise<Stream> => {
    const scan = await firstValueFrom(interop().store.loadScan(key));
    return firstValueFrom(scan.stream(name));
  };
  const timeToLive = (key: string): Promise<number> => interop().redis.client.ttl(key);

  it.each([
    ['Python', 'ours'],
    ['ours', 'Python'],
  ] as const)('take turns: first that of %s, then that of %s', async (first, second) => {
    const { store } = interop();
    const scan = await store.createScan(identity);
    // Redis keeps entries this big apart, so that it trims them exactly.
    const live = scan.createStream('live', numeric('float64', [1024]), {}, { coalesce: false });
    const sealed = scan.createStream('sealed', numeric('float64'), {}, { coalesce: false });
    scan.createStream('empty', numeric('float64'));
    const closed = await store.createScan(identity);
    await closed.close();
    await scan.prepare();
    await scan.start();
    const send = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) live.send(new Float64Array(1024));
      await live.flush();
    };
    await send(20);
    for (let i = 0; i < 300; i++) sealed.send(i);
    await sealed.seal();

    const keeper = await start(first, { 'monitoring-period': 1, 'cleaning-threshold': 100, 'closed-scan-deletion': 1000 });
    await untilWritten({ [live.key]: '19-1', [sealed.key]: sealId });
    await keeper.says(closed.key);
    // What it has written is to be older than what the other will, as the clocks of both tick in seconds.
    for (let last = '0-0', entries = 0; entries < 4; entries++) last = await untilNext(last);
    await keeper.end();
    expect(Object.keys(await written()).sort()).toEqual([live.key, sealed.key].sort());
    await send(20);

    const cleaner = await start(second, { 'monitoring-period': 1, 'cleaning-threshold': 1, 'protected-history': 5, 'closed-scan-deletion': 5000 });
    await cleaner.says('Trimmed');
    await cleaner.end();
    const journal = await interop().redis.client.xlen(journalKey);
    expect(journal).toBeGreaterThan(0);
    await untilWritten({ [live.key]: '39-1' });

    // Trimmed to where the first tracker saw them: its last entry at that time stays.
    const [liveStream, sealedStream] = [await open(scan, 'live'), await open(scan, 'sealed')];
    expect(await failureOf(liveStream.at(18))).toMatchObject({ _tag: 'IndexNoMoreThere' });
    expect(await firstValueFrom(liveStream.at(19))).toMatchObject({ shape: [1024] });
    expect(await firstValueFrom(liveStream.length())).toBe(40);
    expect(await failureOf(sealedStream.at(-1))).toMatchObject({ _tag: 'IndexNoMoreThere' });
    expect(await lastValueFrom(sealedStream.waitSealed())).toBe(300);
    expect(await timeToLive(closed.key)).toBeGreaterThan(900);
    expect(await timeToLive(closed.key)).toBeLessThanOrEqual(1000);
    expect(await timeToLive(scan.key)).toBe(-1);
    await scan.close();
  });

  it('delete silent scans that Python publishes, whose readers come to an end', async () => {
    const { python, store } = interop();
    const theirs = await python.ask(t.string, 'create_scan', { identity });
    await python.ask(t.string, 'add_stream', { key: theirs, name: 'a', dtype: 'json' });
    await python.tell('steps', { key: theirs, names: ['prepare', 'start'] });
    await python.tell('send', { key: theirs, name: 'a', points: [{ i: 0 }, { i: 1 }] });
    const scan = await firstValueFrom(store.loadScan(theirs));
    const states = failureOrLast(lastValueFrom(scan.state$));
    const values = lastValueFrom((await firstValueFrom(scan.stream('a', 'json'))).points$);

    const tracker = await start('ours', { 'monitoring-period': 1, 'inactive-scan-deletion': 2 });
    await tracker.says(`${theirs} was inactive`);
    expect([4, 'ScanNotFound']).toContain(await states);
    expect(await values).toEqual({ index: 1, value: { i: 1 } });
    await expect(python.ask(t.unknown, 'load', { key: theirs })).rejects.toMatchObject({ name: 'ScanNotFoundError' });
  });
});

const failureOrLast = (last: Promise<unknown>): Promise<unknown> => last.catch((error: unknown) => (isBlissdataError(error) ? error._tag : error));
