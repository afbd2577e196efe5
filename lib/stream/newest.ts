/** Follows only the newest point of a stream. */
import { concatMap, defer, EMPTY, finalize, map, of, repeat, switchMap, takeWhile, throwError, type Observable } from 'rxjs';
import { valueAt } from '../model/chunk-data.js';
import type { Point, StreamType } from '../model/stream-type.js';
import { Alarm } from '../polling/alarm.js';
import { poll } from '../polling/poll.js';
import type { Block } from '../ports/database.js';
import { decodeBlock } from '../wire/encoding/decode-block.js';
import { entryId, originId } from '../wire/stream-id.js';
import type { ReadableStream } from './chunks.js';

/** Emits the newest point whenever there is a newer one, completes when the stream is sealed. */
export function newestPoints<T extends StreamType>(stream: ReadableStream<T>): Observable<Point<T>> {
  const { core, source } = stream;
  return defer(() => {
    const alarm = new Alarm(core.hub.changes(source.key));
    let after = originId;
    /** Reading a single entry arms the wake; the newest one is another question, as is the seal behind it. */
    const look = (): Observable<Newest | undefined> =>
      core.database.read([{ key: source.key, after, maxEntries: 1 }]).pipe(
        switchMap(([next]) => (next === undefined || (next.firsts.length === 0 && next.seal === undefined) ? of(undefined) : newest(stream))),
      );
    return poll(alarm, look).pipe(
      map((found) => {
        const first = found.block.firsts[0];
        const isNew = first !== undefined && entryId(first) !== after;
        if (first !== undefined) after = entryId(first);
        return { ...found, isNew };
      }),
      repeat(),
      takeWhile(({ sealed }) => !sealed, true),
      concatMap(({ block, isNew }) => (isNew ? lastPoint(stream, block) : EMPTY)),
      finalize(() => alarm.unsubscribe()),
    );
  }).pipe(core.untilClosed);
}

interface Newest {
  /** The last entry, if any is left. */
  readonly block: Block;
  readonly sealed: boolean;
}

/** The last two entries are enough: the last of a sealed stream is the seal. */
function newest<T extends StreamType>({ core, source }: ReadableStream<T>): Observable<Newest> {
  return core.database.range(source.key, { reverse: true, count: 2 }).pipe(
    map((block) => {
      const last = Math.max(block.firsts.length - 1, 0);
      const start = block.ends[last - 1] ?? 0;
      return {
        sealed: block.seal !== undefined,
        block: {
          key: block.key,
          firsts: block.firsts.subarray(last),
          lens: block.lens.subarray(last),
          ends: block.ends.subarray(last).map((end) => end - start),
          bytes: block.bytes.slice(start),
        },
      };
    }),
  );
}

function lastPoint<T extends StreamType>(stream: ReadableStream<T>, block: Block): Observable<Point<T>> {
  const { key, name } = stream.source;
  const { data, count, bad } = decodeBlock(stream.encoding, block, { key, stream: name });
  if (bad !== null) return throwError(() => bad);
  const first = block.firsts[0] ?? 0;
  return count === 0 ? EMPTY : of({ index: first + count - 1, value: valueAt<T>(data, count - 1) });
}
