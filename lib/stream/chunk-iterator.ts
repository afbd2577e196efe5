/** Iterates over what a cursor reads. Written by hand: an async generator cannot be left while it waits. */
import type { PacedChunk, StreamType } from '../model/stream-type.js';
import type { StreamCursor } from './cursor.js';

type Result<T extends StreamType> = IteratorResult<PacedChunk<T>, void>;

/**
 * Every `next` reads a chunk; several at once are answered in order. `return` and `throw` end it at once: what waits is told that it is
 * done, and the cursor is closed.
 */
export class ChunkIterator<T extends StreamType> implements AsyncIterableIterator<PacedChunk<T>, void, undefined>, AsyncDisposable {
  private done = false;

  constructor(private readonly cursor: StreamCursor<T>) {}

  async next(): Promise<Result<T>> {
    if (this.done) return { done: true, value: undefined };
    let chunk: Awaited<ReturnType<StreamCursor<T>['read']>>;
    try {
      chunk = await this.cursor.read();
    } catch (error) {
      // Once it is left, or has failed, the reads behind are told that they are done.
      if (this.isDone()) return { done: true, value: undefined };
      this.leave();
      throw error;
    }
    if (typeof chunk !== 'string' && !this.isDone()) return { done: false, value: chunk };
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

  /** What may have changed while a read was awaited. */
  private isDone(): boolean {
    return this.done;
  }

  private leave(): void {
    this.done = true;
    this.cursor.close();
  }
}
