/** Regroups chunks, so that each has the same number of points. */
import { concat, concatMap, defer, type MonoTypeOperatorFunction } from 'rxjs';
import { joinData, ownData, pointCount, sliceData } from '../model/chunk-data.js';
import { requireCount } from '../model/integer-arguments.js';
import type { Chunk, ChunkData, StreamType } from '../model/stream-type.js';
import { endOf } from './point-or-chunk.js';

/**
 * Regroups chunks of any size into chunks of exactly `count` points.
 *
 * In plain words: an FFT of 1024 points needs 1024 points, however they arrive.
 *
 * ```
 * source:            -(ab)-c----(defg)-----h-|
 * bufferPoints(3):   ------(abc)-(def)-------(gh|)
 * ```
 *
 * - Emits a chunk as soon as it is full; the last one holds the rest. A chunk only holds consecutive points: where points were trimmed
 *   or the source skips indices, the chunk before is emitted with fewer points, and the one after has the number of trimmed points in
 *   `expired` (with empty `data` if nothing follows).
 * - Completes when the source completes, after the last chunk.
 * - Errors when the source errors (points held back are dropped), and with `InvalidArgument` for chunks of different dtypes or shapes.
 *
 * Points are not decoded: a chunk of the right size passes unchanged, parts are copied.
 *
 * @param count the number of points, at least 1
 * @throws InvalidArgument at the call for an invalid count
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

/** The points of the next chunk, until it is full. */
class HeldPoints<T extends StreamType> {
  /** Where the next chunk begins. */
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
    // Empty data still give the dtype and shape, in case nothing follows.
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
