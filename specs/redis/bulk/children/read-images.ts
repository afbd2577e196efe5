/** Reads a stream of images with `for await`, 5 ms of work for each chunk, and prints as JSON how much memory that took. Usage: read-images.ts <url> <scan key> */
import { firstValueFrom, timer } from 'rxjs';
import { DataStore } from '../../../../lib/index.js';

const [url = '', key = ''] = process.argv.slice(2);
const residentMB = (): number => process.memoryUsage().rss / 2 ** 20;

const store = DataStore.connect(url);
const scan = await firstValueFrom(store.loadScan(key));
const stream = await firstValueFrom(scan.stream('diode', 'uint8[]'));
await firstValueFrom(stream.length());
const idle = residentMB();
let peak = idle;
let readMB = 0;
for await (const chunk of stream) {
  readMB += chunk.data.data.byteLength / 2 ** 20;
  await firstValueFrom(timer(5));
  peak = Math.max(peak, residentMB());
}
process.stdout.write(JSON.stringify({ readMB, aboveIdleMB: peak - idle }));
await store.close();
