/** Streams of points that are their own index, and how reading them ends. */
import { catchError, lastValueFrom, map, of, toArray, type Observable } from 'rxjs';
import { numeric, type DataStore, type Stream } from '../../lib/index.js';
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
