/** EDF, the ESRF data format: images, each preceded by a header of `key = value ;` lines in braces. Pure: bytes in, values out. */
import * as E from 'fp-ts/lib/Either.js';
import { itemSize, type ByteOrder, type Dtype } from '../../model/dtype.js';
import { blissdataError, type BlissdataErrorOf } from '../../model/errors.js';
import { elementCount, type NdArray } from '../../model/nd-array.js';
import { numbersOf } from '../../wire/encoding/number-bytes.js';

export interface EdfHeader {
  readonly dtype: Dtype;
  readonly byteOrder: ByteOrder;
  /** The shape of the image, rows first. */
  readonly shape: readonly number[];
  /** The size of the image. */
  readonly dataBytes: number;
  /** The size of what follows the header in the file, up to the next header. */
  readonly storedBytes: number;
}

type InvalidImage = BlissdataErrorOf<'InvalidImage'>;

const invalid = (expected: string, received: string): E.Either<InvalidImage, never> => E.left(blissdataError('InvalidImage', { format: 'EDF', expected, received }));

/** Programs write different names for the same type, here in lower case. A "long" has 32 bits. */
const namesOfDtypes: readonly (readonly [Dtype, readonly string[]])[] = [
  ['int8', ['signedbyte', 'signed8']],
  ['uint8', ['unsignedbyte', 'unsigned8']],
  ['int16', ['signedshort', 'signed16', 'signedshortinteger']],
  ['uint16', ['unsignedshort', 'unsigned16', 'unsignedshortinteger']],
  ['int32', ['signedinteger', 'signed32', 'signedlong']],
  ['uint32', ['unsignedinteger', 'unsigned32', 'unsignedlong']],
  ['int64', ['signed64']],
  ['uint64', ['unsigned64']],
  ['float32', ['floatvalue', 'float', 'float32', 'floatieee32']],
  ['float64', ['doublevalue', 'double', 'float64', 'floatieee64', 'doubleieee64']],
];
const dtypes: ReadonlyMap<string, Dtype> = new Map(namesOfDtypes.flatMap(([dtype, names]) => names.map((name): [string, Dtype] => [name, dtype])));

const MOST_DIMENSIONS = 8;

const [OPEN, CLOSE, LINE_FEED, RETURN, SPACE] = [0x7b, 0x7d, 0x0a, 0x0d, 0x20];
const isSpace = (byte: number): boolean => byte === SPACE || byte === 0 || (byte >= 0x09 && byte <= RETURN);

/** Where the header at the beginning of `bytes` ends; null if it goes on beyond them. Left if they begin with something else. */
export function endOfEdfHeader(bytes: Uint8Array): E.Either<InvalidImage, number | null> {
  const begin = bytes.findIndex((byte) => !isSpace(byte));
  if (begin < 0) return E.right(null);
  if (bytes[begin] !== OPEN) return invalid('a header that begins with {', `the byte ${bytes[begin] ?? 0}`);
  for (let at = bytes.indexOf(CLOSE, begin); at >= 0; at = bytes.indexOf(CLOSE, at + 1)) {
    const next = bytes[at + 1] === RETURN ? at + 2 : at + 1;
    if (bytes[next] === LINE_FEED) return E.right(next + 1);
  }
  return E.right(null);
}

/** Decodes a header from its opening to its closing brace. */
export function decodeEdfHeader(bytes: Uint8Array): E.Either<InvalidImage, EdfHeader> {
  const fields = fieldsIn(bytes);
  const compression = fields.get('COMPRESSION') ?? 'none';
  if (!/^no/i.test(compression)) return invalid('Compression = None', compression);
  for (const elsewhere of ['EDF_BINARYFILENAME', 'EDF_DATAFORMATVERSION']) {
    if (fields.has(elsewhere)) return invalid('an image right after its header', `a header with ${elsewhere}`);
  }
  const dataType = fields.get('DATATYPE') ?? 'none';
  const dtype = dtypes.get(dataType.toLowerCase());
  if (dtype === undefined) return invalid('a DataType such as UnsignedShort or FloatValue', dataType);
  const byteOrder = byteOrderIn(fields, dtype);
  if (E.isLeft(byteOrder)) return byteOrder;
  const shape = shapeIn(fields);
  if (E.isLeft(shape)) return shape;
  const dataBytes = elementCount(shape.right) * itemSize(dtype);
  if (!Number.isSafeInteger(dataBytes)) return invalid('a size of less than 2^53 bytes', shape.right.join(' x '));
  const size = fields.get('EDF_BINARYSIZE') ?? fields.get('SIZE');
  const storedBytes = size === undefined ? dataBytes : wholeNumber(size);
  if (storedBytes === null || storedBytes < dataBytes) return invalid(`a Size of at least ${dataBytes} bytes`, size ?? 'none');
  return E.right({ dtype, byteOrder: byteOrder.right, shape: shape.right, dataBytes, storedBytes });
}

/** The numbers of `count` images with the same header: shape `[count, ...shape of one]`. `bytes` are `count` times `dataBytes`. */
export function decodeEdfData({ dtype, byteOrder, shape }: EdfHeader, bytes: Uint8Array, count: number): NdArray {
  return { dtype, shape: [count, ...shape], data: numbersOf(dtype, byteOrder, bytes) };
}

/** The fields by their names in upper case. The first of several with one name counts. */
function fieldsIn(bytes: Uint8Array): ReadonlyMap<string, string> {
  const text = new TextDecoder('latin1').decode(bytes);
  const fields = new Map<string, string>();
  for (const line of text.slice(text.indexOf('{') + 1, text.lastIndexOf('}')).split(';')) {
    const equals = line.indexOf('=');
    const key = line.slice(0, Math.max(0, equals)).trim().toUpperCase();
    if (key !== '' && !fields.has(key)) fields.set(key, line.slice(equals + 1).trim());
  }
  return fields;
}

function byteOrderIn(fields: ReadonlyMap<string, string>, dtype: Dtype): E.Either<InvalidImage, ByteOrder> {
  const order = fields.get('BYTEORDER') ?? 'none';
  if (/^lowbytefirst$/i.test(order)) return E.right('<');
  if (/^highbytefirst$/i.test(order)) return E.right('>');
  return itemSize(dtype) === 1 ? E.right('|') : invalid('a ByteOrder of LowByteFirst or HighByteFirst', order);
}

/** Dim_1 is the number of columns, the fastest axis. A missing dimension below the highest is 1. */
function shapeIn(fields: ReadonlyMap<string, string>): E.Either<InvalidImage, readonly number[]> {
  // Not `Math.max(...)`: there may be more fields than a call takes arguments.
  const rank = [...fields.keys()].reduce((most, key) => Math.max(most, Number(/^DIM_(\d{1,9})$/.exec(key)?.[1] ?? 0)), 0);
  if (rank === 0 || rank > MOST_DIMENSIONS || !fields.has('DIM_1')) return invalid(`Dim_1 to at most Dim_${MOST_DIMENSIONS}`, rank === 0 ? 'none' : `Dim_${rank}`);
  const shape: number[] = [];
  for (let n = rank; n >= 1; n--) {
    const text = fields.get(`DIM_${n}`) ?? '1';
    const length = wholeNumber(text);
    if (length === null) return invalid(`a whole number as Dim_${n}`, text);
    shape.push(length);
  }
  return E.right(shape);
}

function wholeNumber(text: string): number | null {
  const number = /^\d{1,16}(\.0*)?$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(number) ? number : null;
}
