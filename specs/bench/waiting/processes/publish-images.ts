/** Pours images of 200 KB into a scan's stream at an even pace, by plain XADDs of ioredis, keeping the newest only so that the server's memory stays bounded. */
import { Redis } from 'ioredis';
import { answer } from './answer.js';
import { paced } from './clock.js';
import { imageBytes } from '../../points.js';
import { streamKeys } from './stream-keys.js';

const [url = ''] = process.argv.slice(2);
/** 400 MB: a reader that keeps up never misses one. */
const kept = 2000;
/** What may be on its way to the server: a machine that cannot take this pace makes it slower instead of filling this process. */
const mostTravelling = 200;

const redis = new Redis(url, { protocol: 2 });
const image = Buffer.alloc(imageBytes, 7);
let key = '';
let travelling = 0;
const pouring = new AbortController();
let publishing: Promise<unknown> = Promise.resolve();
let added = 0;
let start = 0;

function add(index: number): Promise<unknown> {
  travelling++;
  const confirmed = redis.xadd(key, 'MAXLEN', '~', kept, `${index}-1`, 'payload', image).then(() => {
    travelling--;
    added++;
  });
  return travelling < mostTravelling ? Promise.resolve() : confirmed;
}

answer({
  /** Starts publishing so many images a second to the images of a scan, and answers when the first is there. */
  start: async (argument) => {
    const [scanKey = '', perSecond] = String(argument).split(' ');
    key = (await streamKeys(url, scanKey, 'uint16[]'))[0] ?? '';
    await add(0);
    start = performance.now();
    publishing = (async () => {
      for (let from = 1; !pouring.signal.aborted; ) from += await paced(Number(perSecond), 0.1, (i) => add(from + i));
    })();
  },
  /** Stops, and answers how many images a second it was and how many in all. */
  stop: async () => {
    pouring.abort();
    await publishing;
    await redis.ping();
    return { images: added, perSecond: added / ((performance.now() - start) / 1000) };
  },
});
