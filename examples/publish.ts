// Publishes a scan of two streams: a diode's current and an image for each of 100 points.
import { closeOnSignal, DataStore, json, numeric } from 'blissdata-rx';

const store = DataStore.connect(process.argv[2] ?? process.env['BLISSDATA_URL'] ?? 'redis://localhost:6379');
const scan = await store.createScan({ name: 'ascan', number: 1, data_policy: 'ESRF', session: 'docs' }, { title: 'ascan th 0 1 99 0.1' });
closeOnSignal([scan, store]); // Ctrl-C closes the scan, as the `finally` does
try {
  const diode = scan.createStream('diode', numeric('float64'), { unit: 'mA' });
  const image = scan.createStream('image', numeric('uint16', [64, 64]));
  const log = scan.createStream('log', json());
  await scan.prepare();
  await scan.start();
  for (let i = 0; i < 100; i++) {
    image.send(new Uint16Array(64 * 64).fill(i));
    log.send({ th: i / 99, shutter: 'open' });
    if (!diode.send(Math.sin(i / 10))) await diode.ready();
  }
  await scan.stop();
  scan.info['end_reason'] = 'SUCCESS';
} finally {
  await scan.close();
}
console.log(`published ${scan.key}`);
await store.close();
