/** What a follower received, or a publisher was acknowledged, when, and how it ended: written down as it comes, judged afterwards. */

/** Points that came together. */
export interface Arrival {
  /** When, in ms. */
  readonly at: number;
  /** The index of the first one, according to the reader. */
  readonly index: number;
  /** The indices that they say themselves to have. */
  readonly said: readonly number[];
}

/**
 * What a follower asked for: every point from 0 to the end; every one from the first that it got to the end; every one from 0 until it left;
 * ever newer ones up to the last; or some, in any order and any number of times.
 */
export type Expectation = 'all' | 'rest' | 'beginning' | 'newest' | 'any';

export class Journal {
  readonly arrivals: Arrival[] = [];
  /** How many points came after it had left. */
  late = 0;
  /** When it began and when it ended, in ms. */
  readonly begun = performance.now();
  ended: number | undefined;
  /** What it ended with, where it should have come to an end. */
  failure: unknown;
  /** How it ended, once that is recorded: `run`. */
  outcome: Promise<void> = Promise.resolve();
  private unsubscribed = false;

  constructor(
    /** The scan, the stream, and how it is read. */
    readonly name: string,
    readonly key: string,
    readonly expected: Expectation,
    /** Whether it takes each point as soon as it is there, so that its silence tells how long something was away. */
    readonly prompt = false,
  ) {}

  take(index: number, said: readonly number[]): void {
    if (this.unsubscribed) this.late += said.length;
    this.arrivals.push({ at: performance.now(), index, said });
  }

  /** From now on whatever comes is late. */
  leave(): void {
    this.unsubscribed = true;
    this.ended = performance.now();
  }

  /** Records how it ends. */
  run(following: Promise<unknown>): this {
    this.outcome = following.then(
      () => {
        this.ended ??= performance.now();
      },
      (error: unknown) => {
        this.failure = error;
        this.ended ??= performance.now();
      },
    );
    return this;
  }
}
