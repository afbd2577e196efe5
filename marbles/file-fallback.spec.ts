/**
 * Points that were trimmed off come from the stream's file, in pieces; then reading goes on in Redis.
 *
 * Here a call to Redis takes no time, and a piece of the file 3 ms. With the first three letters trimmed off:
 *
 * ```
 * published:  (abcd)--------e--|
 * file:       ---
 * chunks$:    ---(xd)-------e--|    x: a to c
 * ```
 *
 * What is added or trimmed off while the file is read is neither lost nor repeated.
 *
 * ```
 * published:  (abcd)--e----|
 * trimmed:    (abc)   (de)
 * file:          -----  ---
 * chunks$:    --------(xd)-e-|    x: a to c
 * ```
 *
 * @draws hdf5Fallback
 */
import { describe, expect, it } from '@jest/globals';
import * as E from 'fp-ts/lib/Either.js';
import { map, of, type Observable, type OperatorFunction } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { FallbackPoints } from '../lib/kinds/hdf5-fallback/fallback-points.js';
import { FilePoints } from '../lib/kinds/file-points.js';
import { ndArray } from '../lib/model/nd-array.js';
import type { Chunk } from '../lib/model/stream-type.js';
import { codecOf } from '../lib/wire/encoding/codec.js';
import { numeric } from '../lib/wire/encoding/encoders.js';
import { Stream } from '../lib/stream/stream.js';
import { FilesInMemory } from '../specs/support/array-files.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtualStream, type VirtualStream } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

interface Saved extends VirtualStream {
  readonly files: FilesInMemory;
  readonly saved: Stream<'uint8'>;
  /** Each letter is an entry of one point, `|` the seal. */
  readonly send: (letters$: Observable<string>) => void;
  /** The file holds these letters from now on. */
  readonly save: (letters: string) => void;
  readonly trim: (index: number) => void;
}

/** A saved stream of letters, as bytes. */
function savedStream(scheduler: TestScheduler, latency = 3): Saved {
  const virtual = virtualStream(scheduler);
  const { core, scan, server, key } = virtual;
  const files = new FilesInMemory({ scheduler, latency });
  const source = { key, name: 'diode', scan: scan.key, stateKey: scan.stateKey, entryBytes: 1 };
  const { encoding } = numeric('uint8');
  const points = new FallbackPoints(new FilePoints({ core, source, codec: codecOf(encoding) }, files, { format: 'hdf5', file: 'f', dataset: 'd' }));
  return {
    ...virtual,
    files,
    saved: new Stream<'uint8'>(core, source, E.right(encoding), {}, { kind: { name: 'saved' }, points }),
    send: (letters$) => letters$.subscribe({ next: (letter) => scan.append('diode', letter), complete: () => scan.seal('diode') }),
    save: (letters) => files.put('f', 'd', ndArray('uint8', [letters.length], Uint8Array.from(letters, (letter) => letter.charCodeAt(0)))),
    trim: (index) => server.trim(key, index),
  };
}

/** A chunk as its letters, after a dot for each lost one. */
const letters: OperatorFunction<Chunk<'uint8'>, string> = map(({ expired, data }) => '.'.repeat(expired) + String.fromCharCode(...data.data));

describe('chunks$ of a stream with a file', () => {
  it('reads what was trimmed off from the file, then goes on in Redis', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { saved, send, save, trim, files, database } = savedStream(scheduler);
      const published$ = cold('(abcd)---------e--|');
      const sub = '            ------^';
      const expected = '       ---------(xd)--e--|';

      send(published$);
      save('abc');
      cold('-(t|)').subscribe(() => trim(3));
      expectObservable(saved.chunks$.pipe(letters), sub).toBe(expected, { x: 'abc', d: 'd', e: 'e' });
      expectSubscriptions(database.subscriptions.invalidations).toBe('------^-----------!');
      flush();
      expect(files.reads).toEqual(['f:d 0-3']);
    });
  });

  it('loses nothing that is trimmed off while it reads the file', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { saved, send, save, trim } = savedStream(scheduler, 5);
      const published$ = cold('(abcd)--e-----------');
      const trimmed$ = cold('  -3------5', { 3: 3, 5: 5 });
      const sub = '            ------^';
      const expected = '       -----------(xd)-e---';

      send(published$);
      save('abcde');
      trimmed$.subscribe((index) => trim(index));
      expectObservable(saved.chunks$.pipe(letters), sub).toBe(expected, { x: 'abc', d: 'd', e: 'e' });
    });
  });

  it('reads a file that is behind again once a second, ten times', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { saved, send, save, trim } = savedStream(scheduler, 0);
      const published$ = cold('(ab)--');
      const sub = '            ------^';
      const expected = '       ------ 2s (xb)';

      send(published$);
      save('');
      cold('-(t|)').subscribe(() => trim(1));
      cold('1500ms (t|)').subscribe(() => save('a'));
      expectObservable(saved.chunks$.pipe(letters), `${sub} 3s !`).toBe(expected, { x: 'a', b: 'b' });
    });
  });

  it('gives up after that', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { saved, send, save, trim } = savedStream(scheduler, 0);
      send(cold('(ab)--'));
      save('');
      cold('-(t|)').subscribe(() => trim(1));
      expectObservable(saved.chunks$.pipe(letters), '------^').toBe('------ 10s #', {}, expect.objectContaining({ _tag: 'NotInFile', index: 0 }));
    });
  });

  it('reads a file no further than requested, and releases everything when it is unsubscribed from', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { saved, send, save, trim, database, core } = savedStream(scheduler);
      send(cold('(abcd)--'));
      save('abc');
      cold('-(t|)').subscribe(() => trim(3));
      const read$ = saved.consume((chunk) => of(chunk).pipe(letters));
      expectObservable(read$, '------^-!').toBe('---------');
      expectSubscriptions(database.subscriptions.invalidations).toBe('------^-!');
      flush();
      expect(held(database)).toEqual([]);
      expect(core.budget.used).toBe(0);
    });
  });
});
