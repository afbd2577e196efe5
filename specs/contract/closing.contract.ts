/** What every database must do once it is closed. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, toArray, type Observable } from 'rxjs';
import { ScanState } from '../../lib/model/scan-state.js';
import type { Database } from '../../lib/ports/database.js';
import { originId } from '../../lib/wire/stream-id.js';
import type { Use } from './opened.js';
import { entry, readOne, sampleScan, scanJson, streamKeyOf, readRequest } from './samples.js';

const { key, stateKey, stream } = sampleScan(1);

const calls: readonly (readonly [string, (database: Database) => Observable<unknown>])[] = [
  ['protocolVersion', (database) => database.protocolVersion()],
  ['read', (database) => database.read([readRequest(stream)])],
  ['range', (database) => database.range({ key: stream }, {})],
  ['entriesAt', (database) => database.entriesAt({ key: stream }, [0])],
  ['heads', (database) => database.heads([{ key: stream }])],
  ['log', (database) => database.log(stateKey, originId, 1)],
  ['history', (database) => database.history(originId, 1)],
  ['logTail', (database) => database.logTail(stateKey, { count: 1 })],
  ['text', (database) => database.text(key)],
  ['scan', (database) => database.scan(key)],
  ['remains', (database) => database.remains(key, stateKey)],
  ['scansExist', (database) => database.scansExist([key])],
  ['identities', (database) => database.identities([key])],
  ['states', (database) => database.states([key])],
  ['search', (database) => database.search({ prefix: 'esrf', criteria: [] })],
  ['append', (database) => database.append([{ key: stream, scan: key, expected: originId, entries: [entry(0)] }])],
  ['seal', (database) => database.seal({ key: stream, scan: key, length: 0 })],
  ['commit', (database) => database.commit({ key, stateKey, json: scanJson(1), state: ScanState.CREATED, after: originId, announce: true })],
  ['deleteScan', (database) => database.deleteScan({ key, force: false })],
];

export function closingContract(use: Use): void {
  describe('close', () => {
    it.each(calls)('lets %s error with StoreClosed', async (_, call) => {
      const { database } = use();
      await lastValueFrom(database.close(), { defaultValue: undefined });
      await expect(firstValueFrom(call(database))).rejects.toMatchObject({ _tag: 'StoreClosed' });
    });

    it.each(calls)('does so as well when %s was used before', async (_, call) => {
      const { database } = use();
      await readOne(database, stream);
      await firstValueFrom(call(database), { defaultValue: undefined });
      await lastValueFrom(database.close(), { defaultValue: undefined });
      await expect(firstValueFrom(call(database))).rejects.toMatchObject({ _tag: 'StoreClosed' });
    });

    it('does nothing before it is subscribed to', async () => {
      const { database } = use();
      database.close();
      expect((await readOne(database, stream)).entries).toEqual([]);
    });

    it('may be called twice', async () => {
      const { database } = use();
      await lastValueFrom(database.close(), { defaultValue: undefined });
      await lastValueFrom(database.close(), { defaultValue: undefined });
      await expect(readOne(database, stream)).rejects.toMatchObject({ _tag: 'StoreClosed' });
    });

    it('leaves no call under way without an end', async () => {
      const { database } = use();
      await readOne(database, stream);
      const underWay = Promise.allSettled(calls.map(([, call]) => firstValueFrom(call(database), { defaultValue: undefined })));
      await lastValueFrom(database.close(), { defaultValue: undefined });
      expect(await underWay).toHaveLength(calls.length);
    });

    it('completes the invalidations, and the status after its last value', async () => {
      const { database } = use();
      await readOne(database, stream);
      const status = lastValueFrom(database.status$.pipe(toArray()));
      const invalidations = lastValueFrom(database.invalidations$, { defaultValue: 'completed' });
      await lastValueFrom(database.close(), { defaultValue: undefined });
      expect((await status).map(({ _tag }) => _tag)).toEqual(['ready', 'closed']);
      expect(await invalidations).toBe('completed');
    });

    it('leaves other clients alone', async () => {
      const { database, other, raw } = use();
      await lastValueFrom(database.close(), { defaultValue: undefined });
      await raw.putEntry(streamKeyOf(1), entry(0));
      expect((await readOne(other, streamKeyOf(1))).entries).toEqual([[0, 1, 'p0']]);
    });
  });
}
