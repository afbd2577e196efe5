/** Records what was acknowledged, received and stored; judges it from the record alone. */
import type { Redis } from 'ioredis';
import { BehaviorSubject, filter, firstValueFrom, map, merge, ReplaySubject, Subject, type Observable, type Subscription } from 'rxjs';
import type { Chunk } from '../../lib/index.js';

/** The value of the point at an index, so that what comes in its place is noticed, too. */
export const valueAt = (index: number): number => Math.imul(index + 1, 0x9e3779b1) | 0;

/** The values of `count` points from an index on. */
export const valuesFrom = (index: number, count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => valueAt(index + i));

/** How many points of each kind; all 0 is what there should be. */
export interface Verdict {
  /** Not there though others after them are, or though it was acknowledged that they are. */
  readonly lost: number;
  readonly doubled: number;
  /** After one of a greater index. */
  readonly outOfOrder: number;
  /** Of another value than the index says. */
  readonly wrong: number;
  /** After the subscriber had left. */
  readonly late: number;
}

export const flawless: Verdict = { lost: 0, doubled: 0, outOfOrder: 0, wrong: 0, late: 0 };

/** Points that came together. */
interface Recorded {
  readonly first: number;
  readonly values: Iterable<number>;
  readonly late: boolean;
}

/** Judges a record of points that were to come from index `from` on, up to `length` of them at least. */
function judge(record: readonly Recorded[], from: number, length: number): Verdict {
  const seen: boolean[] = [];
  const verdict = { ...flawless };
  let greatest = from - 1;
  for (const { first, values, late } of record) {
    let index = first;
    for (const value of values) {
      if (seen[index] === true) verdict.doubled++;
      else if (index < greatest) verdict.outOfOrder++;
      if (value !== valueAt(index)) verdict.wrong++;
      if (late) verdict.late++;
      seen[index] = true;
      greatest = Math.max(greatest, index);
      index++;
    }
  }
  for (let index = from; index < Math.max(length, greatest + 1); index++) if (seen[index] !== true) verdict.lost++;
  return verdict;
}

/** The record of one subscriber. */
export class Received {
  private readonly record: Recorded[] = [];
  private readonly count = new BehaviorSubject(0);
  private readonly failure = new ReplaySubject<never>(1);
  private readonly completed = new ReplaySubject<void>(1);
  private subscription: Subscription | undefined;
  private unsubscribed = false;

  constructor(private readonly from = 0) {}

  /** Records a subscription to points. */
  static points(points$: Observable<{ readonly index: number; readonly value: number }>): Received {
    const received = new Received();
    return received.follow(points$, ({ index, value }) => received.take(index, [value]));
  }

  /** Records a subscription to chunks from an index on. */
  static chunks(chunks$: Observable<Chunk<'int32'>>, from = 0): Received {
    const received = new Received(from);
    return received.follow(chunks$, (chunk) => received.takeChunk(chunk));
  }

  takeChunk({ index, expired, data }: Chunk<'int32'>): void {
    this.take(index + expired, data.data);
  }

  take(first: number, values: ArrayLike<number> & Iterable<number>): void {
    this.record.push({ first, values, late: this.unsubscribed });
    this.count.next(this.points + values.length);
  }

  /** How many points were received, doubled ones included. */
  get points(): number {
    return this.count.value;
  }

  /** Resolves when so many points have been received; rejects with what the subscription fails with before. */
  async has(points: number): Promise<void> {
    await firstValueFrom(merge(this.count.pipe(filter((count) => count >= points)), this.failure));
  }

  /** Resolves at the end of the stream, and rejects with what the subscription fails with. */
  async ended(): Promise<void> {
    await firstValueFrom(merge(this.completed, this.failure));
  }

  /** Resolves to what the subscription fails with; rejects if it completes. */
  async failed(): Promise<unknown> {
    try {
      await this.ended();
    } catch (error) {
      return error;
    }
    throw new Error(`It should have failed, but completed after ${this.points} points`);
  }

  /** Unsubscribes: whatever comes from now on is late. */
  leave(): void {
    this.unsubscribed = true;
    this.subscription?.unsubscribe();
  }

  /** @param length how many points there should be at least */
  verdict(length = 0): Verdict {
    return judge(this.record, this.from, length);
  }

  private follow<A>(source$: Observable<A>, take: (value: A) => void): this {
    this.subscription = source$.subscribe({
      next: take,
      error: (error: unknown) => this.failure.error(error),
      complete: () => this.completed.next(),
    });
    return this;
  }
}

/** Records what a publisher got acknowledged. */
export class Acknowledged {
  private readonly counts: number[] = [];
  private readonly acknowledged$ = new Subject<number>();

  constructor(acknowledged$: Observable<number>) {
    acknowledged$.subscribe({
      next: (count) => {
        this.counts.push(count);
        this.acknowledged$.next(count);
      },
      // The writer's own promises say it.
      error: () => undefined,
    });
  }

  /** The greatest number of points that was ever acknowledged. */
  get points(): number {
    return Math.max(0, ...this.counts);
  }

  /** Whether what was acknowledged was never taken back. */
  get isGrowing(): boolean {
    return this.counts.every((count, i) => count >= (this.counts[i - 1] ?? 0));
  }

  /** Resolves when so many points are acknowledged. */
  async has(points: number): Promise<void> {
    if (this.points < points) await firstValueFrom(this.acknowledged$.pipe(filter((count) => count >= points), map(() => undefined)));
  }
}

/** What is on the server, by its raw entries, which should be the first `length` points at least. */
export async function stored(client: Redis, key: string, length = 0): Promise<Verdict> {
  const record: Recorded[] = [];
  for (const [id, fields] of await client.xrangeBuffer(key, '-', '+')) {
    const pairs = new Map(fields.map((field, i): [string, Buffer] => [String(field), fields[i + 1] ?? Buffer.alloc(0)]).filter((_, i) => i % 2 === 0));
    const payload = pairs.get('payload');
    // The seal has none.
    if (payload === undefined) continue;
    const first = Number(String(id).split('-')[0]);
    const len = Number(String(pairs.get('len') ?? '1'));
    if (payload.length !== 4 * len) throw new Error(`the entry ${String(id)} of ${len} points has ${payload.length} bytes`);
    record.push({ first, values: Array.from({ length: len }, (_, i) => payload.readInt32LE(4 * i)), late: false });
  }
  return judge(record, 0, length);
}
