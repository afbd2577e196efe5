/** Publishes counters as an ordinary scan does: at each tick a point to every stream, the time at which it is sent. */
import { DataStore, numeric } from '../../../../lib/index.js';
import { answer } from './answer.js';
import { paced } from './clock.js';
import { epochMs } from './wall-clock.js';

const [url = '', counters = ''] = process.argv.slice(2);
const store = DataStore.connect(url);
const scan = await store.createScan({ name: 'bench', number: 1, data_policy: 'ESRF' });
const streams = Array.from({ length: Number(counters) }, (_, i) => scan.createStream(`counter-${i}`, numeric('float64')));
await scan.prepare();
await scan.start();

const send = (value: number): void => {
  for (const stream of streams) stream.send(value);
};

answer({
  scan: () => scan.key,
  /** Gives every stream a first point, which is no time. */
  prime: async () => {
    send(NaN);
    await Promise.all(streams.map((stream) => stream.flush()));
  },
  /** Publishes `perSecond` points a second to each; answers with how many each got, in which time, and the CPU that took. */
  publish: async (argument) => {
    const [perSecond = 0, seconds = 0] = String(argument).split(' ').map(Number);
    globalThis.gc?.();
    const start = performance.now();
    const before = process.cpuUsage();
    const points = await paced(perSecond, seconds, () => send(epochMs()), 5);
    await Promise.all(streams.map((stream) => stream.flush()));
    const { user, system } = process.cpuUsage(before);
    return { points, seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
  },
  close: async () => {
    await scan.stop();
    await scan.close();
  },
});
