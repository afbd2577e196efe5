/** Reads the header of an object from the bytes of an HDF5 file: what the library does not report about a dataset. */
import { readSync } from 'node:fs';
import { ByteView } from './byte-view.js';
import { decodeDatatype, type Datatype } from './datatype.js';
import { superblockOf, type Superblock } from './superblock.js';

/** HDF5's numbers for header messages. */
const [DATATYPE, EXTERNAL_FILES, CONTINUATION] = [0x03, 0x07, 0x10];
const SHARED = 2;

/** More bytes than any header has. */
const MOST_BLOCK_BYTES = 2 ** 24;

interface Message {
  readonly type: number;
  readonly isShared: boolean;
  readonly bytes: Uint8Array;
}

export interface DatasetHeader {
  readonly datatype: Datatype;
  /** The names of the raw files that hold the dataset's values, if it is stored externally. */
  readonly externalFiles: readonly string[];
}

/** Reads the header of the dataset at an address. Throws an Error if it is invalid or unknown. */
export function readDatasetHeader(descriptor: number, address: number): DatasetHeader {
  const file = new FileBytes(descriptor);
  const messages = messagesAt(file, address);
  const external = messages.find(({ type }) => type === EXTERNAL_FILES);
  return { datatype: datatypeIn(file, messages), externalFiles: external === undefined ? [] : externalFilesIn(file, external.bytes) };
}

/** The newest version of each message that the library (HDF5 1.14) reads, by the message's number. */
const newest: ReadonlyMap<number, readonly [what: string, version: number]> = new Map([
  [0x01, ['dataspace', 2]],
  [DATATYPE, ['datatype', 4]],
  [0x05, ['fill value', 3]],
  [EXTERNAL_FILES, ['list of external files', 1]],
  [0x08, ['layout', 4]],
  [0x0b, ['list of filters', 2]],
]);

/** The part of the header at an address that is newer than the library; null if there is none. Throws an Error if the header is invalid. */
export function newerThanLibrary(descriptor: number, address: number): { readonly expected: string; readonly received: string } | null {
  for (const { type, isShared, bytes } of messagesAt(new FileBytes(descriptor), address)) {
    const [what, most] = newest.get(type) ?? ['', Infinity];
    // A datatype shares this byte with its class.
    const version = type === DATATYPE ? (bytes[0] ?? 0) >> 4 : (bytes[0] ?? 0);
    if (!isShared && version > most) return { expected: `a ${what} of version ${most} at most`, received: `version ${version}` };
  }
  return null;
}

class FileBytes {
  readonly superblock: Superblock;

  constructor(private readonly descriptor: number) {
    this.superblock = superblockOf(descriptor);
  }

  /** The bytes at an address, which counts from the superblock. */
  at(address: number, size: number): ByteView {
    if (!Number.isSafeInteger(address) || size > MOST_BLOCK_BYTES) throw new Error(`there are no ${size} bytes at ${address}`);
    const bytes = new Uint8Array(size);
    const count = readSync(this.descriptor, bytes, 0, size, this.superblock.base + address);
    return new ByteView(bytes.subarray(0, count));
  }
}

function datatypeIn(file: FileBytes, messages: readonly Message[]): Datatype {
  const message = messages.find(({ type }) => type === DATATYPE);
  if (message === undefined) throw new Error('it has no type');
  if (!message.isShared) return decodeDatatype(message.bytes);
  // A named type, with a header of its own.
  const view = new ByteView(message.bytes);
  const [version, place] = [view.uint(1), view.uint(1)];
  if (version === 3 && place !== 2) throw new Error('its type is stored in a heap of shared messages');
  if (version === 1) view.take(6);
  const own = messagesAt(file, view.uint(file.superblock.addressSize)).find(({ type, isShared }) => type === DATATYPE && !isShared);
  if (own === undefined) throw new Error('its named type is missing');
  return decodeDatatype(own.bytes);
}

function messagesAt(file: FileBytes, address: number): readonly Message[] {
  const begin = file.at(address, 4).take(4);
  return String.fromCharCode(...begin) === 'OHDR' ? newMessages(file, address) : oldMessages(file, address);
}

/** Headers of version 1: no signature, messages padded to 8 bytes. */
function oldMessages(file: FileBytes, address: number): readonly Message[] {
  const prefix = file.at(address, 16);
  if (prefix.uint(1) !== 1) throw new Error('its header has an unknown version');
  prefix.at = 8;
  return messagesIn(file, file.at(address + 16, prefix.uint(4)), (view) => {
    if (view.left < 8) return null;
    const [type, size, flags] = [view.uint(2), view.uint(2), view.uint(1)];
    view.at += 3;
    return { type, isShared: (flags & SHARED) !== 0, bytes: view.take(size) };
  }, (view) => view);
}

/** Headers of version 2. */
function newMessages(file: FileBytes, address: number): readonly Message[] {
  const prefix = file.at(address, 64);
  prefix.at = 4;
  const [version, flags] = [prefix.uint(1), prefix.uint(1)];
  if (version !== 2) throw new Error('its header has an unknown version');
  prefix.at += ((flags & 0x20) !== 0 ? 16 : 0) + ((flags & 0x10) !== 0 ? 4 : 0);
  const size = prefix.uint(2 ** (flags & 3));
  const order = (flags & 4) !== 0 ? 2 : 0;
  return messagesIn(file, file.at(address + prefix.at, size), (view) => {
    if (view.left < 4 + order) return null;
    const [type, bytes, own] = [view.uint(1), view.uint(2), view.uint(1)];
    view.at += order;
    return { type, isShared: (own & SHARED) !== 0, bytes: view.take(bytes) };
  }, (view) => new ByteView(view.take(view.left - 4).subarray(4))); // between a signature and a checksum
}

/** All messages, including those of continuation blocks. */
function messagesIn(file: FileBytes, first: ByteView, next: (view: ByteView) => Message | null, inBlock: (view: ByteView) => ByteView): readonly Message[] {
  const messages: Message[] = [];
  const seen = new Set<number>();
  const blocks = [first];
  for (let view = blocks.pop(); view !== undefined; view = blocks.pop()) {
    for (let message = next(view); message !== null; message = next(view)) {
      messages.push(message);
      if (message.type !== CONTINUATION) continue;
      const place = new ByteView(message.bytes);
      const [address, size] = [place.uint(file.superblock.addressSize), place.uint(file.superblock.lengthSize)];
      // A damaged header might have no end.
      if (seen.has(address)) throw new Error('its header refers to itself');
      seen.add(address);
      blocks.push(inBlock(file.at(address, size)));
    }
  }
  return messages;
}

/** The names are in a local heap of the dataset. */
function externalFilesIn(file: FileBytes, bytes: Uint8Array): readonly string[] {
  const { addressSize, lengthSize } = file.superblock;
  const view = new ByteView(bytes);
  view.at = 4;
  view.uint(2);
  const used = view.uint(2);
  const heap = file.at(view.uint(addressSize), 8 + 2 * lengthSize + addressSize);
  if (String.fromCharCode(...heap.take(4)) !== 'HEAP') throw new Error('the names of its external files are missing');
  heap.at = 8;
  const size = heap.uint(lengthSize);
  heap.uint(lengthSize);
  const names = file.at(heap.uint(addressSize), size);
  return Array.from({ length: used }, () => {
    names.at = view.uint(lengthSize);
    view.take(2 * lengthSize);
    return names.text();
  });
}
