/** What pipelines know of their values: the types of streams go through the operators, in tuples and by name. */
import { concatMap, interval, map, type Observable } from 'rxjs';
import type { Complex } from '../../lib/model/dtype.js';
import type { Json } from '../../lib/model/json.js';
import type { NdArray } from '../../lib/model/nd-array.js';
import { ScanState } from '../../lib/model/scan-state.js';
import type { Chunk, Point } from '../../lib/model/stream-type.js';
import { bufferPoints, downsample, lag, latestTogether, rate, untilState, zipByIndex, type Curve, type Lag, type Rate, type Row } from '../../lib/operators.js';
import type { Scan } from '../../lib/scan/scan.js';
import type { Stream } from '../../lib/stream/stream.js';
import { expectType, typeTest, value, type Equal } from './support.js';

typeTest('zipByIndex gives a tuple of the values of the streams in an array', () => {
  const rows$ = zipByIndex([value<Stream<'float64'>>(), value<Stream<'uint16[]'>>(), value<Stream<'json'>>()]);
  expectType<Equal<typeof rows$, Observable<Row<readonly [number, NdArray<'uint16'>, Json]>>>>();
});

typeTest('zipByIndex gives an object for an object', () => {
  const rows$ = zipByIndex({ motor: value<Stream<'int64'>>(), diode: value<Stream<'complex64'>>() });
  expectType<Equal<typeof rows$, Observable<Row<{ readonly motor: bigint; readonly diode: Complex }>>>>();
});

typeTest('zipByIndex takes points and chunks, and whatever a pipeline has made of points', () => {
  const stream = value<Stream<'float64'>>();
  const rows$ = zipByIndex([
    stream.points$,
    stream.chunks$,
    stream.chunks$.pipe(bufferPoints(10)),
    stream.points$.pipe(map(({ index, value: number }) => ({ index, value: String(number) }))),
  ]);
  expectType<Equal<typeof rows$, Observable<Row<readonly [number, number, number, string]>>>>();
});

typeTest('zipByIndex gives an array for a list of streams of any length', () => {
  const rows$ = zipByIndex(value<readonly Stream<'bool'>[]>());
  expectType<Equal<typeof rows$, Observable<Row<readonly boolean[]>>>>();
});

typeTest('zipByIndex takes streams whose type is not known', () => {
  const rows$ = zipByIndex({ a: value<Stream>(), b: value<Stream<'bool'>>() });
  const use = (row$: typeof rows$): void => {
    row$.subscribe(({ values: { b } }) => expectType<Equal<typeof b, boolean>>());
  };
  use(rows$);
});

typeTest('zipByIndex refuses what has no index, and options that do not exist', () => {
  // @ts-expect-error numbers alone cannot be aligned
  zipByIndex([interval(1)]);
  // @ts-expect-error the choices are error and skip
  zipByIndex([value<Stream>()], { expired: 'ignore' });
});

typeTest('latestTogether gives points of streams, and the values of Observables as they are', () => {
  const latest$ = latestTogether([value<Stream<'float64'>>(), value<Scan>().state$]);
  expectType<Equal<typeof latest$, Observable<readonly [Point<'float64'>, ScanState]>>>();
  const named$ = latestTogether({ motor: value<Stream<'uint8'>>(), info: value<Observable<string>>() });
  expectType<Equal<typeof named$, Observable<{ readonly motor: Point<'uint8'>; readonly info: string }>>>();
});

typeTest('bufferPoints keeps the type of the stream', () => {
  const chunks$ = value<Stream<'int32[*]'>>().chunks$.pipe(bufferPoints(100));
  expectType<Equal<typeof chunks$, Observable<Chunk<'int32[*]'>>>>();
  // @ts-expect-error points are no chunks
  value<Stream<'float64'>>().points$.pipe(bufferPoints(100));
});

typeTest('rate and lag take points and chunks of any stream', () => {
  const rate$ = value<Stream<'float64'>>().chunks$.pipe(rate({ period: 500 }));
  expectType<Equal<typeof rate$, Observable<Rate>>>();
  const stream = value<Stream<'json'>>();
  const lag$ = stream.points$.pipe(lag(stream.length()));
  expectType<Equal<typeof lag$, Observable<Lag>>>();
  // @ts-expect-error a number is neither a point nor a chunk
  interval(1).pipe(rate());
});

typeTest('downsample takes chunks of real scalars and nothing else', () => {
  const curve$ = value<Stream<'int64'>>().chunks$.pipe(downsample({ bucket: 10 }));
  expectType<Equal<typeof curve$, Observable<Curve>>>();
  // @ts-expect-error complex numbers lie on no axis
  value<Stream<'complex64'>>().chunks$.pipe(downsample({ bucket: 10 }));
  // @ts-expect-error an image is no scalar
  value<Stream<'uint16[]'>>().chunks$.pipe(downsample({ bucket: 10 }));
  // @ts-expect-error JSON may be anything
  value<Stream<'json'>>().chunks$.pipe(downsample({ bucket: 10 }));
  // @ts-expect-error how many points make a bucket cannot be guessed
  value<Stream<'float64'>>().chunks$.pipe(downsample({}));
});

typeTest('untilState keeps the type of the values', () => {
  const scan = value<Scan>();
  const until$ = value<Stream<'float64'>>().points$.pipe(untilState(scan, ScanState.STOPPED));
  expectType<Equal<typeof until$, Observable<Point<'float64'>>>>();
  const rows$ = zipByIndex([value<Stream<'float64'>>()]).pipe(
    untilState(scan, ScanState.CLOSED),
    concatMap(({ values }) => values),
  );
  expectType<Equal<typeof rows$, Observable<number>>>();
  // @ts-expect-error states are numbers with names, see ScanState
  interval(1).pipe(untilState(scan, 'STOPPED'));
});
