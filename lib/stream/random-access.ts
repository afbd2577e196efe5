/** Points by index and by slice. */
import { defer, map, Observable, of, switchMap, type Subscriber, type TeardownLogic } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { ChunkData, PointValue, StreamType } from '../model/stream-type.js';
import type { Asker } from '../reading/entry-lookup.js';
import { lostItsSeal, sealLost } from '../reading/known-length.js';
import type { Block, Head } from '../ports/streams.js';
import type { ReadableStream } from './readable-stream.js';
import { pointInBlock } from './point-in-block.js';
import { hasReached, headOf, holds, lookAgain, whereOf, type SecondLook } from './second-look.js';
import { Slicing } from './slicing.js';

/** Python's slice: `start` included, `stop` not, every `step`th point. Negative bounds count from the end of a sealed stream; a negative step gives nothing. */
export interface SliceBounds {
  readonly start?: number;
  readonly stop?: number;
  readonly step?: number;
}

/** Throws `InvalidArgument` for what is no integer. */
export function requireInteger(argument: string, value: number): void {
  if (!Number.isSafeInteger(value)) throw blissdataError('InvalidArgument', { argument, expected: 'an integer', received: String(value) });
}

/** Throws `InvalidArgument` for bounds that are none. */
export function requireBounds({ start = 0, stop, step = 1 }: SliceBounds): void {
  requireInteger('start', start);
  requireInteger('step', step);
  if (stop !== undefined) requireInteger('stop', stop);
  if (step === 0) throw blissdataError('InvalidArgument', { argument: 'step', expected: 'an integer other than 0', received: '0' });
}

/** The length that a negative bound counts from: only a sealed stream has an end. */
const lengthFor = <T extends StreamType>(stream: ReadableStream<T>, bound: number): Observable<number> =>
  headOf(stream).pipe(
    map((found) => {
      if (lostItsSeal(found)) throw sealLost(whereOf(stream), bound);
      if (found?.sealed === true) return found.length;
      throw blissdataError('IndexNotYetThere', { ...whereOf(stream), index: bound });
    }),
  );

export function readPoint<T extends StreamType>(stream: ReadableStream<T>, wanted: number): Observable<PointValue<T>> {
  if (wanted >= 0 || !Number.isSafeInteger(wanted)) return pointAt(stream, wanted);
  return lengthFor(stream, wanted).pipe(
    switchMap((length) => {
      if (length + wanted < 0) throw blissdataError('IndexOutOfRange', { ...whereOf(stream), index: wanted, length });
      return pointAt(stream, length + wanted);
    }),
  );
}

/** One Observable and nothing more where the stream is known to have come that far, for thousands of points may be asked for at once. */
function pointAt<T extends StreamType>(stream: ReadableStream<T>, index: number): Observable<PointValue<T>> {
  return new Observable((subscriber) => {
    requireInteger('index', index);
    if (hasReached(stream, index)) return askForEntry(stream, index, subscriber);
    // Where there is nothing yet, looking for it would bring the last entry, which may be an image.
    const point$ = headOf(stream).pipe(
      switchMap((head) => (index < (head?.length ?? 0) ? new Observable<PointValue<T>>((found) => askForEntry(stream, index, found)) : pointOnSecondLook(stream, index, head))),
    );
    return point$.subscribe(subscriber);
  });
}

function askForEntry<T extends StreamType>(stream: ReadableStream<T>, index: number, subscriber: Subscriber<PointValue<T>>): TeardownLogic {
  const { core, source, codec } = stream;
  const { encoding } = codec;
  const isFixed = encoding._tag === 'numeric' && !encoding.ragged;
  return core.entries.ask(source, index, new PointAsker(stream, index, subscriber), isFixed ? source.entryBytes : Infinity);
}

class PointAsker<T extends StreamType> implements Asker {
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
      subscriber.add(pointOnSecondLook(stream, index).subscribe(subscriber));
      return;
    }
    let value: PointValue<T>;
    try {
      value = pointInBlock(stream.codec, block, entry, alone, index, whereOf(stream));
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

function pointOnSecondLook<T extends StreamType>(stream: ReadableStream<T>, index: number, head?: Head): Observable<PointValue<T>> {
  const { core, source, codec } = stream;
  const where = whereOf(stream);
  return lookAgain(stream, index, head).pipe(
    switchMap((look) => {
      if (!look.there) throw whyNot(stream, index, look);
      return core.database.range(source, { max: index, count: 1, reverse: true });
    }),
    map((block) => {
      if (!holds(block, 0, index)) throw blissdataError('IndexNoMoreThere', { ...where, index });
      return pointInBlock(codec, block, 0, false, index, where);
    }),
  );
}

/** Why there is no point at an index: it was trimmed off, is yet to come, or will not. */
function whyNot<T extends StreamType>(stream: ReadableStream<T>, index: number, { length, sealed, sealLost }: SecondLook): Error {
  const where = whereOf(stream);
  if (index < length || sealLost) return blissdataError('IndexNoMoreThere', { ...where, index });
  return sealed ? blissdataError('IndexWontBeThere', { ...where, index, length }) : blissdataError('IndexNotYetThere', { ...where, index });
}

export function readSlice<T extends StreamType>(stream: ReadableStream<T>, bounds: SliceBounds): Observable<ChunkData<T>> {
  return defer(() => {
    requireBounds(bounds);
    const { start = 0, stop, step = 1 } = bounds;
    const needsEnd = [start, stop].find((bound) => bound !== undefined && bound < 0);
    if (needsEnd === undefined) return readBetween(stream, start, stop ?? Infinity, step);
    return lengthFor(stream, needsEnd).pipe(
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
  // Nothing is left to go backwards to, but that the start was trimmed off is said all the same.
  return lookAgain(stream, start).pipe(
    map((look) => {
      if (look.there || (start >= look.length && !look.sealLost)) return stream.codec.empty();
      throw blissdataError('IndexNoMoreThere', { ...whereOf(stream), index: start });
    }),
  );
}
