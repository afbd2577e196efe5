/** Reads a stream of its own indices until its connection is lost, and goes on over the next one. */
import { defer, firstValueFrom, of, retry, Subject, type Subscription } from 'rxjs';
import { isDisconnected, type Chunk, type Stream } from '../../../lib/index.js';

export class Follower {
  private next = 0;
  private readonly reached$ = new Subject<void>();
  private readonly failures$ = new Subject<never>();
  private readonly subscription: Subscription;
  /** Rejects with the error that ends reading, unless that is a lost connection. */
  readonly failed: Promise<never>;

  constructor(readonly stream: Stream<'int32'>) {
    this.failed = firstValueFrom(this.failures$);
    this.subscription = defer(() => stream.chunksFrom(this.next))
      .pipe(
        retry({
          delay: (error: unknown) => {
            if (isDisconnected(error)) return of(undefined);
            throw error;
          },
        }),
      )
      .subscribe({ next: (chunk) => this.take(chunk), error: (error: unknown) => this.failures$.error(error) });
  }

  /** Points read so far. */
  get points(): number {
    return this.next;
  }

  /** Resolves when this many points have been read. */
  async hasRead(points: number): Promise<void> {
    while (this.next < points) await firstValueFrom(this.reached$);
  }

  stop(): void {
    this.subscription.unsubscribe();
  }

  private take({ index, data: { data: values } }: Chunk<'int32'>): void {
    if (index !== this.next) throw new Error(`read ${index} where ${this.next} comes next`);
    for (const value of values) if (value !== this.next++) throw new Error(`read ${value} at ${this.next - 1}`);
    this.reached$.next();
  }
}
