/** How a scan unfolds is the same on both sides: its states, its metadata, its streams. */
import { describe, expect, it } from '@jest/globals';
import * as t from 'io-ts';
import { first, firstValueFrom, lastValueFrom, map, shareReplay, toArray } from 'rxjs';
import { json, numeric, ScanState, type Scan, type ScanSnapshot } from '../../lib/index.js';
import { useInterop, versions } from './interop.js';
import { renderDocument } from './rendering.js';

/** A scan as Python sees it. */
const Seen = t.type({ state: t.string, info: t.string, streams: t.array(t.string), identity: t.record(t.string, t.unknown) });

const identity = { name: 'unfolding', number: 1, data_policy: 'ESRF', dataset: 'one' };
const { CREATED, PREPARED, STARTED, STOPPED, CLOSED } = ScanState;

describe.each(versions)('a scan that Python blissdata %s publishes', (version) => {
  const interop = useInterop(version, 'us');

  const create = async (info: object = {}): Promise<{ key: string; scan: Scan }> => {
    const key = await interop().python.ask(t.string, 'create_scan', { identity, info });
    return { key, scan: await lastValueFrom(interop().store.loadScan(key)) };
  };

  it('shows every state in order, however fast they follow each other', async () => {
    const { key, scan } = await create();
    const states = lastValueFrom(scan.state$.pipe(toArray()));
    await firstValueFrom(scan.state$);
    await interop().python.tell('steps', { key, names: ['prepare', 'start', 'stop', 'close'] });
    expect(await states).toEqual([CREATED, PREPARED, STARTED, STOPPED, CLOSED]);
  });

  it.each([
    { names: ['close'], seen: [CREATED, CLOSED] },
    { names: ['prepare', 'close'], seen: [CREATED, PREPARED, CLOSED] },
    { names: ['prepare', 'start', 'close'], seen: [CREATED, PREPARED, STARTED, CLOSED] },
  ])('completes when it closes early: $names', async ({ names, seen }) => {
    const { key, scan } = await create();
    const states = lastValueFrom(scan.state$.pipe(toArray()));
    await firstValueFrom(scan.state$);
    await interop().python.tell('steps', { key, names });
    expect(await states).toEqual(seen);
    expect(await lastValueFrom(scan.state$.pipe(toArray()))).toEqual([CLOSED]);
  });

  it('shows late readers the present state first', async () => {
    const { key } = await create();
    await interop().python.tell('steps', { key, names: ['prepare', 'start'] });
    const scan = await lastValueFrom(interop().store.loadScan(key));
    const states = lastValueFrom(scan.state$.pipe(toArray()));
    expect(await firstValueFrom(scan.state$)).toBe(STARTED);
    await interop().python.tell('steps', { key, names: ['stop', 'close'] });
    expect(await states).toEqual([STARTED, STOPPED, CLOSED]);
  });

  it('shows the metadata of PREPARED and of CLOSED, where NaN has become null', async () => {
    const { key, scan } = await create({ title: 'before' });
    const { python } = interop();
    const snapshots$ = scan.snapshot$.pipe(shareReplay({ bufferSize: Infinity, refCount: false }));
    const infoAt = async (state: ScanState) => renderDocument((await firstValueFrom(snapshots$.pipe(first((snapshot: ScanSnapshot) => snapshot.state === state)))).info);
    const infos = lastValueFrom(scan.info$.pipe(map(renderDocument), toArray()));

    const created = await infoAt(CREATED);
    await python.tell('set_metadata', { key });
    await python.tell('step', { key, name: 'prepare' });
    const prepared = await infoAt(PREPARED);
    expect(prepared).toBe(await python.ask(t.string, 'written_info', { key }));
    await python.tell('step', { key, name: 'start' });
    expect(await infoAt(STARTED)).toBe(prepared);
    await python.tell('step', { key, name: 'stop' });
    await infoAt(STOPPED);
    await python.tell('set_end_reason', { key, reason: 'SUCCESS' });
    await python.tell('step', { key, name: 'close' });
    const closed = await infoAt(CLOSED);
    expect(closed).toBe(await python.ask(t.string, 'written_info', { key }));

    expect(created).toBe(renderDocument({ title: 'before' }));
    expect(await infos).toEqual([created, prepared, closed]);
    expect(await firstValueFrom(scan.info$)).toEqual({
      title: 'ascan µ 😀',
      count: 2n ** 63n - 1n,
      nan: null,
      inf: null,
      nested: { values: [1, 2.5, null, null, true], empty: {} },
      end_reason: 'SUCCESS',
    });
  });

  it('shows its streams from PREPARED on, and those that are added later at the next state', async () => {
    const { key, scan } = await create();
    const { python } = interop();
    const names = lastValueFrom(scan.streams$.pipe(map((streams) => [...streams.keys()].sort()), toArray()));
    const reached = (state: ScanState) => firstValueFrom(scan.state$.pipe(first((present) => present === state)));

    await reached(CREATED);
    await python.ask(t.string, 'add_stream', { key, name: 'a', dtype: 'float64' });
    await python.tell('step', { key, name: 'prepare' });
    await reached(PREPARED);
    await python.ask(t.string, 'add_stream', { key, name: 'b', dtype: 'json' });
    await python.tell('send', { key, name: 'b', points: [{ i: 0 }, { i: 1 }] });
    await python.tell('step', { key, name: 'start' });
    await reached(STARTED);
    const late = await firstValueFrom(scan.stream('b', 'json'));
    await python.ask(t.string, 'add_stream', { key, name: 'c', dtype: 'int16' });
    await python.tell('steps', { key, names: ['stop', 'close'] });

    expect(await names).toEqual([[], ['a'], ['a', 'b'], ['a', 'b', 'c']]);
    expect(await lastValueFrom(late.points$.pipe(toArray()))).toEqual([{ index: 0, value: { i: 0 } }, { index: 1, value: { i: 1 } }]);
    await expect(lastValueFrom(scan.stream('d'))).rejects.toMatchObject({ _tag: 'StreamNotFound', stream: 'd' });
  });
});

describe.each(versions)('a scan that is published here, as Python blissdata %s sees it', (version) => {
  const interop = useInterop(version, 'Python');
  const load = (key: string): Promise<t.TypeOf<typeof Seen>> => interop().python.ask(Seen, 'load', { key });
  /** Python waits for what comes next before it comes. */
  const updated = async (key: string, step: Promise<void>): Promise<t.TypeOf<typeof Seen>> => {
    const seen = interop().python.ask(Seen, 'update', { key });
    await step;
    return seen;
  };

  it('shows its states, metadata and streams as they come, and NaN as None', async () => {
    const scan = await interop().store.createScan(identity, { title: 'before', nan: NaN });
    const whole = { ...identity, session: null, proposal: null, collection: null, path: null };
    expect(await load(scan.key)).toEqual({ state: 'CREATED', info: renderDocument({ title: 'before', nan: null }), streams: [], identity: whole });

    scan.createStream('a', numeric('float64', [3]));
    scan.info = { title: 'µ 😀 "', count: 2n ** 63n - 1n, float: 0.1, nested: { values: [1, -Infinity, null, true], empty: {} }, skipped: undefined };
    const prepared = renderDocument({ title: 'µ 😀 "', count: 2n ** 63n - 1n, float: 0.1, nested: { values: [1, null, null, true], empty: {} } });
    expect(await updated(scan.key, scan.prepare())).toEqual({ state: 'PREPARED', info: prepared, streams: ['a'], identity: whole });

    const late = scan.createStream('b', json());
    late.send({ i: 0 });
    expect(await updated(scan.key, scan.start())).toEqual({ state: 'STARTED', info: prepared, streams: ['a', 'b'], identity: whole });
    expect(await updated(scan.key, scan.stop())).toEqual({ state: 'STOPPED', info: prepared, streams: ['a', 'b'], identity: whole });

    scan.info = { end_reason: 'SUCCESS' };
    expect(await updated(scan.key, scan.close())).toEqual({ state: 'CLOSED', info: renderDocument({ end_reason: 'SUCCESS' }), streams: ['a', 'b'], identity: whole });
    expect(await interop().python.ask(t.string, 'read_index', { key: scan.key, name: 'b', index: 0 })).toBe(renderDocument({ i: 0 }));
  });

  it('is closed when it is closed early', async () => {
    const scan = await interop().store.createScan(identity);
    expect(await load(scan.key)).toMatchObject({ state: 'CREATED' });
    expect(await updated(scan.key, scan.close())).toMatchObject({ state: 'CLOSED' });
  });
});
