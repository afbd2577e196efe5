/** Reads a stream only while its points are wanted. */
import { defer, EMPTY, filter, first, repeat, switchMap, takeUntil, tap, throwError, type Observable } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import type { Chunk } from '../../model/stream-type.js';
import type { Stream } from '../../stream/stream.js';
import { endOf } from '../items.js';

/**
 * `stream.chunks$`, which stops being read when `wanted$` says false, also from within the handling of a chunk, and goes on where
 * it was when that says true. What is published meanwhile waits in Redis.
 *
 * ```
 * published:  a--b--c--d--e--f---(seal)
 * wanted$:    -------n-----y-----------
 * result:     a--b--c------(de)f-|
 * ```
 */
export function chunksOnDemand(stream: Stream, wanted$: Observable<boolean>): Observable<Chunk> {
  return defer(() => {
    let next = 0;
    let ended = false;
    const chunks$ = defer(() => chunksAfter(stream, next)).pipe(
      tap({
        next: (chunk) => {
          next = endOf(chunk);
        },
        complete: () => {
          ended = true;
        },
      }),
      takeUntil(wanted$.pipe(filter((wanted) => !wanted))),
    );
    const wantedAgain$ = wanted$.pipe(first((wanted) => wanted));
    return chunks$.pipe(repeat({ delay: () => (ended ? EMPTY : wantedAgain$) }));
  });
}

/** A stream that was deleted or restarted while nobody was reading it would otherwise be waited for in vain. */
function chunksAfter(stream: Stream, next: number): Observable<Chunk> {
  if (next === 0) return stream.chunks$;
  const { key, name } = stream;
  return stream.length().pipe(
    switchMap((length) => {
      if (length >= next) return stream.chunksFrom(next);
      return throwError(() =>
        length === 0 ? blissdataError('StreamDeleted', { key, stream: name }) : blissdataError('StreamRewound', { key, stream: name, expected: next, found: length }),
      );
    }),
  );
}
