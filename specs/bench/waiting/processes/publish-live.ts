/** Publishes scalars with this package's writer, each the time at which it is sent, as an experiment does that measures at an even pace. */
import { DataStore, numeric } from '../../../../lib/index.js';
import { answer } from './answer.js';
import { paced } from './clock.js';
import { epochMs } from './wall-clock.js';

const [url = ''] = process.argv.slice(2);
const store = DataStore.connect(url);
const scan = await store.createScan({ name: 'bench', number: 1, data_policy: 'ESRF' });
const stream = scan.createStream('live', numeric('float64'));
await scan.prepare();
await scan.start();

answer({
  scan: () => scan.key,
  /** Publishes `perSecond` points a second and closes the scan; answers with the number of points. */
  publish: async (argument) => {
    const [perSecond = 0, seconds = 0] = String(argument).split(' ').map(Number);
    stream.send(NaN);
    await stream.flush();
    const points = await paced(perSecond, seconds, () => stream.send(epochMs()));
    await scan.stop();
    await scan.close();
    return points;
  },
});
