// Finds all scans of a session, then tells of every new one, without a gap in between.
import { concatMap, from, merge, mergeMap, take } from 'rxjs';
import { DataStore } from 'blissdata-rx';

const store = DataStore.connect(process.argv[2] ?? 'redis://localhost:6379');
store
  .search({ session: 'doc*', name: 'ascan', number: { min: 1 } })
  .pipe(
    mergeMap(({ timetag, keys }) => merge(from(keys), store.scansSince(timetag).pipe(mergeMap(({ key }) => [key])))),
    concatMap((key) => store.loadScan(key)),
    take(2),
  )
  .subscribe({
    next: ({ identity, key }) => console.log(`${identity.name} #${identity.number} of session ${identity.session ?? '-'} at ${key}`),
    complete: () => void store.close(),
    error: (error: unknown) => console.error(error),
  });
