/** Every answer of every port crosses to another thread unchanged, and all but blocks to another machine as JSON. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, toArray, type Observable } from 'rxjs';
import type { DatabaseMethod } from '../../lib/memory/memory-database.js';
import { ScanState } from '../../lib/model/scan-state.js';
import type { Invalidation } from '../../lib/ports/invalidations.js';
import { historyKey, protocolVersionKey } from '../../lib/wire/protocol.js';
import { originId, sealId } from '../../lib/wire/stream-id.js';
import type { Opened, Use } from './opened.js';
import { append, createScan, entries, sampleScan, scanJson, type SampleScan } from './samples.js';

/** For each method the answers that it can give: one request for each of their forms. */
const requests: Readonly<Record<DatabaseMethod, (opened: Opened, scan: SampleScan) => readonly Observable<unknown>[]>> = {
  protocolVersion: ({ database }) => [database.protocolVersion()],
  read: ({ database }, { stream }) => [database.read([{ key: stream, after: originId, maxEntries: 2 }, { key: stream, after: sealId, maxEntries: 2 }]), database.read([])],
  range: ({ database }, { stream }) => [database.range({ key: stream }, {}), database.range({ key: stream }, { bare: true }), database.range({ key: 'esrf:stream:none' }, {})],
  entriesAt: ({ database }, { stream }) => [database.entriesAt({ key: stream }, [0, 1, 1000])],
  heads: ({ database }, { stream, stateKey }) => [database.heads([{ key: stream }, { key: stateKey }, { key: 'esrf:stream:none' }])],
  log: ({ database }, { stateKey }) => [database.log(stateKey, originId, 10), database.log('esrf:stream:none', originId, 10)],
  history: ({ database }) => [database.history(originId, 10)],
  logTail: ({ database }) => [database.logTail(historyKey, { count: 1 })],
  text: ({ database }) => [database.text(protocolVersionKey), database.text('none')],
  scan: ({ database }, { key, stateKey }) => [database.scan(key), database.scan(key, stateKey), database.scan('esrf:scan:none')],
  remains: ({ database }, { key, stateKey }) => [database.remains(key, stateKey), database.remains('esrf:scan:none', stateKey)],
  scansExist: ({ database }, { key }) => [database.scansExist([key, 'esrf:scan:none'])],
  identities: ({ database }, { key }) => [database.identities([key, 'esrf:scan:none'])],
  states: ({ database }, { key }) => [database.states([key, 'esrf:scan:none'])],
  search: ({ database }) => [database.search({ prefix: 'esrf', criteria: [] })],
  append: ({ database }, { key, stream, stateKey }) => [
    database.append([{ key: sampleScan(2).stream, scan: key, expected: originId, entries: entries(0, 1) }]),
    database.append([{ key: sampleScan(2).stream, scan: key, expected: originId, entries: entries(0, 1) }]),
    database.append([{ key: stream, scan: key, expected: originId, entries: entries(0, 1) }]),
    database.append([{ key: stream, scan: 'esrf:scan:none', expected: originId, entries: entries(0, 1) }]),
    database.append([
      { key: stream, scan: key, expected: originId, entries: entries(0, 1) },
      { key: sampleScan(3).stream, scan: key, expected: originId, entries: entries(0, 1) },
      { key: stateKey, scan: key, expected: originId, entries: entries(0, 1) },
      { key: stream, scan: 'esrf:scan:none', expected: originId, entries: entries(0, 1) },
    ]),
    database.append([]),
  ],
  seal: ({ database }, { key, stream }) => [database.seal({ key: stream, scan: key, length: 3 }), database.seal({ key: stream, scan: 'esrf:scan:none', length: 3 })],
  commit: ({ database }, { key, stateKey }) =>
    [originId, '9999999999999-0'].map((after) => database.commit({ key, json: scanJson(1), stateKey, state: ScanState.PREPARED, after, announce: false })),
  deleteScan: ({ database }, { key }) => [database.deleteScan({ key, force: false }), database.deleteScan({ key, force: true }), database.deleteScan({ key, force: true })],
};

const withBlocks: readonly string[] = ['read', 'range', 'entriesAt'] satisfies readonly DatabaseMethod[];

/** A scan with a sealed stream of three points. */
async function sealedScan({ database }: Opened): Promise<SampleScan> {
  const scan = await createScan(database, 1);
  await append(database, scan, originId, entries(0, 3));
  await firstValueFrom(database.seal({ key: scan.stream, scan: scan.key, length: 3 }));
  return scan;
}

export function plainAnswersContract(use: Use): void {
  describe('the answers', () => {
    it.each(Object.entries(requests))('of %s are plain data', async (method, requestsOf) => {
      const scan = await sealedScan(use());
      for (const request$ of requestsOf(use(), scan)) {
        // An answer without a value is none: `undefined` does not cross as JSON.
        const answers = (await firstValueFrom(request$.pipe(toArray()))).filter((answer) => answer !== undefined);
        expect(structuredClone(answers)).toEqual(answers);
        if (!withBlocks.includes(method)) expect(JSON.parse(JSON.stringify(answers))).toStrictEqual(answers);
      }
    });

    it('of invalidations$ are plain data', async () => {
      const { database, raw } = use();
      const scan = await sealedScan(use());
      const invalidation = new Promise<Invalidation>((resolve) => {
        database.invalidations$.subscribe((each) => {
          if (each._tag === 'keys' && each.keys.includes(scan.stream)) resolve(each);
        });
      });
      await firstValueFrom(database.read([{ key: scan.stream, after: sealId, maxEntries: 1 }]));
      await raw.delete(scan.stream);
      const received = await invalidation;
      expect(structuredClone(received)).toEqual(received);
      expect(JSON.parse(JSON.stringify(received))).toStrictEqual(received);
    });
  });
}
