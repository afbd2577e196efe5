/** What a database in memory offers to tests besides the ports. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { blissdataError } from '../../lib/model/errors.js';
import { historyKey } from '../../lib/wire/protocol.js';
import { createScan, entry, readOne, sampleScan, streamKeyOf, readRequest } from '../contract/samples.js';
import { virtually } from '../support/virtual-time.js';

const stream = streamKeyOf(1);
const failure = blissdataError('Disconnected', { url: 'memory:', reason: 'test' });

describe('calls', () => {
  it('counts how many times each method was subscribed to, and not how many times it was called', async () => {
    const database = memoryDatabase();
    database.heads([{ key: stream }]);
    const read$ = database.read([readRequest(stream)]);
    await firstValueFrom(read$);
    await firstValueFrom(read$);
    expect(database.calls).toMatchObject({ heads: 0, read: 2, append: 0 });
  });

  it('counts calls that fail', async () => {
    const database = memoryDatabase();
    database.failNext('read', failure);
    await expect(readOne(database, stream)).rejects.toBe(failure);
    expect(database.calls.read).toBe(1);
  });
});

describe('failNext', () => {
  it('lets the next call of one method fail and do nothing, and no other', async () => {
    const database = memoryDatabase();
    database.failNext('commit', failure);
    await expect(createScan(database, 1)).rejects.toBe(failure);
    expect(await firstValueFrom(database.scansExist([sampleScan(1).key]))).toEqual([false]);
    await createScan(database, 1);
    expect(await firstValueFrom(database.scansExist([sampleScan(1).key]))).toEqual([true]);
  });

  it('lets as many calls fail as it was called, in order', async () => {
    const database = memoryDatabase();
    const second = blissdataError('OutOfMemory', { key: stream });
    database.failNext('read', failure);
    database.failNext('read', second);
    await expect(readOne(database, stream)).rejects.toBe(failure);
    await expect(readOne(database, stream)).rejects.toBe(second);
    expect((await readOne(database, stream)).entries).toEqual([]);
  });
});

describe('a database in memory', () => {
  it('is ready from the start, for late subscribers too, and closed at the end', async () => {
    const database = memoryDatabase();
    expect(await firstValueFrom(database.status$)).toEqual({ _tag: 'ready' });
    const all = lastValueFrom(database.status$.pipe(toArray()));
    database.close().subscribe();
    expect(await all).toEqual([{ _tag: 'ready' }, { _tag: 'closed' }]);
    expect(await lastValueFrom(database.status$)).toEqual({ _tag: 'closed' });
  });

  it('refuses a request for no entries, which Redis would take for a request for all', async () => {
    await expect(readOne(memoryDatabase(), stream, '0-0', 0)).rejects.toMatchObject({ _tag: 'InvalidArgument' });
  });

  it('gives log entries ids from the clock of the scheduler, rising in the same frame', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const database = memoryDatabase({ scheduler });
      const create = (n: number): void => {
        database.commit({ ...sampleScan(n), json: '{}', state: 0, after: '0-0', announce: true }).subscribe();
      };
      cold('a--(bc)', { a: 1, b: 2, c: 3 }).subscribe(create);
      const ids: string[] = [];
      cold('10ms a').subscribe(() => database.log(historyKey, '0-0', 10).subscribe((entries) => ids.push(...entries.map(({ id }) => id))));
      expectObservable(cold('11ms |')).toBe('11ms |');
      scheduler.flush();
      expect(ids).toEqual(['0-1', '3-0', '3-1']);
    });
  });
});

describe('a server in memory', () => {
  it('is initialised from the start, until the version is changed', async () => {
    const server = new MemoryServer();
    const database = memoryDatabase({ server });
    server.setProtocolVersion('2');
    expect(await firstValueFrom(database.protocolVersion())).toBe('2');
    server.setProtocolVersion(null);
    expect(await firstValueFrom(database.protocolVersion())).toBeNull();
  });

  it('takes entries with holes and overlaps, as Redis does, but not ids that do not rise', () => {
    const server = new MemoryServer();
    for (const index of [0, 5, 6]) server.putEntry(stream, entry(index, 'x', 1000));
    expect(() => server.putEntry(stream, entry(6))).toThrow(expect.objectContaining({ _tag: 'ServerError' }));
  });

  it('takes any JSON for a scan, and nothing that is no JSON', () => {
    const server = new MemoryServer();
    server.putScanJson('esrf:scan:odd', '[]');
    expect(() => server.putScanJson('esrf:scan:odd', '{')).toThrow(expect.objectContaining({ _tag: 'ServerError' }));
  });

  it('returns how long keys have to live', async () => {
    const server = new MemoryServer();
    server.putEntry(stream, entry(0));
    expect(server.ttlOf(stream)).toBe(Infinity);
    expect(server.delete(stream)).toBe(true);
    expect(server.delete(stream)).toBe(false);
    expect(server.ttlOf(stream)).toBeNull();
  });
});
