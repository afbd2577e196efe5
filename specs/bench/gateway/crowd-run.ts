/** One run of many that follow one stream of scalars through a gateway: how late points are, and what that costs the gateway and the server. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import type { ScanWriter } from '../../../lib/index.js';
import { Child } from '../waiting/child.js';
import { declareScan } from '../waiting/live-run.js';
import { scalars } from '../waiting/many-streams.js';
import { streamKeys } from '../waiting/processes/stream-keys.js';
import { calls, cpuSeconds, quiet } from '../waiting/server.js';
import { percent, processes, Serving, type Cost } from './serving.js';

export const pointsPerSecond = 1000;
/** How long the last points may be under way. */
const patienceSeconds = 20;

const Followed = t.type({ p50: t.number, p99: t.number, cpuSeconds: t.number, missing: t.number });

export interface CrowdRun {
  readonly url: string;
  readonly redis: Redis;
  readonly seconds: number;
  /** How many do all that the package does: theirs is the latency that counts. */
  readonly whole: number;
  /** How many speak the protocol and no more. */
  readonly lean: number;
  /** What the scan has besides. */
  readonly declare?: (scan: ScanWriter) => void;
  /** What happens beside: begins once all follow, and ends when what it resolves to is called. */
  readonly beside?: (scanKey: string, serving: Serving) => Promise<() => Promise<unknown>>;
}

export interface CrowdFigures extends Cost {
  readonly p50: number;
  readonly p99: number;
  /** In percent of one core. */
  readonly gatewayCpu: number;
  readonly serverCpu: number;
  readonly clientsCpu: number;
  /** Commands that the server was sent meanwhile, but for the publisher's. */
  readonly commands: number;
}

export async function crowdRun({ url, redis, seconds, whole, lean, declare = () => undefined, beside }: CrowdRun): Promise<CrowdFigures> {
  const scanKey = await declareScan(url, (scan) => {
    scalars(1)(scan);
    declare(scan);
  });
  await using publisher = Child.start('publish-scalars', url, scanKey);
  await publisher.ask('prime', t.number);
  await using serving = await Serving.start(url);
  const [key = ''] = await streamKeys(url, scanKey, 'float64');
  await using crowd = Child.startIn(processes, 'follow-leanly', serving.socketUrl, scanKey, key, lean);
  await using watched = Child.startIn(processes, 'follow-through-gateway', serving.url, scanKey, 'scalar-0', whole);
  const children = [crowd, watched];
  const all = <A>(question: string, codec: t.Decoder<unknown, A>, argument: string | null = null): Promise<readonly A[]> => Promise.all(children.map((child) => child.ask(question, codec, argument)));
  await all('begun', t.unknown);
  const stopBeside = await beside?.(scanKey, serving);
  if (beside === undefined) await quiet(redis);

  await all('start', t.unknown);
  await serving.watch();
  const start = performance.now();
  const [cpuBefore, callsBefore] = [await cpuSeconds(redis), await calls(redis)];
  const points = await publisher.ask('publish', t.number, `${pointsPerSecond} ${seconds}`);
  const followed = await all('finish', Followed, `${points} ${patienceSeconds}`);
  const took = (performance.now() - start) / 1000;
  const [cpuAfter, callsAfter] = [await cpuSeconds(redis), await calls(redis)];
  const cost = await serving.cost();
  await stopBeside?.();

  const missing = followed.reduce((sum, each) => sum + each.missing, 0);
  if (missing !== 0) throw new Error(`${missing} of ${points * (whole + lean)} points did not come through the gateway`);
  const commands = [...callsAfter].reduce((sum, [name, count]) => (ofOthers.has(name) ? sum : sum + count - (callsBefore.get(name) ?? 0)), 0);
  const { p50, p99 } = followed[1] ?? { p50: NaN, p99: NaN };
  return {
    ...cost,
    p50,
    p99,
    gatewayCpu: percent(cost.cpuSeconds, cost.seconds),
    serverCpu: percent(cpuAfter - cpuBefore, took),
    clientsCpu: percent(followed.reduce((sum, each) => sum + each.cpuSeconds, 0), took),
    commands,
  };
}

/** The commands of the publishers, and the questions to the server about itself. */
const ofOthers: ReadonlySet<string> = new Set(['xadd', 'info', 'ping']);
