/** Asynchronous iteration over a stream or a cursor, and how RxJS takes both for Observables. */
/// <reference lib="esnext.disposable" preserve="true" />
import { Observable } from 'rxjs';
import type { PacedChunk, StreamType } from '../model/stream-type.js';

type Result<T extends StreamType> = IteratorResult<PacedChunk<T>, void>;

/** What is iterated over. */
interface Cursor<T extends StreamType> {
  read(): Promise<({ readonly _tag: 'chunk' } & PacedChunk<T>) | { readonly _tag: 'none' | 'end' }>;
  close(): void;
}

/**
 * Written by hand, for an async generator cannot be left while it waits. Every `next` reads a chunk; several at once are answered in order.
 * `return` and `throw` end it at once: pending reads are done, and the cursor is closed.
 */
export class ChunkIterator<T extends StreamType> implements AsyncIterableIterator<PacedChunk<T>, void, undefined>, AsyncDisposable {
  private done = false;

  constructor(private readonly cursor: Cursor<T>) {}

  async next(): Promise<Result<T>> {
    if (this.done) return { done: true, value: undefined };
    let result: Awaited<ReturnType<Cursor<T>['read']>>;
    try {
      result = await this.cursor.read();
    } catch (error) {
      // After it was left, or has failed, the reads behind are done.
      if (this.isDone()) return { done: true, value: undefined };
      this.leave();
      throw error;
    }
    if (result._tag === 'chunk' && !this.isDone()) {
      const { _tag, ...chunk } = result;
      return { done: false, value: chunk };
    }
    this.leave();
    return { done: true, value: undefined };
  }

  async return(value?: PromiseLike<void> | void): Promise<Result<T>> {
    this.leave();
    return { done: true, value: await value };
  }

  throw(error?: unknown): Promise<Result<T>> {
    this.leave();
    return Promise.reject(error);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.leave();
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** May have changed during an `await`, which the compiler does not know. */
  private isDone(): boolean {
    return this.done;
  }

  private leave(): void {
    this.done = true;
    this.cursor.close();
  }
}

/** Unlike RxJS' own, it notices at once when it is unsubscribed from, not with the next value. */
const observableOf = <A>(iterable: AsyncIterable<A>): Observable<A> =>
  new Observable((subscriber) => {
    const iterator = iterable[Symbol.asyncIterator]();
    subscriber.add(() => void iterator.return?.());
    const read = async (): Promise<void> => {
      while (!subscriber.closed) {
        const result = await iterator.next();
        if (result.done === true) break;
        subscriber.next(result.value);
      }
      subscriber.complete();
    };
    read().catch((error: unknown) => subscriber.error(error));
  });

/** The names by which RxJS recognises Observables: the latter if it was defined before RxJS was loaded. */
const names: readonly PropertyKey[] = ['@@observable', ...(typeof Symbol.observable === 'symbol' ? [Symbol.observable] : [])];

/** Makes RxJS take the instances of a class for Observables wherever it takes one: `from(stream)`, and results of `mergeMap`. */
export function interoperable(prototype: AsyncIterable<unknown>): void {
  const value = function (this: AsyncIterable<unknown>): Observable<unknown> {
    return observableOf(this);
  };
  for (const name of names) Object.defineProperty(prototype, name, { value });
}
