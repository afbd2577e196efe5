/** Starts a server, says where, and waits: a parent for a test to kill. */
import { startRedis } from '../../../lib/server/start-redis.js';

const { port, pid } = await startRedis();
process.stdout.write(`${JSON.stringify({ port, pid })}\n`);
