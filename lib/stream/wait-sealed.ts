/** Waits for the end of a stream without reading its points. */
import { defer, finalize, map, of, switchMap, type Observable } from 'rxjs';
import { DirtyFlag } from '../reading/dirty-flag.js';
import type { Core } from '../reading/core.js';
import { knownLength } from '../reading/known-length.js';
import { poll } from '../reading/poll.js';
import type { StreamSource } from '../reading/reader/stream-source.js';
import { diagnoseEmptyRead } from '../reading/reader/diagnose-empty-read.js';
import { compareIds, originId, predecessor, sealId } from '../wire/stream-id.js';

const beforeSeal = predecessor(sealId);

/** Emits the number of points once the stream is sealed, and completes. */
export const waitSealed = (core: Core, source: StreamSource): Observable<number> =>
  core.untilClosed(
    defer(() => {
      const alarm = new DirtyFlag(core.hub.changes(source.key, source.stateKey));
      const looks = new SealLooks(core, source);
      return poll(alarm, () => looks.look()).pipe(finalize(() => alarm.unsubscribe()));
    }),
  );

class SealLooks {
  /** The last entry that was seen. */
  private seen = originId;

  constructor(
    private readonly core: Core,
    private readonly source: StreamSource,
  ) {}

  /** Reading behind all points finds nothing but the seal, and arms the wake for whatever is added. */
  look(): Observable<number | undefined> {
    const { database } = this.core;
    return database.read([{ key: this.source.key, after: beforeSeal, maxEntries: 1 }]).pipe(switchMap(([block]) => (block?.seal === undefined ? this.lookAtHead() : of(block.seal))));
  }

  /** A stream that has not grown was deleted perhaps, or has begun anew. */
  private lookAtHead(): Observable<number | undefined> {
    const { database, sameTick } = this.core;
    const { key } = this.source;
    return database.heads([this.source]).pipe(
      switchMap(([head]) => {
        if (head?.sealed === true) return of(knownLength(head, { key, stream: this.source.name }));
        const { seen } = this;
        if (head?.exists === true && compareIds(head.lastId, seen) > 0) {
          this.seen = head.lastId;
          return of(undefined);
        }
        return sameTick.ask(`${key} ${seen}`, () => diagnoseEmptyRead(database, this.source, head?.length ?? 0, seen)).pipe(map(() => undefined));
      }),
    );
  }
}
