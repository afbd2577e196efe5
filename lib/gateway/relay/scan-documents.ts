/** What scans' JSON names: their streams and the servers of their detectors, which is how a gateway knows whose a key is. */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as J from 'fp-ts/lib/Json.js';
import * as t from 'io-ts';
import { concat, defer, finalize, ignoreElements, map, of, share, type Observable, type SchedulerLike } from 'rxjs';
import { after } from '../../model/time.js';
import type { Database } from '../../ports/database.js';
import type { Key } from '../../ports/keys.js';
import { streamKey } from '../../wire/keys.js';
import type { Fields } from '../../wire/search-match.js';
import { Recent } from './recent.js';

export interface ScanNames {
  /** What the scan is searched by. */
  readonly identity: Fields;
  /** The key of its states. */
  readonly states: Key | undefined;
  /** The keys of its streams, that of its states among them. */
  readonly streams: ReadonlySet<Key>;
  /** The keys under which servers of Lima count their acquisitions. */
  readonly servers: ReadonlySet<Key>;
}

/** How many names of all scans together are remembered. */
const mostNames = 500_000;
const mostScans = 10_000;

/** Between two readings of one scan's JSON for a key that it did not name, in ms: guesses cost no more than that. */
const leastPause = 1000;

const record = t.type({ pk: t.string });
const detector = t.type({ info: t.type({ lima_info: t.type({ server_url: t.string }) }) });

/** What a scan's JSON names; nothing if it is no scan's. */
export function namesIn(prefix: string, json: string): ScanNames {
  const document = pipe(
    J.parse(json),
    E.map((parsed) => (t.UnknownRecord.is(parsed) ? parsed : {})),
    E.getOrElse((): Record<string, unknown> => ({})),
  );
  const { id, state_stream: state, data_streams: streams } = document;
  const declared = t.UnknownRecord.is(streams) ? Object.values(streams) : [];
  const states = record.is(state) ? streamKey(prefix, state.pk) : undefined;
  return {
    identity: t.UnknownRecord.is(id) ? id : {},
    states,
    streams: new Set([...(states === undefined ? [] : [states]), ...declared.filter(record.is).map(({ pk }) => streamKey(prefix, pk))]),
    servers: new Set(declared.filter(detector.is).map(({ info }) => info.lima_info.server_url)),
  };
}

export class ScanDocuments {
  private readonly known = new Recent<Key, ScanNames>(mostNames);
  private readonly readAt = new Recent<Key, number>(mostScans);
  /** Readings that were not sent yet: one that is under way may be older than the stream that is looked for. */
  private readonly waiting = new Map<Key, Observable<ScanNames | undefined>>();

  constructor(
    private readonly database: Pick<Database, 'scan'>,
    private readonly prefix: string,
    private readonly scheduler: SchedulerLike,
  ) {}

  /** What is known of a scan. It never becomes wrong, but a scan may have got more streams. */
  get(scan: Key): ScanNames | undefined {
    return this.known.get(scan);
  }

  learn(scan: Key, json: string): ScanNames {
    const names = namesIn(this.prefix, json);
    this.known.set(scan, names, 2 + names.streams.size + names.servers.size);
    return names;
  }

  forget(scan: Key): void {
    this.known.delete(scan);
    this.readAt.delete(scan);
  }

  /** What a scan's JSON names: what is known, if that is all that is looked for, otherwise what it says now. Nothing if the scan is missing. */
  names(scan: Key, areAll: (names: ScanNames) => boolean): Observable<ScanNames | undefined> {
    return defer(() => {
      const known = this.known.get(scan);
      return known !== undefined && areAll(known) ? of(known) : this.readAgain(scan);
    });
  }

  private readAgain(scan: Key): Observable<ScanNames | undefined> {
    const waiting$ = this.waiting.get(scan);
    if (waiting$ !== undefined) return waiting$;
    // No longer than that, even if the clock was set back.
    const wait = Math.min(leastPause, (this.readAt.get(scan) ?? -Infinity) + leastPause - this.scheduler.now());
    const forget = (): void => {
      if (this.waiting.get(scan) === shared$) this.waiting.delete(scan);
    };
    const shared$: Observable<ScanNames | undefined> = concat(
      wait > 0 ? after(wait, this.scheduler).pipe(ignoreElements()) : [],
      defer(() => {
        forget();
        this.readAt.set(scan, this.scheduler.now());
        return this.database.scan(scan).pipe(map((found) => (found === null ? undefined : this.learn(scan, found.json))));
      }),
    ).pipe(finalize(forget), share());
    this.waiting.set(scan, shared$);
    return shared$;
  }
}
