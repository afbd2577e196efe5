/** Publishes and follows at once, through proxies, while disasters happen. */
import { randomly } from '../../redis/random.js';
import { chaos } from './chaos.js';
import type { DataStore } from '../../../lib/index.js';
import { ofConnections, ofServer, type Disaster } from './disasters.js';
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
  const scene = await Scene.open(2);
  // By both mechanisms of invalidation.
  const stores = { publishing: scene.store(0), following: scene.store(1), waiting: scene.store(1, { invalidations: 'blocking' }) };
  return chaoticRunIn(scene, stores, ofServer, { seed, seconds, title: 'chaos' });
}

export interface Stores {
  readonly publishing: DataStore;
  /** Its followers read in every way. */
  readonly following: DataStore;
  /** Its followers read in those ways that wait most. */
  readonly waiting: DataStore;
}

/** The same in any scene. */
export async function chaoticRunIn(scene: Scene, stores: Stores, disasters: readonly Disaster[], { seed, seconds, title: what }: RunOptions & { readonly title: string }): Promise<Findings> {
  const title = `${what}, seed ${seed}, ${seconds} s`;
  print(`${title}: begins`);
  try {
    const publisher = new Publisher(stores.publishing, randomly(seed + 1));
    const followers = [new Follower(stores.following, randomly(seed + 2), 'by tracking'), new Follower(stores.waiting, randomly(seed + 3), 'by blocking', (way) => waiting.has(way))];
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
      ofServer: disasters,
      calm: (after) => ending.of(`going on after ${after}`, all((follower) => follower.goesOn())),
    });

    stop.abort();
    await ending.of('publishing', published);
    await all((follower) => ending.of('following', follower.ended(publisher.scans.length)));
    await ending.closing(stores.publishing, stores.following, stores.waiting);
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
