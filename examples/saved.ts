// Reads saved scans from the first point on: what Redis has let go of comes from their HDF5 files, which lie under the folder of the second argument.
import { firstValueFrom } from 'rxjs';
import { DataStore } from 'blissdata-rx';
import { hdf5Files } from 'blissdata-rx/hdf5';

const url = process.argv[2] ?? process.env['BLISSDATA_URL'] ?? 'redis://localhost:6379';
const root = process.argv[3] ?? '/data/visitor';
const store = DataStore.connect(url, { files: hdf5Files({ root }) });
try {
  const { keys } = await firstValueFrom(store.search({ name: 'saved' }));
  for (const key of keys) {
    const scan = await firstValueFrom(store.loadScan(key));
    const diode = await firstValueFrom(scan.stream('diode', 'float64'));
    for await (const { index, data } of diode) console.log(`points ${index} to ${index + data.data.length - 1}`);
    console.log(`diode[0] = ${await firstValueFrom(diode.at(0))}`);
  }
} finally {
  await store.close();
}
