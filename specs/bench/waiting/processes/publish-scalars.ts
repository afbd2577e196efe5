/** Publishes float64 points to random streams of a scan at an even pace, by plain XADDs of ioredis; each point is the time at which it is sent. */
import { Redis } from 'ioredis';
import { answer } from './answer.js';
import { paced } from './clock.js';
import { epochMs } from './wall-clock.js';
import { streamKeys } from './stream-keys.js';

const [url = '', scanKey = ''] = process.argv.slice(2);
const redis = new Redis(url, { protocol: 2 });
const keys = await streamKeys(url, scanKey, 'float64');
const lengths = keys.map(() => 0);

/** xorshift32 from a fixed seed: the same streams in the same order each time. */
function randomStreams(): () => number {
  let x = 2463534242;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % keys.length;
  };
}

function payload(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

const add = (stream: number, value: number): Promise<unknown> => redis.xadd(keys[stream] ?? '', `${lengths[stream]!++}-1`, 'payload', payload(value));

answer({
  /** Gives every stream a first point, which is no time. */
  prime: async () => {
    await Promise.all(keys.map((_, stream) => add(stream, NaN)));
    return keys.length;
  },
  /** Publishes `perSecond` points a second; answers with the number of points once the server has them all. */
  publish: async (argument) => {
    const [perSecond = 0, seconds = 0] = String(argument).split(' ').map(Number);
    const next = randomStreams();
    const added: Promise<unknown>[] = [];
    const points = await paced(perSecond, seconds, () => void added.push(add(next(), epochMs())));
    await Promise.all(added);
    return points;
  },
});
