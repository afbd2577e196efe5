/** The benchmark against Python blissdata, on the same server and in the same run: `npm run bench`. */
import { cpus } from 'node:os';
import { Redis } from 'ioredis';
import { DataStore } from '../../lib/index.js';
import { startRedis } from '../../lib/server/start-redis.js';
import type { Bench } from './bench.js';
import { catchingUp } from './catch-up.js';
import { example } from './example.js';
import { gatewayComparisons } from './gateway/gateway.js';
import { measure, type Result } from './measurement.js';
import { parseOptions, usage, type Options } from './options.js';
import { PythonPeer } from './python-peer.js';
import { randomAccess } from './random-access.js';
import { table } from './table.js';
import { compare, type Compared } from './waiting/figures.js';
import { figuresTable } from './waiting/figures-table.js';
import { comparisons } from './waiting/waiting.js';
import { writingImages } from './write-images.js';
import { writingScalars } from './write-scalars.js';

const log = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(sizes: Options): Promise<void> {
  const server = await startRedis({ log });
  const client = new Redis(server.url, { protocol: 2 });
  try {
    const peer = await PythonPeer.start();
    try {
      const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? 'of unknown version';
      const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}; Node ${process.version}; Redis ${version}; ${peer.about}; ${sizes.runs} runs`;
      if (!sizes.json) print(machine);
      const freshDatabase = async (): Promise<void> => {
        await client.flushall('SYNC');
        await DataStore.init(server.url);
      };
      const results: Result[] = [];
      for (const measurement of measurements({ url: server.url, peer, sizes })) {
        const result = await measure(measurement, sizes.runs, freshDatabase);
        results.push(result);
        if (!sizes.json) print(`\n${table(result)}`);
      }
      const compared: Compared[] = [];
      const waiting = { url: server.url, redis: client, peer, sizes };
      for (const comparison of [...comparisons(waiting), ...(await gatewayComparisons(waiting))]) {
        const result = await compare(comparison, sizes.runs, freshDatabase);
        compared.push(result);
        if (!sizes.json) print(`\n${figuresTable(result)}`);
      }
      if (sizes.json) print(JSON.stringify({ machine, results, compared }, null, 2));
    } finally {
      await peer.stop();
    }
  } finally {
    client.disconnect();
    await server.stop();
  }
}

const measurements = (bench: Bench) =>
  [writingScalars(bench), writingImages(bench), ...catchingUp(bench), randomAccess(bench), example(bench)].filter(({ title }) => title.includes(bench.sizes.only));

try {
  await main(parseOptions(process.argv.slice(2)));
} catch (error) {
  log(error instanceof TypeError ? `${error.message}\n\n${usage}` : String(error));
  process.exitCode = 1;
}
