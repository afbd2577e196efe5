/** Points by index and by slice. */
import { defer, map, Observable, of, switchMap, type Subscriber, type TeardownLogic } from 'rxjs';
import { ownPoint } from '../model/chunk-data.js';
import { blissdataError } from '../model/errors.js';
import { requireInteger } from '../model/integer-arguments.js';
import type { AnyChunkData, ChunkData, PointValue, StreamType } from '../model/stream-type.js';
import type { Block, Head } from '../ports/streams.js';
import type { EntryListener } from '../reading/entry-lookup.js';
import { lostItsSeal, sealLost } from '../reading/known-length.js';
import { whereOf, type ReadableStream } from '../reading/reader/stream-source.js';
import { entryView } from '../wire/encoding/block-entries.js';
import type { AnyCodec, Codec } from '../wire/encoding/codec.js';
import type { Encoding, Where } from '../wire/encoding/encoding.js';
import { hasReached, headOf, holds, locatePoint, type PointLocation } from './locate-point.js';
import { Slicing } from './slicing.js';

/** Python's slice: `start` included, `stop` not, every `step`th point. Negative bounds count from the end of a sealed stream; a negative step gives nothing. */
export interface SliceBounds {
  readonly start?: number;
  readonly stop?: number;
  readonly step?: number;
}

/** @throws InvalidArgument for invalid bounds. */
export function requireBounds({ start = 0, stop, step = 1 }: SliceBounds): void {
  requireInteger('start', start);
  requireInteger('step', step);
  if (stop !== undefined) requireInteger('stop', stop);
  if (step === 0) throw blissdataError('InvalidArgument', { argument: 'step', expected: 'an integer other than 0', received: '0' });
}

// --- Points by index -------------------------------------------------------------------------------------------

export function readPoint<T extends StreamType>(stream: ReadableStream<T>, index: number): Observable<PointValue<T>> {
  if (index >= 0 || !Number.isSafeInteger(index)) return pointAt(stream, index);
  return lengthFor(stream, index).pipe(
    switchMap((length) => {
      if (length + index < 0) throw blissdataError('IndexOutOfRange', { ...whereOf(stream.source), index, length });
      return pointAt(stream, length + index);
    }),
  );
}

/** The length that a negative bound counts from: only a sealed stream has an end. */
const lengthFor = <T extends StreamType>(stream: ReadableStream<T>, bound: number): Observable<number> =>
  headOf(stream).pipe(
    map((head) => {
      const where = whereOf(stream.source);
      if (lostItsSeal(head)) throw sealLost(where, bound);
      if (head?.sealed === true) return head.length;
      throw blissdataError('IndexNotYetThere', { ...where, index: bound });
    }),
  );

/** Just one Observable if the stream is known to have come that far, for thousands of points may be read at once. */
function pointAt<T extends StreamType>(stream: ReadableStream<T>, index: number): Observable<PointValue<T>> {
  return new Observable((subscriber) => {
    requireInteger('index', index);
    if (hasReached(stream, index)) return lookUp(stream, index, subscriber);
    // Beyond the end, a lookup would transfer the last entry, which may be an image.
    const point$ = headOf(stream).pipe(
      switchMap((head) => (index < (head?.length ?? 0) ? new Observable<PointValue<T>>((found) => lookUp(stream, index, found)) : checkedPoint(stream, index, head))),
    );
    return point$.subscribe(subscriber);
  });
}

function lookUp<T extends StreamType>(stream: ReadableStream<T>, index: number, subscriber: Subscriber<PointValue<T>>): TeardownLogic {
  const { core, source, codec } = stream;
  const { encoding } = codec;
  const isFixed = encoding._tag === 'numeric' && !encoding.ragged;
  return core.entries.lookUp(source, index, new PointListener(stream, index, subscriber), isFixed ? source.entryBytes : Infinity);
}

class PointListener<T extends StreamType> implements EntryListener {
  constructor(
    private readonly stream: ReadableStream<T>,
    private readonly index: number,
    private readonly subscriber: Subscriber<PointValue<T>>,
  ) {}

  get closed(): boolean {
    return this.subscriber.closed;
  }

  found(block: Block | undefined, entry: number, alone: boolean): void {
    const { stream, index, subscriber } = this;
    if (block === undefined || !holds(block, entry, index)) {
      subscriber.add(checkedPoint(stream, index).subscribe(subscriber));
      return;
    }
    let value: PointValue<T>;
    try {
      value = pointIn(stream.codec, block, entry, alone, index, whereOf(stream.source));
    } catch (error) {
      subscriber.error(error);
      return;
    }
    subscriber.next(value);
    subscriber.complete();
  }

  error(error: unknown): void {
    this.subscriber.error(error);
  }
}

/** A point that was not found, or the error that says why. */
function checkedPoint<T extends StreamType>(stream: ReadableStream<T>, index: number, head?: Head): Observable<PointValue<T>> {
  const { core, source, codec } = stream;
  const where = whereOf(source);
  return locatePoint(stream, index, head).pipe(
    switchMap((location) => {
      if (!location.exists) throw missingPoint(where, index, location);
      return core.database.range(source, { max: index, count: 1, reverse: true });
    }),
    map((block) => {
      if (!holds(block, 0, index)) throw blissdataError('IndexNoMoreThere', { ...where, index });
      return pointIn(codec, block, 0, false, index, where);
    }),
  );
}

/** The point was trimmed off, is yet to come, or will not. */
function missingPoint(where: Where, index: number, { length, sealed, sealLost: isLengthLost }: PointLocation): Error {
  if (index < length || isLengthLost) return blissdataError('IndexNoMoreThere', { ...where, index });
  return sealed ? blissdataError('IndexWontBeThere', { ...where, index, length }) : blissdataError('IndexNotYetThere', { ...where, index });
}

// --- One point of a block --------------------------------------------------------------------------------------

interface Scalars<Data = AnyChunkData> {
  readonly data: Data;
  /** Where the points of each entry begin in the data. */
  readonly starts: Float64Array;
}

/** Blocks of scalars are decoded once for all points that were looked up in them; `null` for a block with an invalid entry. */
const scalarsOf = new WeakMap<Block, Scalars | null>();

/**
 * The point at an index of the stream, which an entry of the block holds. Throws `InvalidEntry`.
 *
 * @param alone whether the block is not shared
 */
function pointIn<T extends StreamType>(codec: Codec<T>, block: Block, entry: number, alone: boolean, index: number, where: Where): PointValue<T> {
  const offset = index - (block.firsts[entry] ?? 0);
  if (isScalar(codec.encoding)) {
    const scalars = decodedScalars(codec, block, where);
    if (scalars !== null) return codec.at(scalars.data, (scalars.starts[entry] ?? 0) + offset);
  }
  const { data, bad } = codec.decode(alone ? block : entryView(block, entry), where);
  if (bad !== null) throw bad;
  // In memory of its own, for users may keep and change it.
  return alone ? codec.ownAt(data, offset) : ownPoint<T>(codec.at(data, offset));
}

const isScalar = (encoding: Encoding): boolean => encoding._tag === 'numeric' && encoding.shape.length === 0;

function decodedScalars<T extends StreamType>(codec: Codec<T>, block: Block, where: Where): Scalars<ChunkData<T>> | null;
function decodedScalars(codec: AnyCodec, block: Block, where: Where): Scalars | null {
  const known = scalarsOf.get(block);
  if (known !== undefined) return known;
  const { data, bad } = codec.decode(block, where);
  const scalars = bad === null ? { data, starts: startsOf(block.lens) } : null;
  scalarsOf.set(block, scalars);
  return scalars;
}

function startsOf(lens: Float64Array): Float64Array {
  const starts = new Float64Array(lens.length);
  let next = 0;
  lens.forEach((len, k) => {
    starts[k] = next;
    next += len;
  });
  return starts;
}

// --- Slices ----------------------------------------------------------------------------------------------------

export function readSlice<T extends StreamType>(stream: ReadableStream<T>, bounds: SliceBounds): Observable<ChunkData<T>> {
  return defer(() => {
    requireBounds(bounds);
    const { start = 0, stop, step = 1 } = bounds;
    const negative = [start, stop].find((bound) => bound !== undefined && bound < 0);
    if (negative === undefined) return readBetween(stream, start, stop ?? Infinity, step);
    return lengthFor(stream, negative).pipe(
      switchMap((length) => {
        const fromEnd = (bound: number): number => (bound < 0 ? Math.max(length + bound, 0) : bound);
        return readBetween(stream, fromEnd(start), stop === undefined ? Infinity : fromEnd(stop), step);
      }),
    );
  });
}

function readBetween<T extends StreamType>(stream: ReadableStream<T>, start: number, stop: number, step: number): Observable<ChunkData<T>> {
  if (stop <= start) return of(stream.codec.empty());
  if (step > 0) return new Slicing(stream, { start, stop, step }).read();
  // A negative step gives nothing, but still the error of a start that was trimmed off.
  return locatePoint(stream, start).pipe(
    map(({ exists, length, sealLost: isLengthLost }) => {
      if (exists || (start >= length && !isLengthLost)) return stream.codec.empty();
      throw blissdataError('IndexNoMoreThere', { ...whereOf(stream.source), index: start });
    }),
  );
}
