// Finds all scans of a session, then tells of every new one, without a gap in between. Ends after the second.
import { concatMap, take } from 'rxjs';
import { DataStore } from 'blissdata-rx';

const store = DataStore.connect(process.argv[2] ?? process.env['BLISSDATA_URL'] ?? 'redis://localhost:6379');
const scans$ = store.followSearch({ session: 'doc*', name: 'ascan', number: { min: 1 } }).pipe(
  concatMap(({ key }) => store.loadScan(key)),
  take(2),
);
try {
  await scans$.forEach(({ identity, key }) => console.log(`${identity.name} #${identity.number} of session ${identity.session ?? '-'} at ${key}`));
} finally {
  await store.close();
}
