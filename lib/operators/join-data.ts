/** Joins the data of consecutive chunks where their encoding is not known. */
import { isNdArrayData, joinRows } from '../model/chunk-data.js';
import { blissdataError } from '../model/errors.js';
import type { NdArray } from '../model/nd-array.js';
import type { AnyChunkData, ChunkData, StreamType } from '../model/stream-type.js';

/**
 * The data of one or more chunks as one: as it is if there is only one, otherwise in memory of its own.
 *
 * @throws InvalidArgument for none, or for parts of different dtypes or point shapes.
 */
export function joinData<T extends StreamType>(parts: readonly ChunkData<T>[]): ChunkData<T>;
export function joinData(parts: readonly AnyChunkData[]): AnyChunkData {
  const [first] = parts;
  const type = first === undefined ? 'at least one part' : typeOf(first);
  const other = parts.find((part) => typeOf(part) !== type);
  if (first === undefined || other !== undefined) {
    throw blissdataError('InvalidArgument', { argument: 'chunk', expected: type, received: other === undefined ? 'none' : typeOf(other) });
  }
  if (parts.length === 1) return first;
  if (!isNdArrayData(first)) return parts.flatMap((part) => (isNdArrayData(part) ? [] : part));
  return joinRows(first.dtype, first.shape.slice(1), parts.filter(isNdArrayData));
}

const typeOf = (data: AnyChunkData): string => (isNdArrayData(data) ? typeOfArray(data) : 'a list of ragged arrays or JSON values');

const typeOfArray = ({ dtype, shape }: NdArray): string => (shape.length === 1 ? dtype : `${dtype} of shape [${shape.slice(1).join(', ')}]`);
