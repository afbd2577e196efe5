/** Reading EDF images from files, plain or gzipped: from one header to the next, loading only what is asked for. */
import * as E from 'fp-ts/lib/Either.js';
import { decodeEdfData, decodeEdfHeader, endOfEdfHeader, type EdfHeader } from '../kinds/edf/edf-image.js';
import { blissdataError, isInvalidImage } from '../model/errors.js';
import type { ArrayPlace } from '../ports/array-files.js';
import type { AllowedPaths } from './allowed-paths.js';
import { joined, openBytes, type Bytes } from './bytes.js';
import { EdfIndexes, type EdfIndex } from './edf-index.js';
import { checkBytes, PIECE_BYTES, type FileReader, type Turn } from './file-reader.js';

/** Headers are padded to whole blocks. */
const BLOCK = 512;
/** A longer header is none. */
const MOST_HEADER_BYTES = 512 * BLOCK;
/** How many images are passed over before other work gets its turn. */
const IMAGES_PER_TURN = 256;

/** `open` opens the bytes of a file: replaced where they are counted. */
export function edfReader(allowed: AllowedPaths, open = openBytes): FileReader {
  const indexes = new EdfIndexes();
  const withFile = async <T>(place: ArrayPlace, work: (bytes: Bytes, index: EdfIndex) => Promise<T>, again = true): Promise<T> => {
    const { descriptor, stats } = allowed.open(place.file);
    const bytes = await open(descriptor, place.file);
    try {
      return await work(bytes, await indexes.of(bytes, stats));
    } catch (error) {
      if (!isInvalidImage(error)) throw error;
      indexes.forget(stats);
      // It may have been written anew since its images were found.
      if (again && bytes.isPlain) return await withFile(place, work, false);
      throw blissdataError('UnsupportedFile', { path: place.file, expected: error.expected, received: error.received }, error);
    } finally {
      await bytes.close();
    }
  };
  return {
    length: (place, turn) => withFile(place, (bytes, index) => passOver(bytes, index, Infinity, turn)),
    read: (place, start, stop, turn) =>
      withFile(place, async (bytes, index) => {
        const first = await firstHeader(bytes, place);
        const { header, stored } = stop > start && (await passOver(bytes, index, start, turn)) === start ? await readImages(place, bytes, index, stop - start, turn) : none;
        const data = joined(stored, stored.length * (header?.dataBytes ?? 0));
        return decodeEdfData(header ?? first, data, stored.length);
      }),
  };
}

interface StoredImages {
  /** Of all of them; null if there are none. */
  readonly header: EdfHeader | null;
  readonly stored: readonly Uint8Array<ArrayBuffer>[];
}

const none: StoredImages = { header: null, stored: [] };

/** What the file's images look like, without passing over it. */
async function firstHeader(bytes: Bytes, place: ArrayPlace): Promise<EdfHeader> {
  const found = await peekHeader(bytes);
  if (found === null) throw blissdataError('FileNotReadable', { path: place.file, reason: 'it has no image yet' });
  return found.header;
}

/** Goes to the begin of an image, or behind the last one if there are fewer; how many there are before it. */
async function passOver(bytes: Bytes, index: EdfIndex, most: number, turn: Turn): Promise<number> {
  let passed = 0;
  if (bytes.isPlain) {
    passed = Math.min(most, index.length);
    bytes.moveTo(index.beginOf(passed));
  }
  for (let n = 1; passed < most; n++) {
    const begin = bytes.position;
    const header = await nextHeader(bytes);
    if (header === null || !(await bytes.skip(header.storedBytes))) break;
    passed += 1;
    index.add(begin, bytes.position);
    if (n % IMAGES_PER_TURN === 0) await turn();
  }
  return passed;
}

async function readImages(place: ArrayPlace, bytes: Bytes, index: EdfIndex, most: number, turn: Turn): Promise<StoredImages> {
  const stored: Uint8Array<ArrayBuffer>[] = [];
  let first: EdfHeader | null = null;
  let sinceTurn = 0;
  while (stored.length < most) {
    const begin = bytes.position;
    const header = await nextHeader(bytes);
    if (header === null) break;
    first ??= header;
    if (formOf(first) !== formOf(header)) throw blissdataError('UnsupportedFile', { path: place.file, expected: `images of one form, ${formOf(first)}`, received: formOf(header) });
    checkBytes((stored.length + 1) * header.dataBytes);
    const data = await bytes.next(header.dataBytes);
    if (data.length < header.dataBytes) break; // still being written
    stored.push(data);
    if (!(await bytes.skip(header.storedBytes - header.dataBytes))) break;
    index.add(begin, bytes.position);
    sinceTurn += data.length;
    if (sinceTurn < PIECE_BYTES) continue;
    sinceTurn = 0;
    await turn();
  }
  return { header: first, stored };
}

const formOf = ({ dtype, byteOrder, shape }: EdfHeader): string => `${dtype} (${byteOrder}) ${shape.join(' x ')}`;

async function nextHeader(bytes: Bytes): Promise<EdfHeader | null> {
  const found = await peekHeader(bytes);
  if (found !== null) await bytes.skip(found.end);
  return found?.header ?? null;
}

/** The header that comes next, and where it ends; null where the file ends, be it within a header that is still being written. */
async function peekHeader(bytes: Bytes): Promise<{ readonly header: EdfHeader; readonly end: number } | null> {
  let text = await bytes.peek(BLOCK);
  for (;;) {
    const end = endOfEdfHeader(text);
    if (E.isLeft(end)) throw end.left;
    if (end.right !== null) {
      const header = decodeEdfHeader(text.subarray(0, end.right));
      if (E.isLeft(header)) throw header.left;
      return { header: header.right, end: end.right };
    }
    if (text.length >= MOST_HEADER_BYTES) throw blissdataError('InvalidImage', { format: 'EDF', expected: `a header of at most ${MOST_HEADER_BYTES} bytes`, received: 'a longer one' });
    const more = await bytes.peek(text.length * 2);
    if (more.length === text.length) return null;
    text = more;
  }
}
