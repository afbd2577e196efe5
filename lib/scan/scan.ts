/** The reading end of a scan: its identity, states, metadata and streams. */
import * as E from 'fp-ts/lib/Either.js';
import { distinctUntilChanged, filter, map, ReplaySubject, share, take, type Observable } from 'rxjs';
import type { StreamOpener } from '../stream/stream-opener.js';
import { blissdataError } from '../model/errors.js';
import type { ESRFIdentityFields, Identity, IdentityFields, IdentityModel } from '../model/identity-model.js';
import type { JsonObject } from '../model/json.js';
import { ScanState } from '../model/scan-state.js';
import type { StreamType } from '../model/stream-type.js';
import type { Key } from '../ports/keys.js';
import type { Core } from '../reading/core.js';
import type { Stream } from '../stream/stream.js';
import { writeJson } from '../wire/json-text/write-json.js';
import { streamKey } from '../wire/keys.js';
import { followScan } from './follow-scan.js';
import { noStreams, ScanStreams } from './scan-streams.js';
import type { LoadedScan, ScanSnapshot } from './snapshot.js';

interface Step extends ScanSnapshot {
  readonly streams: ReadonlyMap<string, Stream>;
}

/**
 * A scan, emitted by `store.loadScan(key)`. Every `$` property replays the present value to a late subscriber, follows the changes, and
 * completes once the scan is CLOSED. It errors with `ScanNotFound` if the scan is deleted before that (a forced deletion closes it first).
 *
 * @example
 * const scan = await firstValueFrom(store.loadScan(key));
 * scan.state$.subscribe((state) => console.log(scanStateName(state)));
 */
export class Scan<F extends IdentityFields = ESRFIdentityFields> {
  /** The fields of the identity model; never changes. */
  readonly identity: Identity<F>;

  /** State and metadata together: the metadata are at least as new as the state. */
  readonly snapshot$: Observable<ScanSnapshot>;
  /**
   * Every state in order, from the present one on. Compare with `>=`: a scan may close from any state.
   *
   * ```
   * scan:      C--P--S-----T--X
   * state$:    C--P--S-----T--(X|)
   * late:             S----T--(X|)
   * too late:                    (X|)
   * ```
   */
  readonly state$: Observable<ScanState>;
  /** The metadata, whenever they have changed. */
  readonly info$: Observable<JsonObject>;
  /** The streams known so far, by name, whenever streams were added; an empty map before PREPARED. */
  readonly streams$: Observable<ReadonlyMap<string, Stream>>;

  private readonly steps$: Observable<Step>;

  /** @internal */
  constructor(
    core: Core,
    model: IdentityModel<F>,
    /** The Redis key of the scan. */
    readonly key: Key,
    loaded: LoadedScan<F>,
    opener: StreamOpener,
  ) {
    this.identity = loaded.document.identity;
    const stateKey = streamKey(model.prefix, loaded.document.statePk);
    const streams = new ScanStreams(core, model.prefix, key, stateKey, opener);
    this.steps$ = followScan(core, model, key, stateKey).pipe(
      map(({ document, state }) => ({ state, info: document.info, streams: state >= ScanState.PREPARED ? streams.update(document) : noStreams })),
      share({ connector: () => new ReplaySubject<Step>(1) }),
    );
    this.snapshot$ = this.steps$.pipe(map(({ state, info }) => ({ state, info })));
    this.state$ = this.steps$.pipe(map(({ state }) => state));
    this.info$ = this.steps$.pipe(
      map(({ info }) => info),
      distinctUntilChanged((before, now) => textOf(before) === textOf(now)),
    );
    this.streams$ = this.steps$.pipe(
      map((step) => step.streams),
      distinctUntilChanged(),
    );
  }

  /**
   * Waits until the scan has a stream of this name, emits it and completes.
   *
   * With a `type` the stream's points have that TypeScript type; errors with `DtypeMismatch` if the stream holds another one. Errors
   * with `StreamNotFound` if the scan is CLOSED without such a stream.
   *
   * @example
   * const image = await firstValueFrom(scan.stream('frelon', 'uint16[]'));
   */
  stream(name: string): Observable<Stream>;
  stream<T extends StreamType>(name: string, type: T): Observable<Stream<T>>;
  stream(name: string, type?: StreamType): Observable<Stream> {
    return this.steps$.pipe(
      map(({ streams, state }) => {
        const stream = streams.get(name);
        if (stream === undefined && state === ScanState.CLOSED) throw blissdataError('StreamNotFound', { key: this.key, stream: name, streams: [...streams.keys()] });
        return stream;
      }),
      filter((stream) => stream !== undefined),
      take(1),
      map((stream) => {
        if (type === undefined || stream.type === type) return stream;
        throw stream.problem ?? blissdataError('DtypeMismatch', { key: this.key, stream: name, expected: type, received: stream.type ?? 'something unknown' });
      }),
    );
  }
}

/** To compare. */
const textOf = (info: JsonObject): string => E.toUnion(writeJson(info, 'literal'));
