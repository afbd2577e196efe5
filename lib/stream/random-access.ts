/** Points by index and by slice. */
import { defer, forkJoin, map, of, switchMap, throwError, type Observable } from 'rxjs';
import { sliceData, valueAt } from '../model/chunk-data.js';
import { blissdataError } from '../model/errors.js';
import type { ChunkData, PointValue, StreamType } from '../model/stream-type.js';
import { inOrder } from '../polling/in-order.js';
import type { Block, Head } from '../ports/database.js';
import { decodeBlock } from '../wire/encoding/decode-block.js';
import type { Where } from '../wire/encoding/encoding.js';
import { emptyData } from '../wire/encoding/whole-data.js';
import type { ReadableStream } from './chunk-reader.js';

/** Python's slice: `start` included, `stop` not, every `step`th point. */
export interface SliceBounds {
  readonly start?: number;
  readonly stop?: number;
  readonly step?: number;
}

const requireInteger = (argument: string, value: number): void => {
  if (!Number.isSafeInteger(value)) throw blissdataError('InvalidArgument', { argument, expected: 'an integer', received: String(value) });
};

const head = <T extends StreamType>({ core, source }: ReadableStream<T>): Observable<Head | undefined> => core.database.heads([source.key]).pipe(map(([first]) => first));

/** Counts a negative bound from the end, which only a sealed stream has. */
function fromEnd<T extends StreamType>(stream: ReadableStream<T>, bound: number): Observable<number> {
  if (bound >= 0) return of(bound);
  const { key, name } = stream.source;
  return head(stream).pipe(
    map((found) => {
      if (found?.sealed === true) return found.length + bound;
      throw blissdataError('IndexNotYetThere', { key, stream: name, index: bound });
    }),
  );
}

export function readPoint<T extends StreamType>(stream: ReadableStream<T>, wanted: number): Observable<PointValue<T>> {
  const { core, source, encoding } = stream;
  const where = { key: source.key, stream: source.name };
  return defer(() => {
    requireInteger('index', wanted);
    return fromEnd(stream, wanted);
  }).pipe(
    switchMap((index) => {
      if (index < 0) return head(stream).pipe(switchMap((found) => throwError(() => blissdataError('IndexOutOfRange', { ...where, index: wanted, length: found?.length ?? 0 }))));
      return core.database.range(source.key, { max: index, count: 1, reverse: true }).pipe(
        switchMap((block) => (holds(block, index) ? of(block) : whyNot(stream, index))),
        map((block) => {
          const { data, bad } = decodeBlock(encoding, block, where);
          if (bad !== null) throw bad;
          return valueAt<T>(data, index - (block.firsts[0] ?? 0));
        }),
      );
    }),
  );
}

const holds = ({ firsts, lens }: Block, index: number): boolean => firsts[0] !== undefined && firsts[0] <= index && index < firsts[0] + (lens[0] ?? 1);

/** The index was not found: look again together with the stream's end, and say why; by now it may even be there. */
function whyNot<T extends StreamType>(stream: ReadableStream<T>, index: number): Observable<Block> {
  const { core, source } = stream;
  const where = { key: source.key, stream: source.name, index };
  return forkJoin([head(stream), core.database.range(source.key, { max: index, count: 1, reverse: true })]).pipe(
    map(([found, block]) => {
      if (holds(block, index)) return block;
      if (found === undefined || index >= found.length) {
        throw found?.sealed === true ? blissdataError('IndexWontBeThere', { ...where, length: found.length }) : blissdataError('IndexNotYetThere', where);
      }
      throw blissdataError('IndexNoMoreThere', where);
    }),
  );
}

export function readSlice<T extends StreamType>(stream: ReadableStream<T>, { start = 0, stop, step = 1 }: SliceBounds): Observable<ChunkData<T>> {
  return defer(() => {
    requireInteger('start', start);
    requireInteger('step', step);
    if (stop !== undefined) requireInteger('stop', stop);
    if (step < 1) throw blissdataError('InvalidArgument', { argument: 'step', expected: 'at least 1', received: String(step) });
    return forkJoin([fromEnd(stream, start), stop === undefined ? of(Infinity) : fromEnd(stream, stop)]);
  }).pipe(
    switchMap(([from, to]) => {
      const first = Math.max(from, 0);
      return to <= first ? of(emptyData(stream.encoding)) : readRange(stream, first, to, step);
    }),
  );
}

/** Reads the entries that start in the range and, unless one starts right at its beginning, the one before, which may reach into it. */
function readRange<T extends StreamType>(stream: ReadableStream<T>, start: number, stop: number, step: number): Observable<ChunkData<T>> {
  const { core, source, encoding } = stream;
  const where = { key: source.key, stream: source.name };
  // The length is looked up before the entries: what was there then and is missing now has been trimmed off.
  return forkJoin([head(stream), core.database.range(source.key, { max: start, count: 1, reverse: true })]).pipe(
    switchMap(([found, before]) => {
      if (found === undefined || start >= found.length) return of(emptyData(encoding));
      const min = holds(before, start) ? (before.firsts[0] ?? start) : start;
      return core.database.range(source.key, { min, ...(stop === Infinity ? {} : { max: stop - 1 }) }).pipe(
        map((block) => {
          const first = block.firsts[0];
          if (first === undefined || first > start) throw blissdataError('IndexNoMoreThere', { ...where, index: start });
          requireOrder(block, where);
          const { data, bad } = decodeBlock(encoding, block, where);
          if (bad !== null) throw bad;
          return sliceData<T>(data, start - first, stop - first, step);
        }),
      );
    }),
  );
}

/** Positions in a slice are counted: a hole, or an entry that starts inside the one before, would shift all that follow. */
function requireOrder(block: Block, where: Where): void {
  const { firsts, lens } = inOrder(block);
  const last = firsts.length - 1;
  const found = block.firsts[last + 1];
  if (found === undefined) return;
  const expected = (firsts[last] ?? 0) + (lens[last] ?? 1);
  // What is no number of points is for the decoder to complain of.
  if (found < expected) throw blissdataError('StreamOverlap', { ...where, expected, found });
  if (found > expected) throw blissdataError('IndexNoMoreThere', { ...where, index: expected });
}
