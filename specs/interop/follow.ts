/** Reads the next scan along with its publisher, in every way there is to read live. */
import { distinct, filter, first, map, merge, mergeMap, switchMap, type Observable } from 'rxjs';
import type { DataStore, Stream } from '../../lib/index.js';
import { renderData, renderPoint } from './rendering.js';

/** A point as it came. */
export interface News {
  readonly stream: string;
  readonly by: 'points$' | 'chunks$';
  readonly index: number;
  readonly point: string;
}

/** Every point of every stream of the first scan after a timetag, twice, as it is published; completes when all streams are sealed. */
export const followNextScan = (store: DataStore, since: string): Observable<News> =>
  store.scansSince(since).pipe(
    first(),
    switchMap(({ key }) => store.loadScan(key)),
    switchMap((scan) => scan.streams$),
    mergeMap((streams) => streams.values()),
    distinct(),
    filter((stream) => stream.problem === undefined),
    mergeMap((stream) => merge(byPoints(stream), byChunks(stream))),
  );

const byPoints = (stream: Stream): Observable<News> =>
  stream.points$.pipe(map(({ index, value }) => ({ stream: stream.name, by: 'points$', index, point: renderPoint(stream.dtype, value) })));

const byChunks = (stream: Stream): Observable<News> =>
  stream.chunks$.pipe(
    mergeMap(({ index, expired, data }) =>
      renderData(stream.dtype, data).map((point, i): News => ({ stream: stream.name, by: 'chunks$', index: index + expired + i, point })),
    ),
  );

/** The points of one stream in the order in which they came, each of which has to have the next index. */
export const inOrder = (news: readonly News[], name: string, by: News['by']): readonly string[] =>
  news
    .filter(({ stream, by: how }) => stream === name && how === by)
    .map(({ index, point }, i) => {
      if (index !== i) throw new Error(`${name}, ${by}: expected index ${i} next, found ${index}`);
      return point;
    });
