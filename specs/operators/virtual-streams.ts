/** JSON streams of a scan in memory, open for reading in virtual time, with a record of their reads. */
import { distinct, filter, map, Subject, switchMap, type Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { ScanState } from '../../lib/model/scan-state.js';
import type { Scan } from '../../lib/scan/scan.js';
import { DataStore } from '../../lib/store/data-store.js';
import type { Stream } from '../../lib/stream/stream.js';
import { virtualStore, type VirtualStore } from '../support/virtual-store.js';

export interface VirtualStreams<Name extends string> extends VirtualStore {
  readonly openScan: Scan;
  readonly streams: Readonly<Record<Name, Stream<'json'>>>;
  /** Emits `r` in every frame in which a stream is read, from the subscription on. */
  readsOf(name: Name): Observable<string>;
}

/** Calls take no time, so that everything is there at once. */
export function virtualStreams<Name extends string>(scheduler: TestScheduler, ...names: readonly Name[]): VirtualStreams<Name> {
  const virtual = virtualStore(scheduler);
  const { database, scan } = virtual;
  const nameOf = new Map(names.map((name) => [scan.declare(name), name]));
  scan.step(ScanState.CREATED);
  scan.step(ScanState.PREPARED);
  const reads = new Subject<string>();
  const store = DataStore.over({
    ...database,
    read: (requests) => {
      for (const { key } of requests) reads.next(nameOf.get(key) ?? key);
      return database.read(requests);
    },
  }, { scheduler });
  const open = (name: Name): Stream<'json'> => now(store.loadScan(scan.key).pipe(switchMap((loaded) => loaded.stream(name, 'json'))));
  const streams = Object.fromEntries(names.map((name) => [name, open(name)])) as Record<Name, Stream<'json'>>;
  const readsOf = (name: Name): Observable<string> =>
    reads.pipe(
      filter((read) => read === name),
      distinct(() => scheduler.now()),
      map(() => 'r'),
    );
  return { ...virtual, store, openScan: now(store.loadScan(scan.key)), streams, readsOf };
}

/** What an Observable emits at its subscription. */
function now<A>(source$: Observable<A>): A {
  const found: A[] = [];
  source$.subscribe((value) => found.push(value)).unsubscribe();
  const [value] = found;
  if (value === undefined) throw new Error('nothing was emitted at once');
  return value;
}
