/** Publishing and following at once, through proxies, while whatever can go wrong does. */
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

/** From a seed follows which faults there are, when, and what is published; what each of them strikes, that is the machine's. */
export async function chaoticRun({ seed, seconds }: RunOptions): Promise<Findings> {
  const title = `chaos, seed ${seed}, ${seconds} s`;
  print(`${title}: begins`);
  const scene = await Scene.open(2);
  try {
    const publishing = scene.store(0);
    const following = scene.store(1);
    const publisher = new Publisher(publishing, randomly(seed + 1));
    const follower = new Follower(following, randomly(seed + 2));
    const ending = new Ending();
    await follower.begin();
    const stop = new AbortController();
    const published = publisher.run(stop.signal);
    await follower.has(1);
    const before = scene.connections;
    const struck = await chaos(scene, randomly(seed), { ms: seconds * 1000, ofConnections, ofServer, calm: (after) => ending.of(`going on after ${after}`, follower.goesOn()) });

    stop.abort();
    await ending.of('publishing', published);
    await ending.of('following', follower.ended(publisher.scans.length));
    await ending.closing(publishing, following);
    await ending.of('connections', scene.untilUnused());

    const { scans } = publisher;
    const journals = [...follower.journals, journalOfScans(follower.scans, scans)];
    const found = await findings({ scans, journals, ending, client: scene.server.client });
    print(line({ title, scans, journals, struck, connections: scene.connections - before, found }));
    return found;
  } finally {
    await scene.close();
  }
}
