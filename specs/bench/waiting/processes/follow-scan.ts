/** Follows all streams of a scan with this package: what float64 points say of latency, and how much of any other stream there is. */
import { filter, firstValueFrom } from 'rxjs';
import { DataStore } from '../../../../lib/index.js';
import { Follower } from './follower.js';

const [url = '', scanKey = '', subscribers = '1'] = process.argv.slice(2);
const store = DataStore.connect(url);
const scan = await firstValueFrom(store.loadScan(scanKey));
const streams = [...(await firstValueFrom(scan.streams$.pipe(filter(({ size }) => size > 0)))).values()];
const scalars = streams.filter(({ type }) => type === 'float64').flatMap((stream) => Array.from({ length: Number(subscribers) }, () => stream));
const follower = new Follower(scalars.length);
let points = 0;
let expired = 0;

scalars.forEach((stream, i) => {
  stream.points$.subscribe({ next: ({ index, value }) => follower.take(i, index, value), error: (error: unknown) => follower.failed(error) });
});
for (const stream of streams) {
  if (stream.type !== 'uint16[]') continue;
  stream.chunks$.subscribe({
    next: (chunk) => {
      points += 'shape' in chunk.data ? (chunk.data.shape[0] ?? 0) : chunk.data.length;
      expired += chunk.expired;
    },
    error: (error: unknown) => follower.failed(error),
  });
}

follower.answer(() => ({ images: points, expired }));
