/** Follows the first stream of float64 points of a scan through a gateway, by as many stores as are wanted, each with a connection of its own. */
import { firstValueFrom } from 'rxjs';
import { DataStore } from '../../../../lib/index.js';
import { Crowd } from './crowd.js';

const [url = '', scanKey = '', name = '', size = '1'] = process.argv.slice(2);
/** Latencies of so many say as much as those of all. */
const mostWatched = 20;
const crowd = new Crowd(Number(size), Math.min(Number(size), mostWatched));

for (let i = 0; i < Number(size); i++) {
  const store = DataStore.connect(url);
  const scan = await firstValueFrom(store.loadScan(scanKey));
  const stream = await firstValueFrom(scan.stream(name, 'float64'));
  stream.chunks$.subscribe({ next: ({ index, data: { data } }) => crowd.take(i, index, data.length, data), error: (error: unknown) => crowd.failed(error) });
}

crowd.answer();
