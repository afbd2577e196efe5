/** Reading EDF images from files, plain or gzipped: from one header to the next, loading only what is asked for. */
import { closeSync } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import { decodeEdfData, decodeEdfHeader, endOfEdfHeader, type EdfHeader } from './edf-image.js';
import { blissdataError, isInvalidImage } from '../../model/errors.js';
import type { ArrayPlace } from '../../ports/files.js';
import type { AllowedPaths, OpenedFile } from '../allowed-paths.js';
import { joined, openBytes, type Bytes } from '../bytes.js';
import { EdfIndex, EdfIndexes } from './edf-index.js';
import { leaveOpen, takeUp } from './packed-edf.js';
import { checkBytes, PIECE_BYTES, type FileReader, type Turn } from '../file-reader.js';

/** Headers are padded to whole blocks. */
const BLOCK = 512;
/** A longer header is none. */
const MOST_HEADER_BYTES = 512 * BLOCK;
/** How many images are passed over before other work gets its turn. */
const IMAGES_PER_TURN = 256;

/** An open file, and how far it has been read. */
interface OpenEdf {
  readonly bytes: Bytes;
  readonly index: EdfIndex;
  /** What a packed file's first image looks like, where that has been read before. */
  readonly first: EdfHeader | null;
  /** How many images of a packed file have been passed over or read. */
  passed: number;
  /** Whether it stands at the begin of an image. */
  isAtImage: boolean;
}

/** `open` opens the bytes of a file: replaced where they are counted. */
export function edfReader(allowed: AllowedPaths, open = openBytes): FileReader {
  const indexes = new EdfIndexes();
  const opened = async (place: ArrayPlace, { descriptor, stats }: OpenedFile, from: number): Promise<OpenEdf> => {
    const left = takeUp(stats, from);
    if (left === undefined) {
      const bytes = await open(descriptor, place.file);
      try {
        return { bytes, index: await indexes.of(bytes, stats), first: null, passed: 0, isAtImage: true };
      } catch (error) {
        await bytes.close();
        throw error;
      }
    }
    closeSync(descriptor);
    return { ...left, index: new EdfIndex(new Uint8Array(0)), isAtImage: true };
  };
  /** `from` is the first image that is wanted. */
  const withFile = async <T>(place: ArrayPlace, from: number, work: (file: OpenEdf) => Promise<{ readonly result: T; readonly first: EdfHeader | null }>, again = true): Promise<T> => {
    const found = allowed.open(place.file);
    const { stats } = found;
    const file = await opened(place, found, from);
    let isLeft = false;
    try {
      const { result, first } = await work(file);
      isLeft = !file.bytes.isPlain && file.isAtImage && first !== null;
      if (isLeft && first !== null) await leaveOpen(stats, { bytes: file.bytes, passed: file.passed, first });
      return result;
    } catch (error) {
      if (!isInvalidImage(error)) throw error;
      indexes.forget(stats);
      // It may have been written anew since its images were found.
      if (again && file.bytes.isPlain) return await withFile(place, from, work, false);
      throw blissdataError('UnsupportedFile', { path: place.file, expected: error.expected, received: error.received }, error);
    } finally {
      if (!isLeft) await file.bytes.close();
    }
  };
  return {
    length: (place, turn) => withFile(place, 0, async (file) => ({ result: await passOver(file, Infinity, turn), first: null })),
    read: (place, start, stop, turn) =>
      withFile(place, start, async (file) => {
        const first = file.first ?? (await firstHeader(file.bytes, place));
        const { header, stored } = stop > start && (await passOver(file, start, turn)) === start ? await readImages(place, file, stop - start, turn) : none;
        const data = joined(stored, stored.length * (header?.dataBytes ?? 0));
        return { result: decodeEdfData(header ?? first, data, stored.length), first };
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
async function passOver(file: OpenEdf, most: number, turn: Turn): Promise<number> {
  const { bytes, index } = file;
  let passed = file.passed;
  if (bytes.isPlain) {
    passed = Math.min(most, index.length);
    bytes.moveTo(index.beginOf(passed));
  }
  for (let n = 1; passed < most; n++) {
    const begin = bytes.position;
    const header = await nextHeader(bytes);
    file.isAtImage = header !== null && (await bytes.skip(header.storedBytes));
    if (!file.isAtImage) break;
    passed += 1;
    file.passed = passed;
    index.add(begin, bytes.position);
    if (n % IMAGES_PER_TURN === 0) await turn();
  }
  return passed;
}

async function readImages(place: ArrayPlace, file: OpenEdf, most: number, turn: Turn): Promise<StoredImages> {
  const { bytes, index } = file;
  const stored: Uint8Array<ArrayBuffer>[] = [];
  let first: EdfHeader | null = null;
  let sinceTurn = 0;
  while (stored.length < most) {
    const begin = bytes.position;
    file.isAtImage = false;
    const header = await nextHeader(bytes);
    if (header === null) break;
    first ??= header;
    if (formOf(first) !== formOf(header)) throw blissdataError('UnsupportedFile', { path: place.file, expected: `images of one form, ${formOf(first)}`, received: formOf(header) });
    checkBytes((stored.length + 1) * header.dataBytes);
    const data = await bytes.next(header.dataBytes);
    if (data.length < header.dataBytes) break; // still being written
    stored.push(data);
    if (!(await bytes.skip(header.storedBytes - header.dataBytes))) break;
    [file.isAtImage, file.passed] = [true, file.passed + 1];
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
