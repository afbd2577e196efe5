/** Streams of points that are their own index, and how reading them ends. */
import { catchError, lastValueFrom, map, of, toArray, type Observable } from 'rxjs';
import { numeric, type DataStore, type Stream, type StreamWriter } from '../../lib/index.js';
import { publishing, type Published } from '../scan/publishing.js';

/** The bytes of these numbers, as a payload. */
export const float64 = (...values: readonly number[]): Buffer => Buffer.from(Float64Array.from(values).buffer);

export const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

/** A stream of the points 0 to `count - 1`, one an entry. */
export async function withPoints(store: DataStore, count: number): Promise<Published<'float64'>> {
  const published = await publishing(store, numeric('float64'), { coalesce: false });
  for (let i = 0; i < count; i++) published.writer.send(i);
  await published.writer.flush();
  return published;
}

export const valuesOf = (stream: Stream<'float64'>): Observable<number> => stream.points$.pipe(map(({ value }) => value));

/** All values, then the tag of the error that ended them, if one did. */
export const ended = (values$: Observable<unknown>): Promise<readonly unknown[]> => lastValueFrom(values$.pipe(catchError((error: unknown) => of(Object(error)._tag)), toArray()));

/** How many points there are in each entry. */
export const layouts: Readonly<Record<string, readonly number[]>> = {
  nothing: [],
  'one point': [1],
  'one entry of three': [3],
  'one point and three': [1, 3],
  'three points and one': [3, 1],
  'ten single points': [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
  'entries of many sizes': [2, 6, 1, 2, 3, 2],
};

export const total = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);

/** Sends points that are their own index in entries of these sizes; the writer is not to coalesce. */
export async function sendLayout(writer: StreamWriter<'float64'>, sizes: readonly number[], from = 0): Promise<void> {
  let next = from;
  for (const size of sizes) {
    writer.sendBatch(upTo(next + size).slice(next));
    next += size;
  }
  await writer.flush();
}
