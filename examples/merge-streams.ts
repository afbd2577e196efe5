// Merges two streams of a scan by index: for each value of the diode the mean of the image that was taken with it.
import { firstValueFrom, forkJoin, lastValueFrom, map, switchMap, toArray } from 'rxjs';
import { DataStore } from 'blissdata-rx';
import { zipByIndex } from 'blissdata-rx/operators';

const mean = (data: Uint16Array): number => data.reduce((sum, n) => sum + n, 0) / data.length;

const store = DataStore.connect(process.argv[2] ?? process.env['BLISSDATA_URL'] ?? 'redis://localhost:6379');
try {
  const { keys } = await firstValueFrom(store.search({ session: 'docs', name: 'ascan' }));
  for (const key of keys) {
    const rows$ = store.loadScan(key).pipe(
      switchMap((scan) => forkJoin({ diode: scan.stream('diode', 'float64'), image: scan.stream('image', 'uint16[]') })),
      switchMap((streams) => zipByIndex(streams)),
      map(({ index, values: { diode, image } }) => ({ index, diode, mean: mean(image.data) })),
      toArray(),
    );
    const rows = await lastValueFrom(rows$);
    console.log(`${key}: ${rows.length} rows, the last one`, rows.at(-1));
  }
} finally {
  await store.close();
}
