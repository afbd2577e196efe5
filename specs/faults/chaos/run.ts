/** Publishes and follows at once, through proxies, while disasters happen. */
import { randomly } from '../../redis/random.js';
import { chaos } from './chaos.js';
import { ofConnections, ofServer } from './disasters.js';
import { Ending } from './ending.js';
import { Follower } from './following.js';
import { Publisher } from './publishing.js';
import { findings, journalOfScans, line, print, type Findings } from './report.js';
import { Scene } from './scene.js';

export interface RunOptions {
  readonly seed: number;
  /** How long things go wrong. */
  readonly seconds: number;
}

/** The ways that wait most: the others would only take the machine's time from publishing and from disasters. */
const waiting: ReadonlySet<string> = new Set(['points$', 'cursor', 'latest$']);

/** From a seed follows which faults there are, when, and what is published; what each of them strikes, that is the machine's. */
export async function chaoticRun({ seed, seconds }: RunOptions): Promise<Findings> {
  const title = `chaos, seed ${seed}, ${seconds} s`;
  print(`${title}: begins`);
  const scene = await Scene.open(2);
  try {
    const publishing = scene.store(0);
    // By both mechanisms of invalidation.
    const tracking = scene.store(1);
    const blocking = scene.store(1, { invalidations: 'blocking' });
    const publisher = new Publisher(publishing, randomly(seed + 1));
    const followers = [new Follower(tracking, randomly(seed + 2), 'by tracking'), new Follower(blocking, randomly(seed + 3), 'by blocking', (way) => waiting.has(way))];
    const all = (work: (follower: Follower) => Promise<void>): Promise<unknown> => Promise.all(followers.map(work));
    const ending = new Ending();
    await all((follower) => follower.begin());
    const stop = new AbortController();
    const published = publisher.run(stop.signal);
    await all((follower) => follower.has(1));
    const before = scene.connections;
    const struck = await chaos(scene, randomly(seed), {
      ms: seconds * 1000,
      ofConnections,
      ofServer,
      calm: (after) => ending.of(`going on after ${after}`, all((follower) => follower.goesOn())),
    });

    stop.abort();
    await ending.of('publishing', published);
    await all((follower) => ending.of('following', follower.ended(publisher.scans.length)));
    await ending.closing(publishing, tracking, blocking);
    await ending.of('connections', scene.untilUnused());

    const { scans } = publisher;
    const journals = followers.flatMap((follower) => [...follower.journals, journalOfScans(follower.scans, scans)]);
    const found = await findings({ scans, journals, ending, client: scene.server.client });
    print(line({ title, scans, journals, struck, connections: scene.connections - before, found }));
    return found;
  } finally {
    await scene.close();
  }
}
