/** Chaos between Python blissdata and this package: the connections of this package break, those of Python do not. */
import * as t from 'io-ts';
import { firstValueFrom } from 'rxjs';
import { DataStore } from '../../../lib/index.js';
import { PythonSession } from '../../interop/python-session.js';
import { randomly } from '../../redis/random.js';
import { chaos } from './chaos.js';
import { ofConnections } from './disasters.js';
import { Ending } from './ending.js';
import { Follower } from './following.js';
import { Journal } from './journal.js';
import { kindsOf, type Kind } from './kinds.js';
import { Publisher, type PublishedScan } from './publishing.js';
import { findings, journalOfScans, line, print, type Findings } from './report.js';
import type { RunOptions } from './run.js';
import { Scene } from './scene.js';

const Published = t.type({ key: t.string, streams: t.record(t.string, t.type({ key: t.string, sent: t.number })) });
/** The index of the first point, the index that it says it has (-1 for none), and how many follow each other so. */
const Run = t.tuple([t.number, t.number, t.number]);
const Followed = t.array(t.type({ key: t.string, runs: t.record(t.string, t.array(Run)) }));

/** Python publishes scans directly, and they are followed through a proxy whose connections break. */
export async function pythonPublishes({ seed, seconds }: RunOptions): Promise<Findings> {
  return onScene(`chaos, Python publishes, seed ${seed}, ${seconds} s`, async ({ scene, python, ending, title }) => {
    const following = scene.store(0);
    const follower = new Follower(following, randomly(seed + 2));
    await follower.begin();
    const scans: PublishedScan[] = [];
    const publish = async (): Promise<void> => {
      for (const number of [0, 1]) scans.push(publishedByPython(number, await python.ask(Published, 'publish_chaotic', { number, seconds: seconds / 2 })));
    };
    const published = publish();
    await follower.has(1);
    const before = scene.connections;
    const struck = await chaos(scene, randomly(seed), { ms: seconds * 1000, ofConnections, calm: (after) => ending.of(`going on after ${after}`, follower.goesOn()) });

    await ending.of('publishing', published);
    await ending.of('following', follower.ended(scans.length));
    await ending.closing(following);
    await ending.of('connections', scene.untilUnused());

    const journals = [...follower.journals, journalOfScans(follower.scans, scans)];
    const found = await findings({ scans, journals, ending, client: scene.server.client });
    print(line({ title, scans, journals, struck, connections: scene.connections - before, found }));
    return found;
  });
}

/** What is published through a proxy whose connections break is followed by Python, directly. */
export async function pythonReads({ seed, seconds }: RunOptions): Promise<Findings> {
  return onScene(`chaos, Python reads, seed ${seed}, ${seconds} s`, async ({ scene, python, ending, title }) => {
    await using direct = DataStore.connect(scene.server.url);
    const followed = python.ask(Followed, 'follow_chaotic', { since: await firstValueFrom(direct.lastTimetag()), last: 'the end' });
    const publishing = scene.store(0);
    const publisher = new Publisher(publishing, randomly(seed + 1));
    await firstValueFrom(publishing.lastTimetag());
    const before = scene.connections;
    const stop = new AbortController();
    const published = publisher.run(stop.signal);
    const struck = await chaos(scene, randomly(seed), { ms: seconds * 1000, ofConnections });

    stop.abort();
    await ending.of('publishing', published);
    await (await direct.createScan({ name: 'the end', number: 0, data_policy: 'ESRF' })).close();
    await ending.of('Python', followed);
    await ending.closing(publishing);
    await ending.of('connections', scene.untilUnused());

    const { scans } = publisher;
    const journals = await followed.then((read) => journalsOf(read, scans), () => []);
    const found = await findings({ scans, journals, ending, client: scene.server.client });
    print(line({ title, scans, journals, struck, connections: scene.connections - before, found }));
    return found;
  });
}

interface WithPython {
  readonly scene: Scene;
  readonly python: PythonSession;
  readonly ending: Ending;
  readonly title: string;
}

async function onScene(title: string, run: (on: WithPython) => Promise<Findings>): Promise<Findings> {
  print(`${title}: begins`);
  const scene = await Scene.open(1);
  try {
    const python = await PythonSession.start('2.4.5', scene.server.url);
    try {
      return await run({ scene, python, ending: new Ending(), title });
    } finally {
      await python.end();
    }
  } finally {
    await scene.close();
  }
}

/** Python has waited until the server had all that it sent. */
function publishedByPython(number: number, { key, streams }: t.TypeOf<typeof Published>): PublishedScan {
  const kinds = new Map<string, Pick<Kind, 'saidByEntry'>>();
  kindsOf(number)((kind) => kinds.set(kind.name, kind));
  return {
    number,
    key,
    failure: undefined,
    streams: Object.entries(streams).map(([name, stream]) => ({
      ...stream,
      name,
      acknowledged: [{ at: performance.now(), points: stream.sent }],
      saidByEntry: kinds.get(name)?.saidByEntry ?? (() => []),
    })),
  };
}

/** What Python read, in journals as followers here write them: of every stream, and of the scans in order. */
function journalsOf(read: t.TypeOf<typeof Followed>, scans: readonly PublishedScan[]): readonly Journal[] {
  const ofStreams = scans.flatMap(({ number, key, streams }) =>
    streams.map(({ name, key: streamKey }) => {
      const journal = new Journal(`scan ${number}, ${name}, Python`, streamKey, 'all');
      const runs = read.find((scan) => scan.key === key)?.runs[name] ?? [];
      for (const [index, said, count] of runs) journal.take(index, Array.from({ length: count }, (_, i) => (said < 0 ? NaN : said + i)));
      journal.leave();
      return journal;
    }),
  );
  return [...ofStreams, journalOfScans(read.map(({ key }) => key), scans)];
}
