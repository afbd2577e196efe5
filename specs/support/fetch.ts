/** Fetches what the tests on real parts need: a Redis server, and Python with each version of blissdata. */
import { startRedis } from '../../lib/server/start-redis.js';
import { pythonWith } from './python.js';

const server = await startRedis({ log: (line) => void process.stderr.write(`${line}\n`) });
await server.stop();
await pythonWith('2.4.5');
await pythonWith('1.1.4');
