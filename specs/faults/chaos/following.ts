/** Follows all scans as they appear, each of their streams in every way, and journals what comes. */
import { BehaviorSubject, concat, defer, filter, firstValueFrom, ignoreElements, lastValueFrom, map, tap, timer, asyncScheduler, type Observable } from 'rxjs';
import type { DataStore, Scan, Stream, StreamType } from '../../../lib/index.js';
import type { Random } from '../../redis/random.js';
import { Journal, type Expectation } from './journal.js';
import { kindsOf, type Kind } from './kinds.js';
import { pause } from './pause.js';

/** One way of reading a stream, to its end or as far as it likes; what comes goes into the journal. */
interface Way {
  readonly name: string;
  readonly expected: Expectation;
  /** Whether it takes each point as soon as it is there. */
  readonly prompt?: boolean;
  follow<T extends StreamType>(stream: Stream<T>, kind: Kind<T>, journal: Journal, random: Random): Promise<unknown>;
}

const toTheEnd = (source$: Observable<unknown>): Promise<unknown> => lastValueFrom(source$.pipe(ignoreElements()), { defaultValue: undefined });

const ways: readonly Way[] = [
  {
    name: 'points$',
    expected: 'all',
    prompt: true,
    follow: (stream, { said }, journal) => toTheEnd(stream.points$.pipe(tap(({ index, value }) => journal.take(index, [said(value)])))),
  },
  {
    name: 'chunks$',
    expected: 'all',
    prompt: true,
    follow: (stream, { saidAll }, journal) => toTheEnd(stream.chunks$.pipe(tap(({ index, expired, data }) => journal.take(index + expired, saidAll(data))))),
  },
  {
    // Lent memory has to stay what it is until the work is done.
    name: 'consume, slowly',
    expected: 'all',
    follow: (stream, { saidAll }, journal, random) =>
      toTheEnd(
        stream.consume(({ index, expired, data }) => concat(timer(random.upTo(60), asyncScheduler), defer(async () => journal.take(index + expired, saidAll(data)))), {
          lend: random.chance(0.5),
          ...(random.chance(0.5) ? { credit: { chunks: 1 + random.upTo(3) } } : {}),
        }),
      ),
  },
  {
    name: 'cursor',
    expected: 'all',
    follow: async (stream, { saidAll }, journal, random) => {
      using cursor = stream.cursor();
      for (;;) {
        const result = await cursor.read({ ...(random.chance(0.5) ? { count: random.upTo(300) } : {}), ...(random.chance(0.5) ? { wait: random.upTo(40) } : {}) });
        if (result._tag === 'end') return;
        if (result._tag === 'chunk') journal.take(result.index + result.expired, saidAll(result.data));
      }
    },
  },
  {
    name: 'late for await',
    expected: 'all',
    follow: async (stream, { saidAll }, journal, random) => {
      await pause(random.upTo(3000));
      for await (const { index, expired, data } of stream) journal.take(index + expired, saidAll(data));
    },
  },
  {
    name: 'chunksFrom',
    expected: 'rest',
    follow: async (stream, { saidAll }, journal, random) => {
      await pause(random.upTo(1000));
      // From where something is already, so that all from there on is what there should be.
      const from = Math.max(0, (await firstValueFrom(stream.length())) - 1);
      journal.take(from, []);
      await toTheEnd(stream.chunksFrom(from).pipe(tap(({ index, expired, data }) => journal.take(index + expired, saidAll(data)))));
    },
  },
  {
    name: 'latest$',
    expected: 'newest',
    follow: (stream, { said }, journal) => toTheEnd(stream.latest$.pipe(tap(({ index, value }) => journal.take(index, [said(value)])))),
  },
  {
    name: 'left early',
    expected: 'beginning',
    follow: async (stream, { saidAll }, journal, random) => {
      let failure: unknown;
      const subscription = stream.chunks$.subscribe({ next: ({ index, expired, data }) => journal.take(index + expired, saidAll(data)), error: (error: unknown) => (failure = error) });
      await pause(random.upTo(3000));
      journal.leave();
      subscription.unsubscribe();
      if (failure !== undefined) throw failure;
    },
  },
  {
    name: 'at',
    expected: 'any',
    follow: async (stream, { said }, journal, random) => {
      for (let asked = 0; asked < 30; asked++) {
        await pause(random.upTo(100));
        const length = await firstValueFrom(stream.length());
        if (length === 0) continue;
        const index = random.upTo(length) - 1;
        journal.take(index, [said(await firstValueFrom(stream.at(index)))]);
      }
    },
  },
];

export class Follower {
  readonly journals: Journal[] = [];
  /** The keys of the scans in the order of delivery. */
  readonly scans: string[] = [];
  private readonly delivered = new BehaviorSubject(0);
  private readonly loading: Promise<void>[] = [];
  private leave: () => void = () => undefined;

  constructor(
    private readonly store: DataStore,
    private readonly random: Random,
    /** A prefix of its journals' names, if there are several followers. */
    private readonly name = '',
    /** In which ways it follows; in all by default. */
    private readonly follows: (way: string) => boolean = () => true,
  ) {}

  /** Resolves when it follows all scans from now on. */
  async begin(): Promise<void> {
    const since = await firstValueFrom(this.store.lastTimetag());
    const subscription = this.store.scansSince(since).subscribe({
      next: ({ key }) => {
        this.scans.push(key);
        this.delivered.next(this.scans.length);
        this.load(this.followScan(key));
      },
      error: (error: unknown) => this.delivered.error(error),
    });
    this.leave = () => subscription.unsubscribe();
  }

  /** Resolves when so many scans were delivered; rejects if no more will be. */
  async has(scans: number): Promise<void> {
    await firstValueFrom(this.delivered.pipe(filter((delivered) => delivered >= scans)));
  }

  /** Resolves when all live readers have another point, or have ended. */
  async goesOn(): Promise<void> {
    const before = this.journals.filter(({ prompt, ended }) => prompt && ended === undefined).map((journal) => ({ journal, arrivals: journal.arrivals.length }));
    while (before.some(({ journal, arrivals }) => journal.ended === undefined && journal.arrivals.length === arrivals)) await pause(5);
  }

  /** Resolves when so many scans were delivered and have ended; rejects if one could not be followed. */
  async ended(scans: number): Promise<void> {
    await this.has(scans);
    // Loading a scan follows its streams.
    for (const loaded of this.loading) await loaded;
    await Promise.all(this.journals.map(({ outcome }) => outcome));
    this.leave();
  }

  private load(loading: Promise<void>): void {
    // `ended` rejects with it.
    loading.catch(() => undefined);
    this.loading.push(loading);
  }

  private async followScan(key: string): Promise<void> {
    const scan = await firstValueFrom(this.store.loadScan(key));
    const number = scan.identity.number;
    const states = this.journal(`scan ${number}, state$`, key, 'rest');
    states.run(toTheEnd(scan.state$.pipe(tap((state) => states.take(state, [state])))));
    kindsOf(number)((kind) => this.followStream(scan, number, kind));
  }

  private followStream<T extends StreamType>(scan: Scan, number: number, kind: Kind<T>): void {
    this.load(firstValueFrom(scan.stream(kind.name, kind.type).pipe(map((stream) => this.followInAllWays(number, stream, kind)))));
  }

  private followInAllWays<T extends StreamType>(number: number, stream: Stream<T>, kind: Kind<T>): void {
    for (const { name, expected, prompt = false, follow } of ways.filter((way) => this.follows(way.name))) {
      const journal = this.journal(`scan ${number}, ${stream.name}, ${name}`, stream.key, expected, prompt);
      journal.run(follow(stream, kind, journal, this.random));
    }
  }

  private journal(name: string, key: string, expected: Expectation, prompt = false): Journal {
    const journal = new Journal(this.name === '' ? name : `${this.name}, ${name}`, key, expected, prompt);
    this.journals.push(journal);
    return journal;
  }
}
