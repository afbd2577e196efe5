/** The kinds of streams to catch up with: how their points are written, and whether what is read begins with the right one. */
import { switchMap, tap, type Observable } from 'rxjs';
import { json, numeric, type Chunk, type Scan, type ScanWriter, type Stream, type StreamType, type StreamWriter } from '../../lib/index.js';
import { pointCount } from '../../lib/model/chunk-data.js';
import { published, type Published } from './bench.js';
import type { Measurement } from './measurement.js';
import type { Options } from './options.js';
import { documentAt, frameAt, frameShape, imageAt, imageShape, scalarAt } from './points.js';

/** A way of reading a scan's stream to its end that says how many points came. */
export type Reading = (scan: Scan, count: (points: number) => void) => Observable<unknown>;

export interface Kind {
  readonly title: string;
  /** The stream's name, by which Python knows what to expect. */
  readonly stream: string;
  readonly points: number;
  /** All payloads together. */
  readonly bytes: number;
  readonly unit: Measurement['unit'];
  /** The COUNT that suits a bare ioredis best, by trying. */
  readonly entriesPerReply: number;
  readonly publish: (url: string) => Promise<Published<{ readonly key: string }>>;
  readonly chunks: Reading;
  readonly lent: Reading;
  /** Reads point by point, where points are small. */
  readonly onePoint?: Reading;
  /** How many times faster than Python's cursor each way shall be. */
  readonly atLeast: { readonly chunks: number; readonly lent: number; readonly onePoint?: number };
}

const batchPoints = 1000;

/** Writes `points` points, as many at a time as `put` writes. */
const publishing =
  <T extends StreamType>(points: number, step: number, declare: (scan: ScanWriter) => StreamWriter<T>, put: (writer: StreamWriter<T>, index: number) => boolean) =>
  (url: string): Promise<Published<StreamWriter<T>>> =>
    published(url, declare, async (writer) => {
      for (let i = 0; i < points; i += step) if (!put(writer, i)) await writer.ready();
      await writer.flush();
    });

/** Looks at the first point of every chunk: of chunks of their own, and of those that are only lent. */
function readingsOf<T extends StreamType>(name: string, type: T, isRight: (chunk: Chunk<T>) => boolean): Pick<Kind, 'chunks' | 'lent'> {
  const look = (chunk: Chunk<T>): number => {
    if (!isRight(chunk)) throw new Error(`${name}: what was read is not what was written, at point ${chunk.index}`);
    return pointCount(chunk.data);
  };
  const stream = (scan: Scan): Observable<Stream<T>> => scan.stream(name, type);
  return {
    chunks: (scan, count) =>
      stream(scan).pipe(
        switchMap(({ chunks$ }) => chunks$),
        tap((chunk) => count(look(chunk))),
      ),
    lent: (scan, count) => stream(scan).pipe(switchMap((found) => found.consume(
          (chunk) => {
            count(look(chunk));
          },
          { lend: true },
        ))),
  };
}

/** Always an entry for what is sent at once. */
const scalarStream = (scan: ScanWriter): StreamWriter<'float64'> => scan.createStream('scalars', numeric('float64'), {}, { coalesce: false });

const scalars = {
  stream: 'scalars',
  unit: 'points/s',
  ...readingsOf('scalars', 'float64', ({ index, data: { data } }) => data[0] === scalarAt(index)),
  onePoint: (scan, count) =>
    scan.stream('scalars', 'float64').pipe(
      switchMap((stream) => stream.points$),
      tap(() => count(1)),
    ),
} satisfies Partial<Kind>;

const singleScalars = (points: number): Kind => ({
  ...scalars,
  title: 'Catching up with float64 points, an entry each',
  points,
  bytes: points * 8,
  entriesPerReply: 10_000,
  atLeast: { chunks: 10, lent: 10, onePoint: 2 },
  publish: publishing(points, 1, scalarStream, (writer, index) => writer.send(scalarAt(index))),
});

const batchesOfScalars = (batches: number): Kind => ({
  ...scalars,
  title: `Catching up with float64 points in entries of ${batchPoints}`,
  points: batches * batchPoints,
  bytes: batches * batchPoints * 8,
  entriesPerReply: 60,
  atLeast: { chunks: 1.2, lent: 1.2 },
  publish: publishing(batches * batchPoints, batchPoints, scalarStream, (writer, index) =>
    writer.sendBatch(Float64Array.from({ length: batchPoints }, (_, i) => scalarAt(index + i))),
  ),
});

const imagesOf = (name: string, size: string, shape: readonly [number, number], at: (index: number) => Uint16Array, points: number): Kind => ({
  title: `Catching up with images of ${size}`,
  stream: name,
  points,
  bytes: points * at(0).byteLength,
  unit: 'MB/s',
  entriesPerReply: Math.ceil(1e6 / at(0).byteLength),
  atLeast: { chunks: 1.3, lent: 2 },
  publish: publishing(points, 1, (scan) => scan.createStream(name, numeric('uint16', shape)), (writer, index) => writer.send(at(index))),
  ...readingsOf(name, 'uint16[]', ({ index, data: { data } }) => data[0] === at(index)[0] && data.at(-1) === at(index + data.length / at(0).length - 1).at(-1)),
});

const documents = (points: number): Kind => ({
  title: 'Catching up with JSON documents',
  stream: 'log',
  points,
  bytes: Array.from({ length: points }, (_, i) => JSON.stringify(documentAt(i)).length).reduce((sum, length) => sum + length, 0),
  unit: 'points/s',
  entriesPerReply: 5000,
  atLeast: { chunks: 8, lent: 8 },
  publish: publishing(points, 1, (scan) => scan.createStream('log', json()), (writer, index) => writer.send(documentAt(index))),
  ...readingsOf('log', 'json', ({ index, data: [first] }) => JSON.stringify(first) === JSON.stringify(documentAt(index))),
});

export const kinds = ({ points, batches, images, frames, documents: texts }: Options): readonly Kind[] => [
  singleScalars(points),
  batchesOfScalars(batches),
  imagesOf('image', '200 KB', imageShape, imageAt, images),
  imagesOf('frame', '8 MB', frameShape, frameAt, frames),
  documents(texts),
];
