/** Points by index and by slice. */
import { defer, map, Observable, of, switchMap, type Subscriber } from 'rxjs';
import { sliceData } from '../model/chunk-data.js';
import { blissdataError } from '../model/errors.js';
import { compactData } from '../model/own-memory.js';
import type { ChunkData, PointValue, StreamType } from '../model/stream-type.js';
import type { Asker } from '../polling/entry-looks.js';
import type { Block, Head } from '../ports/database.js';
import { entryOf } from '../wire/encoding/block-entries.js';
import { decodeBlock } from '../wire/encoding/decode-block.js';
import type { Where } from '../wire/encoding/encoding.js';
import { concatData, emptyData } from '../wire/encoding/whole-data.js';
import type { ReadableStream } from './readable-stream.js';
import { pointInBlock } from './point-in-block.js';

/** Python's slice: `start` included, `stop` not, every `step`th point. Negative bounds count from the end of a sealed stream; a negative step gives nothing. */
export interface SliceBounds {
  readonly start?: number;
  readonly stop?: number;
  readonly step?: number;
}

/** How far to look back for a batch that others were put into, where a point is not found: so many bytes, so many entries. */
const lookBackBytes = 64 << 10;
const mostLookBack = 64;

const requireInteger = (argument: string, value: number): void => {
  if (!Number.isSafeInteger(value)) throw blissdataError('InvalidArgument', { argument, expected: 'an integer', received: String(value) });
};

const whereOf = <T extends StreamType>({ source }: ReadableStream<T>): Where => ({ key: source.key, stream: source.name });

/** Where the stream stands. Whoever wants to know it within one tick asks once. */
const head = <T extends StreamType>({ core, source: { key } }: ReadableStream<T>): Observable<Head | undefined> =>
  core.sameTick.ask(`${key} head`, () => core.database.heads([key])).pipe(map(([first]) => first));

/** The length that a negative bound counts from: only a sealed stream has an end. */
const lengthFor = <T extends StreamType>(stream: ReadableStream<T>, bound: number): Observable<number> =>
  head(stream).pipe(
    map((found) => {
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

/** One Observable and nothing more where the point is found, for thousands may be asked for at once. */
function pointAt<T extends StreamType>(stream: ReadableStream<T>, index: number): Observable<PointValue<T>> {
  const { core, source, encoding } = stream;
  return new Observable((subscriber) => {
    requireInteger('index', index);
    const isFixed = encoding._tag === 'numeric' && !encoding.ragged;
    subscriber.add(core.entries.ask(source.key, index, new PointAsker(stream, index, subscriber), isFixed ? source.entryBytes : Infinity));
  });
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
      subscriber.add(pointOnSecondLook(stream, index, block).subscribe(subscriber));
      return;
    }
    let value: PointValue<T>;
    try {
      value = pointInBlock(stream.encoding, block, entry, alone, index, whereOf(stream));
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

function pointOnSecondLook<T extends StreamType>(stream: ReadableStream<T>, index: number, seen: Block | undefined): Observable<PointValue<T>> {
  const where = whereOf(stream);
  return lookAgain(stream, index, seen).pipe(
    map(({ before, there, length, sealed }) => {
      if (there) return pointInBlock(stream.encoding, before, before.firsts.length - 1, false, index, where);
      if (index < length) throw blissdataError('IndexNoMoreThere', { ...where, index });
      throw sealed ? blissdataError('IndexWontBeThere', { ...where, index, length }) : blissdataError('IndexNotYetThere', { ...where, index });
    }),
  );
}

/** Whether a point lies in an entry. The point that it starts with always does: what is no number of points is for the decoder to complain of. */
function holds({ firsts, lens }: Block, entry: number, index: number): boolean {
  const first = firsts[entry];
  return first !== undefined && first <= index && (first === index || !(index >= first + (lens[entry] ?? 1)));
}

interface SecondLook {
  /** The last entries that start at the index or before it; at least one if there is any. */
  readonly before: Block;
  /** Whether the last of them holds the point, which has come since the first look. */
  readonly there: boolean;
  readonly length: number;
  readonly sealed: boolean;
}

/**
 * The point was not found: looks again, knowing how long the stream is. The length is looked up before the entries: what was there
 * then and is missing now has been trimmed off.
 *
 * @param seen the entries of the first look, to tell how big they are
 */
function lookAgain<T extends StreamType>(stream: ReadableStream<T>, index: number, seen: Block | undefined): Observable<SecondLook> {
  const { core, source } = stream;
  const entries = seen?.ends.length ?? 0;
  const before = entries === 0 ? 0 : Math.min(Math.floor((lookBackBytes * entries) / Math.max(seen?.bytes.length ?? 0, 1)), mostLookBack);
  return head(stream).pipe(
    switchMap((found) =>
      core.database.range(source.key, { max: index, count: 1 + before, reverse: true }).pipe(
        map((block) => {
          const there = holds(block, block.firsts.length - 1, index);
          if (!there) requireNoOverlap(block, index, whereOf(stream));
          return { before: block, there, length: found?.length ?? 0, sealed: found?.sealed === true };
        }),
      ),
    ),
  );
}

/** Redis compares the ids of entries only, so a second writer's may start within a batch: then the batch's points after it are not found. */
function requireNoOverlap({ firsts, lens }: Block, index: number, where: Where): void {
  for (let k = 0; k + 1 < firsts.length; k++) {
    const expected = (firsts[k] ?? 0) + (lens[k] ?? 1);
    const found = firsts[k + 1] ?? 0;
    if (found < expected && index < expected) throw blissdataError('StreamOverlap', { ...where, expected, found });
  }
}

export function readSlice<T extends StreamType>(stream: ReadableStream<T>, { start = 0, stop, step = 1 }: SliceBounds): Observable<ChunkData<T>> {
  return defer(() => {
    requireInteger('start', start);
    requireInteger('step', step);
    if (stop !== undefined) requireInteger('stop', stop);
    if (step === 0) throw blissdataError('InvalidArgument', { argument: 'step', expected: 'an integer other than 0', received: '0' });
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
  if (stop <= start) return of(emptyData(stream.encoding));
  // Nothing is left to go backwards to, but that the start was trimmed off is said all the same: its point tells.
  const end = step < 0 ? start + 1 : stop;
  return blocksBetween(stream, start, end).pipe(map((blocks) => slicedOf(stream, blocks, { start, stop: end, step })));
}

/** The entries that start in the range; and unless one starts right at its beginning, the one before, which may reach into it. */
function blocksBetween<T extends StreamType>(stream: ReadableStream<T>, start: number, stop: number): Observable<readonly Block[]> {
  const { core, source } = stream;
  const after$ = core.database.range(source.key, { min: start, ...(stop === Infinity ? {} : { max: stop - 1 }) });
  return after$.pipe(
    switchMap((after) => {
      if (after.firsts[0] === start) return of([after]);
      return core.database.range(source.key, { max: start, count: 1, reverse: true }).pipe(
        switchMap((before) => {
          if (holds(before, 0, start)) return of([before, after]);
          return lookAgain(stream, start, before).pipe(switchMap((look) => blocksFound(stream, start, look, after$)));
        }),
      );
    }),
  );
}

/** What a second look found of a slice: nothing, if it begins beyond the end. */
function blocksFound<T extends StreamType>(stream: ReadableStream<T>, start: number, { before, there, length }: SecondLook, after$: Observable<Block>): Observable<readonly Block[]> {
  if (!there && start >= length) return of([]);
  return after$.pipe(
    map((after) => {
      if (after.firsts[0] === start) return [after];
      if (there) return [entryOf(before, before.firsts.length - 1), after];
      throw blissdataError('IndexNoMoreThere', { ...whereOf(stream), index: start });
    }),
  );
}

/** The points of a slice, which begins in the first entry, if there is any. */
function slicedOf<T extends StreamType>(stream: ReadableStream<T>, blocks: readonly Block[], { start, stop, step }: Required<SliceBounds>): ChunkData<T> {
  const { core, encoding } = stream;
  const where = whereOf(stream);
  requireOrder(blocks, where);
  const parts = blocks.flatMap((block) => {
    if (block.firsts.length === 0) return [];
    const { data, bad } = decodeBlock(encoding, block, where);
    if (bad !== null) throw bad;
    // JSON values have nothing of the memory they were parsed from.
    if (encoding._tag === 'json') core.database.recycle(block);
    return [data];
  });
  const first = blocks[0]?.firsts[0];
  if (first === undefined || step < 0) return emptyData(encoding);
  return compactData<T>(sliceData<T>(concatData(encoding, parts), start - first, stop - first, step));
}

/** Positions in a slice are counted: a hole, or an entry that starts inside the one before, would shift all that follow. */
function requireOrder(blocks: readonly Block[], where: Where): void {
  let expected: number | undefined;
  for (const { firsts, lens } of blocks) {
    for (let k = 0; k < firsts.length; k++) {
      const found = firsts[k] ?? 0;
      // What is no number of points is for the decoder to complain of.
      if (expected !== undefined && found < expected) throw blissdataError('StreamOverlap', { ...where, expected, found });
      if (expected !== undefined && found > expected) throw blissdataError('IndexNoMoreThere', { ...where, index: expected });
      expected = found + (lens[k] ?? 1);
    }
  }
}
