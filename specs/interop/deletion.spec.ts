/** Scans that Python deletes are deleted for this package too, and its waiting readers get an error. */
import { describe, expect, it } from '@jest/globals';
import * as t from 'io-ts';
import { firstValueFrom, lastValueFrom, map, shareReplay, take, toArray, type Observable } from 'rxjs';
import { isScanNotFound, type Stream } from '../../lib/index.js';
import { useInterop, versions } from './interop.js';

describe.each(versions)('a scan that Python blissdata %s deletes', (version) => {
  const interop = useInterop(version, 'us');

  const create = (name: string): Promise<string> => interop().python.ask(t.string, 'create_scan', { identity: { name, number: 1, data_policy: 'ESRF' } });
  const steps = (key: string, ...names: string[]): Promise<void> => interop().python.tell('steps', { key, names });
  const remove = (key: string, options: { force?: boolean } = {}): Promise<void> => interop().python.tell('delete_scan', { key, ...options });

  it('is passed over wherever scans are listed', async () => {
    const { store } = interop();
    const since = await lastValueFrom(store.lastTimetag());
    const listed = firstValueFrom(store.scansSince(since).pipe(map(({ key }) => key), take(2), toArray()));
    const [kept, deleted] = [await create('kept'), await create('deleted')];
    expect(await listed).toEqual([kept, deleted]);
    await steps(deleted, 'close');
    await remove(deleted);

    expect(await lastValueFrom(store.lastScan())).toMatchObject({ value: { key: kept } });
    const next = await lastValueFrom(store.nextScan(since));
    expect(next).toMatchObject({ value: { key: kept } });
    const timetag = '_tag' in next && next._tag === 'Some' ? next.value.timetag : since;
    expect(await lastValueFrom(store.nextScan(timetag))).toMatchObject({ _tag: 'None' });
    const after = await create('after');
    expect(await firstValueFrom(store.scansSince(since).pipe(map(({ key }) => key), take(2), toArray()))).toEqual([kept, after]);
  });

  it('cannot be loaded any more', async () => {
    const key = await create('gone');
    await steps(key, 'close');
    await remove(key);
    await expect(lastValueFrom(interop().store.loadScan(key))).rejects.toMatchObject({ _tag: 'ScanNotFound', key });
  });

  it('is still there when Python refused to delete it, for it is not closed', async () => {
    const key = await create('open');
    await expect(remove(key)).rejects.toMatchObject({ name: 'RuntimeError' });
    expect(await lastValueFrom(interop().store.loadScan(key))).toMatchObject({ key });
  });

  describe('while it is open', () => {
    const open = async (points: readonly object[]): Promise<{ key: string; stream: Stream<'json'> }> => {
      const { store, python } = interop();
      const key = await create('waited for');
      await python.ask(t.string, 'add_stream', { key, name: 'status', dtype: 'json' });
      await steps(key, 'prepare', 'start');
      await python.tell('send', { key, name: 'status', points });
      const scan = await lastValueFrom(store.loadScan(key));
      return { key, stream: await firstValueFrom(scan.stream('status', 'json')) };
    };

    it.each<[string, (stream: Stream<'json'>) => Observable<unknown>]>([
      ['points$', (stream) => stream.points$],
      ['chunks$', (stream) => stream.chunks$],
      ['latest$', (stream) => stream.latest$],
    ])('ends %s, which waits for more points, with ScanNotFound', async (_, read) => {
      const { key, stream } = await open([{ i: 0 }, { i: 1 }]);
      const read$ = read(stream).pipe(shareReplay({ bufferSize: Infinity, refCount: false }));
      const end = lastValueFrom(read$).catch((error: unknown) => error);
      await firstValueFrom(read$);
      await remove(key, { force: true });
      expect(await end).toMatchObject({ _tag: 'ScanNotFound', key });
    });

    it.each<[string, (stream: Stream<'json'>) => Observable<unknown>]>([
      ['points$', (stream) => stream.points$],
      ['chunks$', (stream) => stream.chunks$],
      ['latest$', (stream) => stream.latest$],
    ])('ends %s, which waits for a first point, with ScanNotFound', async (_, read) => {
      const { key, stream } = await open([]);
      const end = lastValueFrom(read(stream)).catch((error: unknown) => error);
      await remove(key, { force: true });
      expect(await end).toMatchObject({ _tag: 'ScanNotFound', key });
    });
  });

  it('is seen to close, or to be deleted, by readers that wait for its next state', async () => {
    const { store } = interop();
    const key = await create('never closed');
    await steps(key, 'prepare', 'start');
    const scan = await lastValueFrom(store.loadScan(key));
    const end = lastValueFrom(scan.snapshot$).catch((error: unknown) => error);
    await firstValueFrom(scan.snapshot$);

    await remove(key, { force: true });
    const ended = await end;
    // Python closes it before, in a step of its own: a quick reader sees that.
    if (!isScanNotFound(ended)) expect(ended).toMatchObject({ state: 4, info: { end_reason: 'DELETION' } });
  });
});
