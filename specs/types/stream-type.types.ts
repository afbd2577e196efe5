/** What the name of a stream's type says about its points, its chunks, and what a writer takes. */
import type { Complex, Dtype } from '../../lib/model/dtype.js';
import type { Json } from '../../lib/model/json.js';
import type { NdArray } from '../../lib/model/nd-array.js';
import type { BatchInput, Chunk, ChunkData, DtypeOf, Point, PointInput, PointValue, StreamType } from '../../lib/model/stream-type.js';
import { expectType, typeTest, value, type Assignable, type Equal } from './support.js';

typeTest('a stream type is a dtype, an array of one, a ragged array of one, or json', () => {
  expectType<Assignable<'float64' | 'uint16[]' | 'int32[*]' | 'json', StreamType>>();
  expectType<Equal<Assignable<'float128', StreamType>, false>>();
  expectType<Equal<Assignable<'json[]', StreamType>, false>>();
  expectType<Equal<Assignable<'float64[][]', StreamType>, false>>();
});

typeTest('the dtype of a stream type is found in all its forms, json has none', () => {
  expectType<Equal<DtypeOf<'float64'>, 'float64'>>();
  expectType<Equal<DtypeOf<'uint16[]'>, 'uint16'>>();
  expectType<Equal<DtypeOf<'int32[*]'>, 'int32'>>();
  expectType<Equal<DtypeOf<'json'>, never>>();
  expectType<Equal<DtypeOf<StreamType>, Dtype>>();
});

typeTest('a point of a scalar stream is what JavaScript holds for the dtype', () => {
  expectType<Equal<PointValue<'float64'>, number>>();
  expectType<Equal<PointValue<'float16'>, number>>();
  expectType<Equal<PointValue<'uint8'>, number>>();
  expectType<Equal<PointValue<'bool'>, boolean>>();
  expectType<Equal<PointValue<'int64'>, bigint>>();
  expectType<Equal<PointValue<'uint64'>, bigint>>();
  expectType<Equal<PointValue<'complex64'>, Complex>>();
});

typeTest('a point of an array stream is an NdArray, ragged or not', () => {
  expectType<Equal<PointValue<'float64[]'>, NdArray<'float64'>>>();
  expectType<Equal<PointValue<'uint16[*]'>, NdArray<'uint16'>>>();
});

typeTest('a point of a json stream is a JSON value', () => {
  expectType<Equal<PointValue<'json'>, Json>>();
});

typeTest('chunk data of float64 is one NdArray over a Float64Array', () => {
  expectType<Equal<ChunkData<'float64'>, NdArray<'float64'>>>();
  expectType<Equal<ChunkData<'float64'>['data'], Float64Array>>();
});

typeTest('chunk data of int64 is a BigInt array, never narrowed to numbers', () => {
  expectType<Equal<ChunkData<'int64'>['data'], BigInt64Array>>();
  expectType<Equal<ChunkData<'uint64[]'>['data'], BigUint64Array>>();
});

typeTest('chunk data of arrays of one shape is one NdArray', () => {
  expectType<Equal<ChunkData<'uint16[]'>, NdArray<'uint16'>>>();
});

typeTest('chunk data of ragged arrays is an array of NdArrays', () => {
  expectType<Equal<ChunkData<'int32[*]'>, readonly NdArray<'int32'>[]>>();
});

typeTest('chunk data of json is an array of JSON values', () => {
  expectType<Equal<ChunkData<'json'>, readonly Json[]>>();
});

typeTest('chunks and points of a typed stream are accepted where any stream is meant', () => {
  expectType<Assignable<Chunk<'float64'>, Chunk>>();
  expectType<Assignable<Chunk<'int32[*]'>, Chunk>>();
  expectType<Assignable<Point<'json'>, Point>>();
});

typeTest('a chunk is read-only', () => {
  const chunk = value<Chunk<'float64'>>();
  // @ts-expect-error the index belongs to the stream
  chunk.index = 1;
  // @ts-expect-error the container is read-only
  chunk.data = value<NdArray<'float64'>>();
});

typeTest('a writer takes integers of 64 bits as bigint or number', () => {
  expectType<Equal<PointInput<'int64'>, bigint | number>>();
  expectType<Equal<PointInput<'uint64'>, bigint | number>>();
});

typeTest('a writer takes other scalars as they are read', () => {
  expectType<Equal<PointInput<'float64'>, number>>();
  expectType<Equal<PointInput<'bool'>, boolean>>();
  expectType<Equal<PointInput<'complex128'>, Complex>>();
  // @ts-expect-error a bigint is not silently rounded into a float64
  value<(point: PointInput<'float64'>) => void>()(1n);
});

typeTest('a writer takes an array point as NdArray or as the typed array of its dtype', () => {
  expectType<Equal<PointInput<'uint16[]'>, NdArray<'uint16'> | Uint16Array>>();
  expectType<Equal<PointInput<'int32[*]'>, NdArray<'int32'> | Int32Array>>();
  // @ts-expect-error float64 data are not narrowed into float32
  value<(point: PointInput<'float32[]'>) => void>()(new Float64Array(3));
  // @ts-expect-error nor is an NdArray of another dtype
  value<(point: PointInput<'float32[]'>) => void>()(value<NdArray<'float64'>>());
});

typeTest('a batch of scalars is an array, a typed array or an NdArray', () => {
  expectType<Equal<BatchInput<'float64'>, readonly number[] | Float64Array | NdArray<'float64'>>>();
  expectType<Equal<BatchInput<'int64'>, readonly (bigint | number)[] | BigInt64Array | NdArray<'int64'>>>();
  // @ts-expect-error a Float32Array does not hold float64
  value<(points: BatchInput<'float64'>) => void>()(new Float32Array(3));
});

typeTest('a batch of arrays is a list of points or one NdArray of all of them', () => {
  expectType<Assignable<readonly Uint16Array[], BatchInput<'uint16[]'>>>();
  expectType<Assignable<NdArray<'uint16'>, BatchInput<'uint16[]'>>>();
  // @ts-expect-error a flat typed array does not say where one point ends
  value<(points: BatchInput<'uint16[]'>) => void>()(new Uint16Array(6));
});

typeTest('a batch of json is a list of JSON values and nothing else', () => {
  expectType<Equal<BatchInput<'json'>, readonly Json[]>>();
});
