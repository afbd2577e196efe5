/** Reading and publishing one scan by way of a proxy whose connections break, by this package and by Python: what came of it. */
import { firstValueFrom, ignoreElements, lastValueFrom, tap } from 'rxjs';
import { DataStore, type Stream, type StreamType } from '../../../lib/index.js';
import { chaos } from '../../faults/chaos/chaos.js';
import { ofConnections, type Disaster } from '../../faults/chaos/disasters.js';
import { Journal } from '../../faults/chaos/journal.js';
import { kindsOf, type Kind } from '../../faults/chaos/kinds.js';
import { endsWithin } from '../../faults/chaos/pause.js';
import { Publisher, type PublishedScan } from '../../faults/chaos/publishing.js';
import { Scene } from '../../faults/chaos/scene.js';
import { judge, judgeStored, sum, type Verdict } from '../../faults/chaos/verdict.js';
import { randomly } from '../../redis/random.js';
import { PythonProcess } from './python-process.js';

export type Who = 'blissdata-rx' | 'Python 2.4.5';

export interface Contest {
  readonly seed: number;
  readonly seconds: number;
  /** How long a contestant may take to end once nothing goes wrong any more, in seconds: what takes longer hangs. */
  readonly patience: number;
  /** What goes wrong. */
  readonly disasters: readonly Disaster[];
}

export interface Result {
  readonly faults: number;
  /** How many points were published, or sent. */
  readonly points: number;
  /** How many of them came. */
  readonly arrived: number;
  /** Of those before the last that came: missing, doubled, and the like. */
  readonly verdict: Verdict;
  /** `completed`, `hung`, or what it failed with. */
  readonly end: string;
  /** After how many seconds that was known. */
  readonly after: number;
}

/** Without silent ones: the others report by themselves that a connection is lost. */
export const toldOf: readonly Disaster[] = ofConnections.filter(({ name }) => !/half-open|silence/.test(name));
export const all = ofConnections;

export async function reading(who: Who, contest: Contest): Promise<Result> {
  const scene = await Scene.open(1);
  try {
    await using direct = DataStore.connect(scene.server.url);
    const stop = new AbortController();
    const publisher = new Publisher(direct, randomly(contest.seed + 1));
    const published = publisher.one(stop.signal);
    const scan = await startedScan(direct, publisher);
    const reader = await (who === 'blissdata-rx' ? ourReader : pythonReader)(scene, scan);
    const begun = performance.now();
    const struck = await chaos(scene, randomly(contest.seed), { ms: contest.seconds * 1000, ofConnections: contest.disasters });
    stop.abort();
    await published;
    await endsWithin(contest.patience * 1000, reader.ended);
    const ended = performance.now();
    const end = reader.end();
    await reader.close();
    const { journals } = reader;
    const verdicts = journals.map((journal) => judge(journal, scan.streams.find(({ key }) => key === journal.key)?.sent ?? 0));
    return {
      faults: struck.length,
      points: scan.streams.reduce((count, { sent }) => count + sent, 0),
      arrived: journals.reduce((count, { arrivals }) => count + arrivals.reduce((points, { said }) => points + said.length, 0), 0),
      verdict: sum(verdicts),
      end,
      after: (Math.max(0, ...journals.map(({ ended: at = ended }) => at)) - begun) / 1000,
    };
  } finally {
    await scene.close();
  }
}

export async function publishing(who: Who, contest: Contest): Promise<Result> {
  const scene = await Scene.open(1);
  try {
    const publisher = await (who === 'blissdata-rx' ? ourPublisher : pythonPublisher)(scene, contest);
    const begun = performance.now();
    const struck = await chaos(scene, randomly(contest.seed), { ms: contest.seconds * 1000, ofConnections: contest.disasters });
    publisher.stop();
    await endsWithin(contest.patience * 1000, publisher.ended);
    const after = (performance.now() - begun) / 1000;
    const end = publisher.end();
    await publisher.close();
    const streams = publisher.streams();
    const stored: Verdict[] = [];
    let arrived = 0;
    for (const { name, key, sent } of streams) {
      const entries = await judgeStored(scene.server.client, key, 0, (payload, len) => saidBy(name, payload, len));
      const missing = await judgeStored(scene.server.client, key, sent, (payload, len) => saidBy(name, payload, len));
      arrived += sent - missing.lost;
      // How it ended says that it is not sealed.
      stored.push({ ...entries, wrong: Math.max(0, entries.wrong - 1) });
    }
    return { faults: struck.length, points: streams.reduce((count, { sent }) => count + sent, 0), arrived, verdict: sum(stored), end, after };
  } finally {
    await scene.close();
  }
}

interface Reader {
  readonly journals: readonly Journal[];
  readonly ended: Promise<unknown>;
  end(): string;
  close(): Promise<unknown>;
}

interface Sender {
  readonly ended: Promise<unknown>;
  stop(): void;
  end(): string;
  close(): Promise<unknown>;
  streams(): readonly { readonly name: string; readonly key: string; readonly sent: number }[];
}

/** All streams are there, to be read. */
async function startedScan(store: DataStore, publisher: Publisher): Promise<PublishedScan> {
  const { key } = await firstValueFrom(store.scansSince('0-0'));
  const loaded = await firstValueFrom(store.loadScan(key));
  await firstValueFrom(loaded.stream('log', 'json'));
  const [scan] = publisher.scans;
  if (scan === undefined) throw new Error('nothing is published');
  return scan;
}

async function ourReader(scene: Scene, { key, streams }: PublishedScan): Promise<Reader> {
  const store = scene.store(0);
  const scan = await firstValueFrom(store.loadScan(key));
  const journals: Journal[] = [];
  const follow = <T extends StreamType>(stream: Stream<T>, kind: Kind<T>, journal: Journal): Promise<unknown> =>
    lastValueFrom(stream.chunks$.pipe(tap(({ index, expired, data }) => journal.take(index + expired, kind.saidAll(data))), ignoreElements()), { defaultValue: undefined });
  const opening: Promise<void>[] = [];
  kindsOf(0)((kind) => {
    const journal = journalOf(kind.name, streams);
    journals.push(journal);
    opening.push(
      firstValueFrom(scan.stream(kind.name, kind.type)).then((stream) => {
        journal.run(follow(stream, kind, journal));
      }),
    );
  });
  await Promise.all(opening);
  return {
    journals,
    ended: Promise.all(journals.map(({ outcome }) => outcome)),
    end: () => (journals.some(({ ended }) => ended === undefined) ? 'hung' : journals.some(({ failure }) => failure !== undefined) ? 'failed' : 'completed'),
    close: () => store.close(),
  };
}

async function pythonReader(scene: Scene, { key, streams }: PublishedScan): Promise<Reader> {
  const journals: Journal[] = [];
  kindsOf(0)(({ name }) => journals.push(journalOf(name, streams)));
  const python = await PythonProcess.start(scene.proxies[0]?.url ?? '', 'read', key, (said) => {
    if ('stream' in said) journals.find(({ name }) => name === said.stream)?.take(said.index, said.said.map((index) => (index < 0 ? NaN : index)));
    if ('end' in said) for (const journal of journals) journal.leave();
  });
  await python.begun();
  return { journals, ended: python.ended(), end: () => endOf(python), close: () => python.kill() };
}

async function ourPublisher(scene: Scene, { seed }: Contest): Promise<Sender> {
  const store = scene.store(0);
  const stop = new AbortController();
  const publisher = new Publisher(store, randomly(seed + 1));
  const ended = publisher.one(stop.signal);
  let over = false;
  void ended.finally(() => {
    over = true;
  });
  await startedScan(store, publisher);
  return {
    ended,
    stop: () => stop.abort(),
    end: () => (over ? (publisher.scans[0]?.failure === undefined ? 'completed' : 'failed') : 'hung'),
    close: () => store.close(),
    streams: () => publisher.scans[0]?.streams ?? [],
  };
}

async function pythonPublisher(scene: Scene, { seconds }: Contest): Promise<Sender> {
  let sent: Readonly<Record<string, number>> = {};
  const python = await PythonProcess.start(scene.proxies[0]?.url ?? '', 'publish', String(seconds), (said) => {
    if ('sent' in said) ({ sent } = said);
  });
  const { keys = {} } = await python.begun();
  return {
    ended: python.ended(),
    stop: () => undefined,
    end: () => endOf(python),
    close: () => python.kill(),
    streams: () => Object.entries(keys).map(([name, key]) => ({ name, key, sent: sent[name] ?? 0 })),
  };
}

const endOf = ({ end }: PythonProcess): string => (end === undefined ? 'hung' : (end ?? 'completed'));

const journalOf = (name: string, streams: PublishedScan['streams']): Journal => new Journal(name, streams.find((stream) => stream.name === name)?.key ?? '', 'beginning');

function saidBy(name: string, payload: Buffer, len: number): readonly number[] {
  let said: readonly number[] = [];
  kindsOf(0)((kind) => {
    if (kind.name === name) said = kind.saidByEntry(payload, len);
  });
  return said;
}
