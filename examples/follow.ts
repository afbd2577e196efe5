// Follows the next scan from its creation to its end, and prints what its diode measures as it is measured.
import { concat, first, map, switchMap } from 'rxjs';
import { DataStore, scanStateName } from 'blissdata-rx';

const store = DataStore.connect(process.argv[2] ?? process.env['BLISSDATA_URL'] ?? 'redis://localhost:6379');
console.log('waiting for a scan');
const lines$ = store.scans$.pipe(
  first(),
  switchMap(({ key }) => store.loadScan(key)),
  switchMap((scan) =>
    concat(
      scan.stream('diode', 'float64').pipe(
        switchMap((diode) => diode.points$),
        map(({ index, value }) => `diode[${index}] = ${value.toFixed(3)} mA`),
      ),
      scan.state$.pipe(map((state) => `${scan.identity.name} is ${scanStateName(state)}`)),
    ),
  ),
);
try {
  await lines$.forEach((line) => console.log(line));
} finally {
  await store.close();
}
