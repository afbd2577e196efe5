// Writes the images of a scan to files while it shows the newest one, each at its own pace: what either has not got to waits in Redis.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstValueFrom, map, merge, of, switchMap } from 'rxjs';
import { DataStore } from 'blissdata-rx';

const store = DataStore.connect(process.argv[2] ?? process.env['BLISSDATA_URL'] ?? 'redis://localhost:6379');
try {
  const { keys } = await firstValueFrom(store.search({ session: 'docs', name: 'ascan' }));
  const [key] = keys;
  if (key === undefined) throw new Error('there is no scan: run publish.ts first');
  const folder = await mkdtemp(join(tmpdir(), 'images-'));
  const image$ = store.loadScan(key).pipe(switchMap((scan) => scan.stream('image', 'uint16[]')));

  const archived$ = image$.pipe(
    switchMap((image) =>
      image.consume(
        async ({ index, data: { data, shape } }) => {
          await writeFile(join(folder, `${index}.raw`), data);
          return shape[0] ?? 0;
        },
        { concurrency: 2 },
      ),
    ),
    map((count) => `archived ${count} images`),
  );
  const shown$ = image$.pipe(switchMap((image) => image.consume(({ index, dropped }) => of(`shown image ${index}, ${dropped} passed over`), { policy: { every: 100 } })));
  await merge(archived$, shown$).forEach((line) => console.log(line));

  // Or by hand, so many images at a time.
  const image = await firstValueFrom(image$);
  using cursor = image.cursor();
  for (let result = await cursor.read({ count: 30 }); result._tag === 'chunk'; result = await cursor.read({ count: 30 })) {
    console.log(`read ${result.data.shape[0]} images up to ${cursor.position}`);
  }
  console.log(`${await firstValueFrom(image.length())} images in ${folder}`);
} finally {
  await store.close();
}
