/**
 * Publishes a stream of images at full speed, and prints as JSON how much memory that took: at its peak, and after garbage collection.
 * The server keeps the last ones. Usage: node --expose-gc … publish-images.ts <url> <MB> [lend]
 */
import { Redis } from 'ioredis';
import { DataStore, numeric } from '../../../lib/index.js';
import { identity } from '../../scan/publishing.js';

const [url = '', megabytes = '0', lend] = process.argv.slice(2);
const memory = (): { readonly resident: number; readonly kept: number } => {
  const { rss, external, heapUsed } = process.memoryUsage();
  return { resident: rss / 1e6, kept: (external + heapUsed) / 1e6 };
};

const length = 100_000;
const redis = new Redis(url, { protocol: 2 });
const store = DataStore.connect(url);
const scan = await store.createScan(identity);
const writer = scan.createStream('image', numeric('uint16', [length]), {}, { lend: lend === 'lend' });
await scan.prepare();
const images = Array.from({ length: 8 }, (_, i) => new Uint16Array(length).fill(i));
// The connections are open, and the code is compiled.
for (const image of images) writer.send(image);
await writer.flush();
globalThis.gc?.();
const idle = memory();
const peak = { ...idle };
const count = Math.ceil((Number(megabytes) * 1e6) / (2 * length));
const start = performance.now();
for (let i = 0; i < count; i++) {
  if (!writer.send(images[i % images.length] ?? new Uint16Array(length))) await writer.ready();
  if (i % 20 === 0) peak.resident = Math.max(peak.resident, memory().resident);
  if (i % 200 === 0) await redis.xtrim(writer.key, 'MAXLEN', '~', 100);
}
await writer.flush();
const seconds = (performance.now() - start) / 1000;
globalThis.gc?.();
const { kept } = memory();
process.stdout.write(JSON.stringify({ published: writer.length - images.length, seconds, peakMB: peak.resident - idle.resident, keptMB: kept - idle.kept }));
redis.disconnect();
await scan.close();
await store.close();
