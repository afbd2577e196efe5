// Merges two streams of a scan by index: the image's mean for each value of the diode.
import { firstValueFrom, forkJoin, lastValueFrom, map, switchMap, toArray, zip } from 'rxjs';
import { DataStore } from 'blissdata-rx';

const mean = (data: Uint16Array): number => data.reduce((sum, n) => sum + n, 0) / data.length;

const store = DataStore.connect(process.argv[2] ?? 'redis://localhost:6379');
const { keys } = await firstValueFrom(store.search({ session: 'docs', name: 'ascan' }));
for (const key of keys) {
  const rows$ = store.loadScan(key).pipe(
    switchMap((scan) => forkJoin([scan.stream('diode', 'float64'), scan.stream('image', 'uint16[]')])),
    switchMap(([diode, image]) => zip(diode.points$, image.points$)),
    map(([{ index, value }, frame]) => ({ index, diode: value, mean: mean(frame.value.data) })),
    toArray(),
  );
  const rows = await lastValueFrom(rows$);
  console.log(`${key}: ${rows.length} rows, the last one`, rows.at(-1));
}
await store.close();
