/** What the compiler knows of stream kinds. */
import type { Observable } from 'rxjs';
import { json, numeric, type DataStore, type Json, type NdArray, type Scan, type Stream } from '../../lib/index.js';
import { countedPoints, lima, mapPoints, type DeclaredStream, type ImageReference, type LimaImages, type Progress, type StreamKind, type StreamPoints, type SubScan } from '../../lib/kinds.js';
import { expectType, typeTest, value, type Equal } from './support.js';

typeTest('as gives what the kind offers, or undefined', () => {
  const stream = value<Stream<'uint16[]'>>();
  const images = stream.as(lima);
  expectType<Equal<typeof images, LimaImages | undefined>>();
  // @ts-expect-error it may be of another kind
  images.references();
  const references$ = images?.references(0, 10);
  expectType<Equal<typeof references$, Observable<readonly ImageReference[]> | undefined>>();
});

typeTest('the scans of a sequence have the identity of the store', () => {
  const store = value<DataStore<{ readonly name: never }>>();
  const scans$ = store.subScans(value<Stream>()).scans$;
  expectType<Equal<typeof scans$, Observable<SubScan<Scan<{ readonly name: never }>>>>>();
});

typeTest('entries are of the type that they are asked for as', () => {
  const entries = value<DeclaredStream>().entries('uint32');
  expectType<Equal<typeof entries, StreamPoints<'uint32'>>>();
  // @ts-expect-error no such type
  value<DeclaredStream>().entries('uint31');
});

typeTest('mapPoints knows both types', () => {
  mapPoints<'json', 'float64'>(value<StreamPoints<'json'>>(), (documents) => {
    expectType<Equal<typeof documents, readonly Json[]>>();
    return value<NdArray<'float64'>>();
  });
  // @ts-expect-error points of another dtype
  mapPoints<'json', 'float64'>(value<StreamPoints<'json'>>(), () => value<NdArray<'int8'>>());
});

typeTest('countedPoints counts by entries of one type, and reads points of another', () => {
  const points = countedPoints(value<DeclaredStream>(), {
    entries: 'uint32',
    type: numeric('uint16', [2, 3]),
    count: (newest) => {
      expectType<Equal<typeof newest, number>>();
      return newest;
    },
    read: (_first, _stop, progress) => {
      expectType<Equal<typeof progress, Progress<'uint32'>>>();
      return value<Observable<NdArray<'uint16'> | null>>();
    },
  });
  expectType<Equal<typeof points, StreamPoints<'uint16[]'>>>();
});

typeTest('a kind gives what it says', () => {
  const kind: StreamKind<{ readonly unit: string }> = {
    name: 'own',
    open: (declared) => ({ type: json(), points: declared.entries('json'), access: { unit: 'mm' } }),
  };
  const access = value<Stream>().as(kind);
  expectType<Equal<typeof access, { readonly unit: string } | undefined>>();
  // @ts-expect-error it offers something else
  const other: StreamKind<{ readonly unit: number }> = kind;
});
