/** Loads a gateway with as many lean clients of one stream of float64 points as are wanted; their latencies are those of the messages. */
import { Crowd } from './crowd.js';
import { LeanClient } from './lean-client.js';

const [url = '', scan = '', key = '', size = '1'] = process.argv.slice(2);
const mostWatched = 20;
const crowd = new Crowd(Number(size), Math.min(Number(size), mostWatched));

for (let i = 0; i < Number(size); i++) {
  new LeanClient({ url, scan, key }, (index, count, bytes) => crowd.take(i, index, count, i < mostWatched ? new Float64Array(bytes.buffer, bytes.byteOffset, count) : undefined), (error) => crowd.failed(error));
}

crowd.answer();
