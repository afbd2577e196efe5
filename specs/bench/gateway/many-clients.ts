/** What two hundred clients of one stream cost a gateway and the server, beside a single one and beside Tiled's WebSockets. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { us, type WaitingBench } from '../bench.js';
import type { Options } from '../options.js';
import { Child } from '../waiting/child.js';
import type { Candidate, Comparison, Figures } from '../waiting/figures.js';
import { crowdRun, pointsPerSecond } from './crowd-run.js';
import { percent, processes } from './serving.js';
import { Tiled, type InstalledTiled, type TiledProgram } from './tiled.js';

/** How long Tiled may take for the last points. */
const patienceSeconds = 60;

const FollowedTiled = t.type({ p50: t.number, p99: t.number, cpuSeconds: t.number, missing: t.number });

export const manyClientsTitle = ({ clients, gatewaySeconds }: Options): string => `Gateway: ${clients} clients of one stream, ${pointsPerSecond} points/s for ${gatewaySeconds} s`;

/** @param tiled where it is, or why it could not be had; `undefined` if it is not wanted */
export function manyClients({ url, redis, sizes }: WaitingBench, tiled: InstalledTiled | undefined): Comparison {
  const { gatewaySeconds: seconds, clients } = sizes;
  const follow = (whole: number, lean: number) => async (): Promise<Figures> => {
    const run = await crowdRun({ url, redis, seconds, whole, lean });
    return {
      'p50 ms': run.p50,
      'p99 ms': run.p99,
      'gateway CPU %': run.gatewayCpu,
      'gateway RSS growth MB': run.rss,
      'of it in the second half MB': run.laterRss,
      'server CPU %': run.serverCpu,
      'clients CPU %': run.clientsCpu,
      'commands/s': run.commands / run.seconds,
    };
  };
  const whole = Math.min(sizes.wholeClients, clients);
  const one: Candidate = { name: `${us}, 1 client`, run: follow(1, 0) };
  const bars = [
    { figure: 'p99 ms', atMost: 25 },
    { figure: 'gateway CPU %', atMost: 50 },
    { figure: 'gateway RSS growth MB', atMost: 50 },
    { figure: 'commands/s', atMost: 1.05, timesThatOf: one.name },
  ];
  const ours: Candidate = { name: `${us}, ${clients} clients`, run: follow(whole, clients - whole), bars };
  const theirs: readonly Candidate[] = tiled !== undefined && E.isRight(tiled) ? [{ name: `Tiled, ${clients} clients`, run: () => followTiled(tiled.right, clients, seconds) }] : [];
  const kinds = `${whole} of the clients are whole ones, whose latency it is; the others speak the protocol and no more`;
  const lacking = tiled !== undefined && E.isLeft(tiled) ? [`Tiled could not be had: ${tiled.left}`] : [];
  return { title: manyClientsTitle(sizes), candidates: [ours, one, ...theirs], notes: [kinds, ...lacking] };
}

/** The same points as patches of an array, streamed and not stored. */
async function followTiled(program: TiledProgram, clients: number, seconds: number): Promise<Figures> {
  await using tiled = await Tiled.start(program);
  const { writeUrl, socketUrl } = await tiled.array(2 * pointsPerSecond * seconds);
  await using publisher = Child.startIn(processes, 'publish-to-tiled', writeUrl, tiled.apiKey);
  await publisher.ask('prime', t.unknown);
  await using crowd = Child.startIn(processes, 'follow-tiled', socketUrl, tiled.apiKey, clients);
  await crowd.ask('begun', t.unknown);
  await crowd.ask('start', t.unknown);
  const start = performance.now();
  const before = await tiled.cpuSeconds();
  const points = await publisher.ask('publish', t.number, `${pointsPerSecond} ${seconds}`);
  const { p50, p99, missing, cpuSeconds } = await crowd.ask('finish', FollowedTiled, `${points} ${patienceSeconds}`);
  const took = (performance.now() - start) / 1000;
  const cpu = percent((await tiled.cpuSeconds()) - before, took);
  return { 'p50 ms': p50, 'p99 ms': p99, 'gateway CPU %': cpu, 'clients CPU %': percent(cpuSeconds, took), 'points lost %': (100 * missing) / (points * clients) };
}
