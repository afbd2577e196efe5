/** Publishing and following at once, through proxies, while whatever can go wrong does. */
import { DataStore } from '../../../lib/index.js';
import { randomly } from '../../redis/random.js';
import { chaos } from './chaos.js';
import { ofConnections, ofServer } from './disasters.js';
import { Follower } from './following.js';
import { endsWithin } from './pause.js';
import { Publisher } from './publishing.js';
import { described, findings, journalOfScans, line, type Findings } from './report.js';
import { chaotic, Scene } from './scene.js';

/** How long everything may take to come to its end once nothing goes wrong any more, in ms: what takes longer hangs. */
export const patience = 30_000;

export const print = (text: string): void => void process.stdout.write(`${text}\n`);

export interface RunOptions {
  readonly seed: number;
  /** How long things go wrong. */
  readonly seconds: number;
}

/** What follows from a seed is which faults there are, when, and what is published; the moment in which one strikes is the machine's. */
export async function chaoticRun({ seed, seconds }: RunOptions): Promise<Findings> {
  const title = `chaos, BLISSDATA_RX_CHAOS_SEED=${seed}`;
  print(`${title}: ${seconds} s`);
  const scene = await Scene.open();
  try {
    const publishingStore = DataStore.connect(scene.publishing.url, chaotic);
    const followingStore = DataStore.connect(scene.following.url, chaotic);
    const publisher = new Publisher(publishingStore, randomly(seed + 1));
    const follower = new Follower(followingStore, randomly(seed + 2));
    await follower.begin();
    const stop = new AbortController();
    const published = publisher.run(stop.signal);
    await follower.has(1);
    const before = scene.connections;
    const struck = await chaos(scene, randomly(seed), seconds * 1000, ofConnections, ofServer);
    stop.abort();

    const hung: string[] = [];
    const inTime = async (name: string, work: Promise<unknown>): Promise<void> => {
      if (!(await endsWithin(patience, work))) hung.push(name);
    };
    await inTime('publishing', published);
    await inTime('following', follower.ended(publisher.scans.length));
    const failed: string[] = [];
    const closing = (name: string, store: DataStore): Promise<void> => inTime(name, store.close().catch((error: unknown) => failed.push(`${name}: ${described(error)}`)));
    await Promise.all([closing('closing the publishing store', publishingStore), closing('closing the following store', followingStore)]);
    await inTime('connections', scene.untilUnused());
    for (const { failure } of [publisher, follower]) if (failure !== undefined) failed.push(described(failure));

    const { scans } = publisher;
    const journals = [...follower.journals, journalOfScans(follower.scans, scans)];
    const found = await findings({ scans, journals, hung, failed, client: scene.server.client });
    print(line({ title, scans, journals, struck, connections: scene.connections - before, found }));
    return found;
  } finally {
    await scene.close();
  }
}
