/** Waits for the end of a stream without reading its points. */
import { defer, finalize, map, of, switchMap, type Observable } from 'rxjs';
import type { Core } from '../reading/core.js';
import { knownLength } from '../reading/known-length.js';
import { DirtyFlag, poll } from '../reading/poll.js';
import { diagnoseEmptyRead } from '../reading/reader/diagnose-empty-read.js';
import { whereOf, type StreamSource } from '../reading/reader/stream-source.js';
import { compareIds, originId, predecessor, sealId } from '../wire/stream-id.js';

const beforeSeal = predecessor(sealId);

/** Emits the number of points once the stream is sealed, and completes. */
export const waitSealed = (core: Core, source: StreamSource): Observable<number> =>
  core.untilClosed(
    defer(() => {
      const dirty = new DirtyFlag(core.hub.changes(source.key, source.stateKey));
      const seal = new SealReader(core, source);
      return poll(dirty, () => seal.read()).pipe(finalize(() => dirty.unsubscribe()));
    }),
  );

class SealReader {
  /** The last entry that was seen. */
  private seen = originId;

  constructor(
    private readonly core: Core,
    private readonly source: StreamSource,
  ) {}

  /** A read after all points finds nothing but the seal, and watches the key for whatever is added. */
  read(): Observable<number | undefined> {
    const { key, scan } = this.source;
    return this.core.database
      .read([{ key, scan, after: beforeSeal, maxEntries: 1 }])
      .pipe(switchMap(([block]) => (block?.seal === undefined ? this.readHead() : of(block.seal))));
  }

  /** A stream that has not grown may have been deleted, or have restarted. */
  private readHead(): Observable<number | undefined> {
    const { database, sameTick } = this.core;
    const { source } = this;
    return database.heads([source]).pipe(
      switchMap(([head]) => {
        if (head?.sealed === true) return of(knownLength(head, whereOf(source)));
        const { seen } = this;
        if (head?.exists === true && compareIds(head.lastId, seen) > 0) {
          this.seen = head.lastId;
          return of(undefined);
        }
        return sameTick.share(`${source.key} ${seen}`, () => diagnoseEmptyRead(database, source, head?.length ?? 0, seen)).pipe(map(() => undefined));
      }),
    );
  }
}
