/** Scans that are deleted here are deleted for Python too, and its waiting readers get an error. */
import { describe, expect, it } from '@jest/globals';
import * as t from 'io-ts';
import { lastValueFrom } from 'rxjs';
import { json } from '../../lib/index.js';
import { useInterop, versions } from './interop.js';

const Seen = t.type({ state: t.string, info: t.string });
const Found = t.type({ timetag: t.string, key: t.string });
const FirstHalf = t.type({ key: t.string, sealed: t.array(t.string) });

describe.each(versions)('a scan that is deleted here, for Python blissdata %s', (version) => {
  const interop = useInterop(version, 'us');
  const identity = (name: string): { name: string; number: number; data_policy: string } => ({ name, number: 1, data_policy: 'ESRF' });

  /** Resolves when Python waits for something of this server. */
  const untilPythonWaits = async (): Promise<void> => {
    const waiting = async (): Promise<boolean> => /blocked_clients:[1-9]/.test(await interop().redis.client.info('clients'));
    while (!(await waiting()));
  };

  it('cannot be loaded any more, and is passed over in the history', async () => {
    const { store, python } = interop();
    const kept = await store.createScan(identity('kept'));
    const since = await lastValueFrom(store.lastTimetag());
    const gone = await store.createScan(identity('gone'));
    await gone.close();
    await store.deleteScan(gone.key);
    await expect(python.ask(Seen, 'load', { key: gone.key })).rejects.toMatchObject({ name: 'ScanNotFoundError' });
    expect(await python.ask(Found, 'last_scan')).toMatchObject({ key: kept.key });
    await expect(python.ask(Found, 'next_scan', { since })).rejects.toMatchObject({ name: 'NoScanAvailable' });
    // Deleting it once more is no error there either.
    await python.tell('delete_scan', { key: gone.key });
  });

  it('is seen to close by a reader that waits for its next state, and is deleted after', async () => {
    const { store, python } = interop();
    const scan = await store.createScan(identity('waited for'));
    await scan.prepare();
    await python.ask(Seen, 'load', { key: scan.key });
    const update = python.ask(Seen, 'update', { key: scan.key });
    await untilPythonWaits();
    await store.deleteScan(scan.key, { force: true });
    expect(await update).toMatchObject({ state: 'CLOSED', info: expect.stringContaining('DELETION') });
    await expect(python.ask(Seen, 'update', { key: scan.key })).rejects.toMatchObject({ name: 'ScanNotFoundError' });
  });

  it('ends, sealed, for a reader that waits for points', async () => {
    const { store, python } = interop();
    const since = await lastValueFrom(store.lastTimetag());
    const scan = await store.createScan(identity('read'));
    const stream = scan.createStream('log', json());
    await scan.prepare();
    await scan.start();
    stream.send({ i: 0 });
    await stream.flush();
    const following = python.ask(FirstHalf, 'follow_first_half', { since, lengths: { log: 2 } });
    await untilPythonWaits();
    await store.deleteScan(scan.key, { force: true });
    expect(await following).toMatchObject({ key: scan.key, sealed: ['log'] });
  });

  it('may be one that Python publishes, which gets an error when it goes on', async () => {
    const { store, python, redis } = interop();
    const key = await python.ask(t.string, 'create_scan', { identity: identity('theirs') });
    const streamKey = await python.ask(t.string, 'add_stream', { key, name: 'status', dtype: 'json' });
    await python.tell('steps', { key, names: ['prepare', 'start'] });
    await python.tell('send', { key, name: 'status', points: [{ i: 0 }] });
    await expect(store.deleteScan(key)).rejects.toMatchObject({ _tag: 'ScanNotClosed' });
    await store.deleteScan(key, { force: true });
    for (const one of [key, streamKey]) expect(await redis.client.ttl(one)).toBeLessThanOrEqual(10);
    await expect(python.tell('send', { key, name: 'status', points: [{ i: 1 }] })).rejects.toThrow();
  });
});
