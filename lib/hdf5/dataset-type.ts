/** Which dtype an HDF5 type is, as h5py writes them. */
import * as E from 'fp-ts/lib/Either.js';
import * as O from 'fp-ts/lib/Option.js';
import * as t from 'io-ts';
import type { Dtype } from '../model/dtype.js';

/** HDF5's numbers for the classes of types. */
const classes = ['an integer', 'a float', 'a time', 'a string', 'a bit field', 'opaque', 'a compound', 'a reference', 'an enumeration', 'of variable length', 'an array', 'a complex number'];
const [INTEGER, FLOAT, COMPOUND, ENUM] = [0, 1, 6, 8];

const Member = t.type({ name: t.string, type: t.number, size: t.number, offset: t.number });

/** The library's description of a type. */
export const DatasetType = t.intersection([
  t.type({ type: t.number, size: t.number, signed: t.boolean }),
  t.partial({ enum_type: t.type({ members: t.record(t.string, t.number) }), compound_type: t.type({ members: t.readonlyArray(Member) }) }),
]);
export type DatasetType = t.TypeOf<typeof DatasetType>;

const integers: Readonly<Record<number, readonly [signed: Dtype, unsigned: Dtype]>> = {
  1: ['int8', 'uint8'],
  2: ['int16', 'uint16'],
  4: ['int32', 'uint32'],
  8: ['int64', 'uint64'],
};
const floats: Readonly<Record<number, Dtype>> = { 2: 'float16', 4: 'float32', 8: 'float64' };
const complexes: Readonly<Record<number, Dtype>> = { 8: 'complex64', 16: 'complex128' };

/** The dtype that holds such values, or what they are. */
export function dtypeOf(type: DatasetType): E.Either<string, Dtype> {
  const found = O.fromNullable(lookUp(type));
  return E.fromOption(() => `${classes[type.type] ?? 'of an unknown class'} of ${type.size} bytes`)(found);
}

function lookUp(type: DatasetType): Dtype | undefined {
  switch (type.type) {
    case INTEGER:
      return integers[type.size]?.[type.signed ? 0 : 1];
    case FLOAT:
      return floats[type.size];
    case ENUM:
      return isBool(type) ? 'bool' : undefined;
    case COMPOUND:
      return isComplex(type) ? complexes[type.size] : undefined;
    default:
      return undefined;
  }
}

/** HDF5 has no booleans; h5py writes an enumeration. */
function isBool({ size, enum_type }: DatasetType): boolean {
  const members = enum_type?.members ?? {};
  return size === 1 && Object.keys(members).length === 2 && members['FALSE'] === 0 && members['TRUE'] === 1;
}

/** Neither had it complex numbers; h5py writes two floats, `r` and `i`. */
function isComplex({ size, compound_type }: DatasetType): boolean {
  const [re, im, ...more] = compound_type?.members ?? [];
  return re?.name === 'r' && im?.name === 'i' && more.length === 0 && [re, im].every((part, n) => part.type === FLOAT && part.size === size / 2 && part.offset === n * part.size);
}
