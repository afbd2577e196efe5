/** Cuts chunks anew, so that each has the same number of points. */
import { concat, concatMap, defer, type MonoTypeOperatorFunction } from 'rxjs';
import { joinData, ownData, pointCount, sliceData } from '../model/chunk-data.js';
import type { Chunk, ChunkData, StreamType } from '../model/stream-type.js';
import { requireCount } from './arguments.js';
import { endOf } from './items.js';

/**
 * Makes chunks of exactly `count` points out of chunks of any size.
 *
 * In plain words: an FFT of 1024 points wants 1024 points, however they came.
 *
 * ```
 * source:            -(ab)-c----(defg)-----h-|
 * bufferPoints(3):   ------(abc)-(def)-------(gh|)
 * ```
 *
 * - Emits a chunk as soon as it is full; the last one has what is left. Points that follow each other are never torn apart otherwise,
 *   and points that don't are never put into one chunk: where some were trimmed off in between, or the source passes over indices,
 *   the chunk before is emitted with fewer points, and the one after says in `expired` how many are missing (`data` is empty if
 *   nothing came after them).
 * - Completes when the source completes, after the last chunk.
 * - Errors with what the source errors with (and what was held back is dropped), and with `InvalidArgument` for chunks of several
 *   streams whose dtypes or shapes differ.
 *
 * No point is looked at: a chunk of the right size passes as it is, parts are copied into memory of their own.
 *
 * @param count how many points, at least 1
 * @throws InvalidArgument at the call for a count that is none.
 * @example
 * stream.chunks$.pipe(bufferPoints(1024), map(({ data }) => fft(data.data)));
 */
export function bufferPoints<T extends StreamType>(count: number): MonoTypeOperatorFunction<Chunk<T>> {
  requireCount('count', count);
  return (source) =>
    defer(() => {
      const held = new HeldPoints<T>(count);
      return concat(source.pipe(concatMap((chunk) => held.add(chunk))), defer(() => held.rest()));
    });
}

/** The points that do not make a whole chunk yet. */
class HeldPoints<T extends StreamType> {
  /** Where the chunk to come begins. */
  private index = 0;
  private expired = 0;
  private count = 0;
  private parts: ChunkData<T>[] = [];

  constructor(private readonly wanted: number) {}

  *add(chunk: Chunk<T>): Generator<Chunk<T>> {
    const follows = chunk.index === this.index + this.expired + this.count;
    if (!follows || chunk.expired > 0) {
      if (this.count > 0 || !follows) yield* this.rest();
      if (!follows) this.index = chunk.index;
      this.expired += chunk.expired;
    }
    const there = pointCount(chunk.data);
    // Even no points tell the dtype and shape, should nothing else come.
    if (there === 0 && this.parts.length === 0) this.parts.push(chunk.data);
    for (let at = 0; at < there; ) {
      const taken = Math.min(this.wanted - this.count, there - at);
      this.hold(taken === there ? chunk.data : ownData<T>(sliceData<T>(chunk.data, at, at + taken)), taken);
      at += taken;
      if (this.count === this.wanted) yield this.cut();
    }
  }

  *rest(): Generator<Chunk<T>> {
    if (this.count > 0 || this.expired > 0) yield this.cut();
  }

  private hold(part: ChunkData<T>, count: number): void {
    if (this.count === 0) this.parts = [];
    this.parts.push(part);
    this.count += count;
  }

  private cut(): Chunk<T> {
    const chunk = { index: this.index, expired: this.expired, data: joinData<T>(this.parts) };
    this.index = endOf(chunk);
    this.expired = 0;
    this.count = 0;
    this.parts = [];
    return chunk;
  }
}
