/** Decodes HDF5's datatype message, with every bit of it, which the library does not report. Pure: bytes in, values out. */
import { ByteView } from './byte-view.js';

export interface IntegerType {
  readonly kind: 'integer' | 'bits';
  readonly size: number;
  readonly littleEndian: boolean;
  readonly signed: boolean;
  /** The first bit of the number within its bytes, from the lowest bit on, and how many bits it has. */
  readonly offset: number;
  readonly precision: number;
  /** Whether bits before or after the number are declared to be 1. */
  readonly padded: boolean;
}

export interface FloatType {
  readonly kind: 'float';
  readonly size: number;
  readonly littleEndian: boolean;
  /** The first bit of each part, from the lowest bit on, and how many bits it has. */
  readonly sign: number;
  readonly exponent: readonly [begin: number, size: number];
  readonly mantissa: readonly [begin: number, size: number];
  readonly bias: number;
  /** Whether the highest bit of the mantissa is implied, as it is always 1. */
  readonly implied: boolean;
}

export interface EnumType {
  readonly kind: 'enumeration';
  readonly size: number;
  readonly base: Datatype;
  readonly names: readonly string[];
  /** One for each name, as bytes of the base type. */
  readonly values: readonly Uint8Array[];
}

export interface CompoundType {
  readonly kind: 'compound';
  readonly size: number;
  readonly members: readonly { readonly name: string; readonly offset: number; readonly type: Datatype }[];
}

interface OtherType {
  readonly kind: 'other';
  readonly size: number;
  readonly what: string;
}

export type Datatype = IntegerType | FloatType | EnumType | CompoundType | OtherType;

/** The classes of types, indexed by HDF5's numbers. */
const classes = ['an integer', 'a float', 'a time', 'a string', 'a bit field', 'opaque', 'a compound', 'a reference', 'an enumeration', 'of variable length', 'an array', 'a complex number'];
const [INTEGER, FLOAT, BITS, COMPOUND, ENUM, ARRAY] = [0, 1, 4, 6, 8, 10];

/** A compound with more members is a table, not a number. */
const MOST_MEMBERS = 10_000;

/** Throws a RangeError if the bytes are not a datatype. */
export const decodeDatatype = (bytes: Uint8Array): Datatype => nextDatatype(new ByteView(bytes), 0);

function nextDatatype(view: ByteView, depth: number): Datatype {
  if (depth > 32) throw new RangeError('types are nested too deeply');
  const classAndVersion = view.uint(1);
  const [number, version] = [classAndVersion & 0xf, classAndVersion >> 4];
  const flags = view.uint(3);
  const size = view.uint(4);
  switch (number) {
    case INTEGER:
    case BITS:
      return { kind: number === BITS ? 'bits' : 'integer', size, littleEndian: (flags & 1) === 0, signed: number === INTEGER && (flags & 8) !== 0, padded: (flags & 6) !== 0, offset: view.uint(2), precision: view.uint(2) };
    case FLOAT:
      return nextFloat(view, flags, size);
    case ENUM:
      return nextEnum(view, flags, size, version, depth);
    case COMPOUND:
      return nextCompound(view, flags, size, version, depth);
    default:
      if (depth > 0) skipProperties(view, number, version, depth);
      return { kind: 'other', size, what: `${classes[number] ?? 'of an unknown class'} of ${size} bytes` };
  }
}

function nextFloat(view: ByteView, flags: number, size: number): FloatType | OtherType {
  view.uint(4); // offset and precision, which follow from the parts
  const exponent = [view.uint(1), view.uint(1)] as const;
  const mantissa = [view.uint(1), view.uint(1)] as const;
  const bias = view.uint(4);
  // Both bits of the byte order: VAX.
  if ((flags & 0x40) !== 0) return { kind: 'other', size, what: `a float of ${size} bytes in VAX order` };
  return { kind: 'float', size, littleEndian: (flags & 1) === 0, sign: (flags >> 8) & 0xff, exponent, mantissa, bias, implied: ((flags >> 4) & 3) === 2 };
}

function nextEnum(view: ByteView, flags: number, size: number, version: number, depth: number): EnumType {
  const base = nextDatatype(view, depth + 1);
  const count = flags & 0xffff;
  const names = Array.from({ length: count }, () => nextName(view, version));
  const values = names.map(() => view.take(base.size));
  return { kind: 'enumeration', size, base, names, values };
}

function nextCompound(view: ByteView, flags: number, size: number, version: number, depth: number): CompoundType {
  const members: { name: string; offset: number; type: Datatype }[] = [];
  const count = Math.min(flags & 0xffff, MOST_MEMBERS);
  for (let n = 0; n < count; n++) {
    const name = nextName(view, version);
    const offset = view.uint(version >= 3 ? bytesFor(size) : 4);
    // In the first version, a member itself could have dimensions.
    const rank = version === 1 ? view.uint(1) : 0;
    if (version === 1) view.take(27);
    const type = nextDatatype(view, depth + 1);
    members.push({ name, offset, type: rank === 0 ? type : { kind: 'other', size: type.size, what: 'an array' } });
  }
  return { kind: 'compound', size, members };
}

/** Names are padded to 8 bytes, except in the newer versions. */
function nextName(view: ByteView, version: number): string {
  const begin = view.at;
  const name = view.text();
  if (version < 3) view.at = begin + Math.ceil((view.at - begin) / 8) * 8;
  return name;
}

/** How many bytes numbers up to `size` take. */
function bytesFor(size: number): number {
  let bytes = 1;
  while (size >= 2 ** (8 * bytes)) bytes++;
  return bytes;
}

/** Skips the properties of a type that is not a number, to reach the next member of a compound. */
function skipProperties(view: ByteView, number: number, version: number, depth: number): void {
  const [TIME, STRING, OPAQUE, REFERENCE, VARIABLE] = [2, 3, 5, 7, 9];
  switch (number) {
    case TIME:
      view.take(2);
      return;
    case STRING:
    case REFERENCE:
      return;
    case VARIABLE:
      nextDatatype(view, depth + 1);
      return;
    case ARRAY: {
      const rank = view.uint(1);
      if (version < 3) view.take(3);
      view.take(rank * (version < 3 ? 8 : 4));
      nextDatatype(view, depth + 1);
      return;
    }
    default:
      throw new RangeError(number === OPAQUE ? 'opaque members are not supported' : `class ${number} is not supported`);
  }
}
