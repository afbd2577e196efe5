// A processing job: reads images while they are taken, and publishes what it makes of them as a scan of its own.
import { firstValueFrom, lastValueFrom, map, switchMap } from 'rxjs';
import { closeOnSignal, DataStore, numeric } from 'blissdata-rx';
import { publishTo } from 'blissdata-rx/operators';

const store = DataStore.connect(process.argv[2] ?? process.env['BLISSDATA_URL'] ?? 'redis://localhost:6379');
console.log('waiting for a scan');
const { key } = await firstValueFrom(store.scans$);
const raw = await firstValueFrom(store.loadScan(key));

const processed = await store.createScan({ name: 'mean', number: raw.identity.number, data_policy: 'ESRF', session: 'processed' }, { source: key });
closeOnSignal([processed, store]);
try {
  const means = processed.createStream('mean', numeric('float64'));
  await processed.prepare();
  await processed.start();
  const sum = (data: Uint16Array): number => data.reduce((total, n) => total + n, 0);
  const published = await lastValueFrom(
    raw.stream('image', 'uint16[]').pipe(
      switchMap((image) => image.points$),
      map(({ value }) => sum(value.data) / value.data.length),
      publishTo(means),
    ),
  );
  await processed.stop();
  console.log(`published ${published} means at ${processed.key}`);
} finally {
  await processed.close();
  await store.close();
}
