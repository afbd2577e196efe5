/** Values as texts that are equal if, and only if, the values are: the twin of python/rendering.py, independent of what it tests. */
import type { Complex, Dtype, Json, JsonObject, NdArray } from '../../lib/index.js';
import type { AnyChunkData, AnyPointValue } from '../../lib/model/stream-type.js';

/** The dtype of a stream, none for JSON. */
type MaybeDtype = Dtype | undefined;

/** Every point of a chunk or of a slice. */
export function renderData(dtype: MaybeDtype, data: AnyChunkData): readonly string[] {
  return isList(data) ? data.map((value) => renderPoint(dtype, value)) : rowsOf(data).map((row) => renderArray(row));
}

/** One point: a JSON value, or numbers as their shape and their little-endian bytes, float16 as the float32 that is equal to it. */
export function renderPoint(dtype: MaybeDtype, value: AnyPointValue): string {
  if (isDocument(dtype, value)) return renderDocument(value);
  return isNdArray(value) ? renderArray(value) : `:${hex(scalarBytes(dtype, value))}`;
}

const isList = (data: AnyChunkData): data is readonly (NdArray | Json)[] => Array.isArray(data);
const isDocument = (dtype: MaybeDtype, _value: AnyPointValue): _value is Json => dtype === undefined;
const isNdArray = (value: AnyPointValue): value is NdArray => typeof value === 'object' && value !== null && 'shape' in value;
const isComplex = (value: AnyPointValue): value is Complex => typeof value === 'object' && value !== null && 're' in value;

const renderArray = ({ shape, data }: NdArray): string => `${shape.join('x')}:${hex(data)}`;

/** The points of an array that has one more dimension than they. */
function rowsOf({ dtype, shape: [count = 0, ...shape], data }: NdArray): readonly NdArray[] {
  const numbers = data.length / count;
  return Array.from({ length: count }, (_, i) => ({ dtype, shape, data: data.slice(i * numbers, (i + 1) * numbers) }));
}

// No Buffer: pages use this, too.
const hex = ({ buffer, byteOffset, byteLength }: ArrayBufferView): string => Array.from(new Uint8Array(buffer, byteOffset, byteLength), (byte) => byte.toString(16).padStart(2, '0')).join('');

const numberArrays = { int8: Int8Array, int16: Int16Array, int32: Int32Array, uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, float16: Float32Array, float32: Float32Array, float64: Float64Array };
const isNumberDtype = (dtype: MaybeDtype): dtype is keyof typeof numberArrays => dtype !== undefined && dtype in numberArrays;

function scalarBytes(dtype: MaybeDtype, value: AnyPointValue): ArrayBufferView {
  if (dtype === 'bool' && typeof value === 'boolean') return Uint8Array.of(value ? 1 : 0);
  if (dtype === 'int64' && typeof value === 'bigint') return BigInt64Array.of(value);
  if (dtype === 'uint64' && typeof value === 'bigint') return BigUint64Array.of(value);
  if (dtype === 'complex64' && isComplex(value)) return Float32Array.of(value.re, value.im);
  if (dtype === 'complex128' && isComplex(value)) return Float64Array.of(value.re, value.im);
  if (isNumberDtype(dtype) && typeof value === 'number') return numberArrays[dtype].of(value);
  throw new Error(`a ${typeof value} is not how a point of ${String(dtype)} is read`);
}

/** A JSON value. Integers that a double holds exactly are that double: JSON tells no difference between 1 and 1.0. */
export function renderDocument(value: Json): string {
  switch (typeof value) {
    case 'string':
      return renderText(value);
    case 'number':
      return renderDouble(value);
    case 'bigint':
      return fitsDouble(value) ? renderDouble(Number(value)) : String(value);
    case 'boolean':
      return String(value);
    default:
      return value === null ? 'null' : isObject(value) ? renderObject(value) : `[${value.map(renderDocument).join(',')}]`;
  }
}

const isObject = (value: object): value is JsonObject => !Array.isArray(value);

function renderObject(value: JsonObject): string {
  const members = Object.keys(value).map((key) => `${renderText(key)}:${renderDocument(value[key] ?? null)}`);
  // As Python sorts ASCII texts.
  return `{${members.sort((a, b) => (a < b ? -1 : 1)).join(',')}}`;
}

const renderText = (text: string): string => JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const fitsDouble = (value: bigint): boolean => Number.isFinite(Number(value)) && BigInt(Number(value)) === value;

function renderDouble(value: number): string {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value);
  return `=${hex(bytes)}`;
}
