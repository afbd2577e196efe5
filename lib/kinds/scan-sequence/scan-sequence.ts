/** Streams whose points are scans. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { catchError, concatMap, defer, EMPTY, from, map, switchMap, throwError, toArray, type Observable } from 'rxjs';
import { blissdataError, isScanNotFound } from '../../model/errors.js';
import type { Json } from '../../model/json.js';
import type { Key } from '../../ports/keys.js';
import type { SliceBounds } from '../../stream/random-access.js';
import type { Stream } from '../../stream/stream.js';
import { members } from '../../wire/codecs.js';
import { jsonEncoding } from '../../wire/encoding/encoding.js';
import { received } from '../../wire/problems.js';
import type { StreamKind } from '../../stream/stream-kind.js';

/**
 * Streams with `plugin: 'scan_sequence'`, and the JSON streams of older publishers with `format: 'subscan'`. Their points are `{ key }`;
 * `store.subScans(stream)` loads the scans.
 */
export const scanSequence: StreamKind<{ readonly keyOf: (point: Json) => Key | undefined }> = {
  name: 'scan_sequence',
  id: Symbol.for('blissdata-rx.kind.scan_sequence'),
  recognises: ({ type, info }) => type === 'json' && info['format'] === 'subscan',
  open: (declared) => ({ type: { encoding: jsonEncoding }, points: declared.entries('json'), access: { keyOf } }),
};

const Reference = members('an object', { key: t.string });

const keyOf = (point: Json): Key | undefined => {
  const reference = Reference.decode(point);
  return E.isRight(reference) ? reference.right.key : undefined;
};

/** A scan of a sequence, and its index in the sequence. */
export interface SubScan<S> {
  readonly index: number;
  readonly scan: S;
}

/**
 * The scans of a sequence, as `store.subScans(stream)` gives them.
 *
 * Errors: those of the stream and of `store.loadScan`, such as `ScanNotFound` for a deleted scan, and `DtypeMismatch` for a stream that is not
 * a sequence.
 */
export class SubScans<S> {
  /** @internal */
  constructor(
    private readonly stream: Stream,
    private readonly load: (key: Key) => Observable<S>,
  ) {}

  /**
   * Every scan of the sequence, loaded, from the first one on; completes at the seal. Each is loaded after the one before was emitted.
   *
   * ```
   * published:  --a--b-----c--|
   * scans$:     --a--b-----c--|
   * ```
   */
  get scans$(): Observable<SubScan<S>> {
    return this.scans();
  }

  /** The same as `scans$`; with `missing: 'skip'` it leaves out scans that were deleted or whose entries were trimmed off, as the indices show. */
  scans({ missing = 'error' }: { readonly missing?: 'error' | 'skip' } = {}): Observable<SubScan<S>> {
    return this.sequence(({ keyAt, stream }) =>
      stream.consume(({ index, expired, data }) => {
        if (expired > 0 && missing === 'error') return throwError(() => blissdataError('IndexNoMoreThere', { key: stream.key, stream: stream.name, index }));
        return from(data).pipe(
          concatMap((point, i) => {
            const at = index + expired + i;
            const loaded$ = defer(() => this.load(keyAt(point, at)));
            return loaded$.pipe(
              map((scan) => ({ index: at, scan })),
              catchError((error: unknown) => (missing === 'skip' && isScanNotFound(error) ? EMPTY : throwError(() => error))),
            );
          }),
        );
      }),
    );
  }

  /** How many scans the sequence has so far. Emits once. */
  length(): Observable<number> {
    return this.sequence(({ stream }) => stream.length());
  }

  /** The scan at an index, counted as in `stream.at`. Emits once. */
  at(index: number): Observable<S> {
    return this.sequence(({ keyAt, stream }) => stream.at(index).pipe(switchMap((point) => this.load(keyAt(point, index)))));
  }

  /** The scans of a slice, as `stream.slice` takes it. Emits once. */
  slice(bounds: SliceBounds = {}): Observable<readonly S[]> {
    return this.sequence(({ keyAt, stream }) =>
      stream.slice(bounds).pipe(
        switchMap((points) => from(points)),
        concatMap((point, i) => this.load(keyAt(point, (bounds.start ?? 0) + i * (bounds.step ?? 1)))),
        toArray(),
      ),
    );
  }

  private sequence<A>(use: (sequence: { readonly stream: Stream<'json'>; readonly keyAt: (point: Json, index: number) => Key }) => Observable<A>): Observable<A> {
    return defer(() => {
      const { stream } = this;
      if (stream.problem !== undefined) throw stream.problem;
      const kind = stream.as(scanSequence);
      if (kind === undefined || !isJson(stream)) {
        throw blissdataError('DtypeMismatch', { key: stream.key, stream: stream.name, expected: scanSequence.name, received: `${stream.kind} of ${stream.type ?? 'an unknown type'}` });
      }
      const keyAt = (point: Json, index: number): Key => {
        const key = kind.keyOf(point);
        if (key === undefined) throw blissdataError('InvalidEntry', { key: stream.key, stream: stream.name, index, expected: '{"key": a scan\'s key}', received: received(point) });
        return key;
      };
      return use({ stream, keyAt });
    });
  }
}

const isJson = (stream: Stream): stream is Stream<'json'> => stream.type === 'json';
