/** Publishes images of 200 KB at full speed with this package's writer, each with its index stamped into it. */
import { DataStore, numeric } from '../../../../lib/index.js';
import { imageBytes, imageShape } from '../../points.js';
import { answer } from './answer.js';
import { MemoryWatch } from './memory-watch.js';
import { stamp } from './stamp.js';

const [url = ''] = process.argv.slice(2);
const store = DataStore.connect(url);
const scan = await store.createScan({ name: 'bench', number: 1, data_policy: 'ESRF' });
const streams = { 'warm-up': scan.createStream('warm-up', numeric('uint16', imageShape)), image: scan.createStream('image', numeric('uint16', imageShape)) };
await scan.prepare();
await scan.start();

async function publish(name: keyof typeof streams, count: number): Promise<void> {
  const stream = streams[name];
  const image = new Uint16Array(imageBytes / 2);
  for (let i = 0; i < count; i++) {
    stamp(image, i);
    if (!stream.send(image)) await stream.ready();
  }
  await stream.seal();
}

answer({
  scan: () => scan.key,
  warmUp: (images) => publish('warm-up', Number(images)),
  /** Publishes that many images and closes the scan; answers how many seconds it took until the server had them, and how far the memory grew. */
  publish: async (images) => {
    const memory = new MemoryWatch();
    memory.start();
    const start = performance.now();
    await publish('image', Number(images));
    const seconds = (performance.now() - start) / 1000;
    const { rss } = memory.stop();
    await scan.stop();
    await scan.close();
    return { seconds, rss };
  },
});
