/** Fetches what the tests on real parts need: a Redis server, Python with each version of blissdata and Prometheus' parser, and a browser. */
import { startRedis } from '../../lib/server/start-redis.js';
import { startChromium } from './chromium.js';
import { pythonWith } from './python.js';

const server = await startRedis({ log: (line) => void process.stderr.write(`${line}\n`) });
await server.stop();
await pythonWith('2.4.5');
await pythonWith('1.1.4');
await pythonWith('prometheus');
// That there is none is for the tests in the browser to say: all others run without.
await startChromium().then((browser) => browser.close(), () => undefined);
