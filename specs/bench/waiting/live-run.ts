/** One live run: a scan is published at an even pace by one process and followed by another, and both they and the server are watched. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { DataStore, type ScanWriter } from '../../../lib/index.js';
import { Child } from './child.js';
import { calls, connections, cpuSeconds, quiet } from './server.js';

const Followed = t.type({ p50: t.number, p99: t.number, cpuSeconds: t.number, heapBytes: t.number });
const FollowedImages = t.partial({ images: t.number, expired: t.number });

export interface LiveRun {
  readonly url: string;
  readonly redis: Redis;
  /** Creates the scan's streams. */
  readonly declare: (scan: ScanWriter) => void;
  /** The script that reads, and its arguments after the server's URL and the scan's key. */
  readonly reader: string;
  readonly readerArgs?: readonly (string | number)[];
  /** How many times each point is read. */
  readonly subscribers?: number;
  readonly pointsPerSecond: number;
  readonly seconds: number;
  /** What happens beside: begins once all readers wait, and ends when what it resolves to is called. */
  readonly beside?: (scanKey: string) => Promise<() => Promise<unknown>>;
}

export interface LiveFigures extends t.TypeOf<typeof Followed>, t.TypeOf<typeof FollowedImages> {
  readonly points: number;
  /** Connections of the reader. */
  readonly sockets: number;
  /** In percent of one core. */
  readonly serverCpu: number;
  readonly readerCpu: number;
  /** Commands that the server was sent meanwhile, but for the publisher's XADDs. */
  readonly commands: number;
}

/** Creates a scan of nothing but streams to be published without this package; resolves to its key. */
export async function declareScan(url: string, declare: (scan: ScanWriter) => void): Promise<string> {
  await using store = DataStore.connect(url);
  const scan = await store.createScan({ name: 'bench', number: 1, data_policy: 'ESRF' });
  declare(scan);
  await scan.prepare();
  await scan.start();
  return scan.key;
}

export async function liveRun({ url, redis, declare, reader, readerArgs = [], subscribers = 1, pointsPerSecond, seconds, beside }: LiveRun): Promise<LiveFigures> {
  const scanKey = await declareScan(url, declare);
  await using publisher = Child.start('publish-scalars', url, scanKey);
  await publisher.ask('prime', t.number);
  await quiet(redis);
  const others = await connections(redis);
  await using follower = Child.start(reader, url, scanKey, ...readerArgs);
  await follower.ask('begun', t.unknown);
  await quiet(redis);
  const sockets = (await connections(redis)) - others;
  const stopBeside = await beside?.(scanKey);

  await follower.ask('start', t.unknown);
  const start = performance.now();
  const [cpuBefore, callsBefore] = [await cpuSeconds(redis), await calls(redis)];
  const points = await publisher.ask('publish', t.number, `${pointsPerSecond} ${seconds}`);
  const followed = await follower.ask('finish', t.intersection([Followed, FollowedImages]), points * subscribers);
  const took = (performance.now() - start) / 1000;
  const [cpuAfter, callsAfter] = [await cpuSeconds(redis), await calls(redis)];
  await stopBeside?.();

  const commands = [...callsAfter].reduce((sum, [name, count]) => (ofOthers.has(name) ? sum : sum + count - (callsBefore.get(name) ?? 0)), 0);
  return { ...followed, points, sockets, serverCpu: (100 * (cpuAfter - cpuBefore)) / took, readerCpu: (100 * followed.cpuSeconds) / took, commands };
}

/** The commands of the publishers, and the questions to the server about itself. */
const ofOthers: ReadonlySet<string> = new Set(['xadd', 'info', 'ping']);
