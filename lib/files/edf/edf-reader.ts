/** Reads EDF images from files, plain or gzipped: goes from header to header and loads only the requested images. */
import { closeSync } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError, isInvalidImage } from '../../model/errors.js';
import type { ArrayPlace } from '../../ports/files.js';
import type { AllowedPaths, OpenedFile } from '../allowed-paths.js';
import { PIECE_BYTES, requireBytes, type FileReader, type Pause } from '../file-reader.js';
import { joined, openByteSource, type ByteSource } from './byte-source.js';
import { EdfIndex, EdfIndexes, keepOpen, takeOpenFile } from './edf-cache.js';
import { decodeEdfData, decodeEdfHeader, endOfEdfHeader, type EdfHeader } from './edf-format.js';

/** Headers are padded to whole blocks. */
const BLOCK = 512;
/** Anything longer is not a header. */
const MOST_HEADER_BYTES = 512 * BLOCK;
/** How many images are passed over between two pauses. */
const IMAGES_PER_PAUSE = 256;

/** An open file, and how far it has been read. */
interface OpenEdf {
  readonly bytes: ByteSource;
  readonly index: EdfIndex;
  /** The header of the first image, if a packed file was read before. */
  readonly first: EdfHeader | null;
  /** How many images of a packed file have been read or passed over. */
  passed: number;
  /** Whether the position is the beginning of an image. */
  isAtImage: boolean;
}

/** @param open replaced by tests that count the bytes that are read */
export function edfReader(allowed: AllowedPaths, open = openByteSource): FileReader {
  const indexes = new EdfIndexes();
  const opened = async (place: ArrayPlace, { descriptor, stats }: OpenedFile, from: number): Promise<OpenEdf> => {
    const kept = takeOpenFile(stats, from);
    if (kept === undefined) {
      const bytes = await open(descriptor, place.file);
      try {
        return { bytes, index: await indexes.of(bytes, stats), first: null, passed: 0, isAtImage: true };
      } catch (error) {
        await bytes.close();
        throw error;
      }
    }
    closeSync(descriptor);
    return { ...kept, index: new EdfIndex(new Uint8Array(0)), isAtImage: true };
  };
  /** Opens a file that is read from the image `from` on, runs `work`, and closes the file or keeps it open for the next read. */
  const withFile = async <T>(place: ArrayPlace, from: number, work: (file: OpenEdf) => Promise<{ readonly result: T; readonly first: EdfHeader | null }>, again = true): Promise<T> => {
    const found = allowed.open(place.file);
    const { stats } = found;
    const file = await opened(place, found, from);
    let isKept = false;
    try {
      const { result, first } = await work(file);
      isKept = !file.bytes.canSeek && file.isAtImage && first !== null;
      if (isKept && first !== null) await keepOpen(stats, { bytes: file.bytes, passed: file.passed, first });
      return result;
    } catch (error) {
      if (!isInvalidImage(error)) throw error;
      indexes.forget(stats);
      // The file may have been rewritten since it was indexed.
      if (again && file.bytes.canSeek) return await withFile(place, from, work, false);
      throw blissdataError('UnsupportedFile', { path: place.file, expected: error.expected, received: error.received }, error);
    } finally {
      if (!isKept) await file.bytes.close();
    }
  };
  return {
    length: (place, pause) => withFile(place, 0, async (file) => ({ result: await passOver(file, Infinity, pause), first: null })),
    read: (place, start, stop, pause) =>
      withFile(place, start, async (file) => {
        const first = file.first ?? (await firstHeader(file.bytes, place));
        const { header, stored } = stop > start && (await passOver(file, start, pause)) === start ? await readImages(place, file, stop - start, pause) : none;
        const data = joined(stored, stored.length * (header?.dataBytes ?? 0));
        return { result: decodeEdfData(header ?? first, data, stored.length), first };
      }),
  };
}

interface StoredImages {
  /** The header that all of them share; null if there are none. */
  readonly header: EdfHeader | null;
  readonly stored: readonly Uint8Array<ArrayBuffer>[];
}

const none: StoredImages = { header: null, stored: [] };

/** The header of the first image; the position stays. */
async function firstHeader(bytes: ByteSource, place: ArrayPlace): Promise<EdfHeader> {
  const found = await peekHeader(bytes);
  if (found === null) throw blissdataError('FileNotReadable', { path: place.file, reason: 'it has no image yet' });
  return found.header;
}

/** Moves to the beginning of image `most`, or behind the last one if there are fewer. Returns the number of images before it. */
async function passOver(file: OpenEdf, most: number, pause: Pause): Promise<number> {
  const { bytes, index } = file;
  let passed = file.passed;
  if (bytes.canSeek) {
    passed = Math.min(most, index.length);
    bytes.moveTo(index.offsetOf(passed));
  }
  for (let n = 1; passed < most; n++) {
    const begin = bytes.position;
    const header = await nextHeader(bytes);
    file.isAtImage = header !== null && (await bytes.skip(header.storedBytes));
    if (!file.isAtImage) break;
    passed += 1;
    file.passed = passed;
    index.add(begin, bytes.position);
    if (n % IMAGES_PER_PAUSE === 0) await pause();
  }
  return passed;
}

async function readImages(place: ArrayPlace, file: OpenEdf, most: number, pause: Pause): Promise<StoredImages> {
  const { bytes, index } = file;
  const stored: Uint8Array<ArrayBuffer>[] = [];
  let first: EdfHeader | null = null;
  let sincePause = 0;
  while (stored.length < most) {
    const begin = bytes.position;
    file.isAtImage = false;
    const header = await nextHeader(bytes);
    if (header === null) break;
    first ??= header;
    if (typeOf(first) !== typeOf(header)) throw blissdataError('UnsupportedFile', { path: place.file, expected: `images of one type, ${typeOf(first)}`, received: typeOf(header) });
    requireBytes((stored.length + 1) * header.dataBytes);
    const data = await bytes.next(header.dataBytes);
    if (data.length < header.dataBytes) break; // still being written
    stored.push(data);
    if (!(await bytes.skip(header.storedBytes - header.dataBytes))) break;
    [file.isAtImage, file.passed] = [true, file.passed + 1];
    index.add(begin, bytes.position);
    sincePause += data.length;
    if (sincePause < PIECE_BYTES) continue;
    sincePause = 0;
    await pause();
  }
  return { header: first, stored };
}

const typeOf = ({ dtype, byteOrder, shape }: EdfHeader): string => `${dtype} (${byteOrder}) ${shape.join(' x ')}`;

async function nextHeader(bytes: ByteSource): Promise<EdfHeader | null> {
  const found = await peekHeader(bytes);
  if (found !== null) await bytes.skip(found.end);
  return found?.header ?? null;
}

/** The next header, and where it ends; null if the file ends before or within it, as it may while it is written. */
async function peekHeader(bytes: ByteSource): Promise<{ readonly header: EdfHeader; readonly end: number } | null> {
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
