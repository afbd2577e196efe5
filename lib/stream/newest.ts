/** Follows only the newest point of a stream. */
import { concatMap, defer, EMPTY, finalize, map, of, repeat, switchMap, takeWhile, throwError, type Observable } from 'rxjs';
import { valueAt } from '../model/chunk-data.js';
import { blissdataError } from '../model/errors.js';
import type { Point, StreamType } from '../model/stream-type.js';
import { Alarm } from '../polling/alarm.js';
import { poll } from '../polling/poll.js';
import { whyNothing } from '../polling/why-nothing.js';
import type { Block } from '../ports/database.js';
import { decodeBlock } from '../wire/encoding/decode-block.js';
import { compareIds, entryId, originId } from '../wire/stream-id.js';
import type { ReadableStream } from './chunks.js';

/**
 * Emits the newest point whenever there is a newer one, completes when the stream is sealed. Errors with `ScanNotFound`,
 * `StreamDeleted`, `StreamRewound`, `StreamOverlap`, `InvalidEntry`.
 */
export function newestPoints<T extends StreamType>(stream: ReadableStream<T>): Observable<Point<T>> {
  const { core, source } = stream;
  return defer(() => {
    const alarm = new Alarm(core.hub.changes(source.key, source.stateKey));
    let seen = originId;
    let next = 0;
    /** Reading a single entry arms the wake; the newest one is another question, as is the seal behind it. */
    const look = (woken: boolean): Observable<Newest | undefined> =>
      core.database.read([{ key: source.key, after: seen, maxEntries: 1 }]).pipe(
        switchMap(([block]) => {
          if (block !== undefined && (block.firsts.length > 0 || block.seal !== undefined)) return newest(stream);
          return woken || seen === originId ? whyNothing(core.database, source, next, seen) : of(undefined);
        }),
      );
    /** Whether the entry is newer than what was seen: not if the seal alone is new, or if it vanished between the two questions. */
    const advance = ({ firsts, lens }: Block): boolean => {
      const first = firsts[0];
      if (first === undefined || compareIds(entryId(first), seen) <= 0) return false;
      if (first < next) throw blissdataError('StreamOverlap', { key: source.key, stream: source.name, expected: next, found: first });
      seen = entryId(first);
      next = first + (lens[0] ?? 1);
      return true;
    };
    return poll(alarm, look).pipe(
      map((found) => ({ ...found, isNew: advance(found.block) })),
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
