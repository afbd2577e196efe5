/** Follows all streams of a scan by rows: the points of all at one index. A row is as late as the first point in it. */
import { filter, firstValueFrom } from 'rxjs';
import { DataStore } from '../../../../lib/index.js';
import { zipByIndex } from '../../../../lib/operators.js';
import { Follower } from './follower.js';

const [url = '', scanKey = ''] = process.argv.slice(2);
const store = DataStore.connect(url);
const scan = await firstValueFrom(store.loadScan(scanKey));
const streams = await firstValueFrom(scan.streams$.pipe(filter(({ size }) => size > 0)));
const follower = new Follower(1);

zipByIndex([...streams.values()]).subscribe({ next: ({ index, values: [first] }) => follower.take(0, index, first), error: (error: unknown) => follower.failed(error) });

follower.answer();
