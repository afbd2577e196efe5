/**
 * Binary messages with a block of entries: a fixed header, then arrays that all begin at a multiple of 8, in little-endian order.
 *
 * ```
 *  0 u8   kind 1
 *  1 u8   flags: 1 sealed, 2 more, 4 regular, 8 answer to a request (otherwise a frame of a feed), 32 with indices, 64 the last of its answer
 *  4 u32  the request's id, or the feed's handle
 *  8 u64  the id after which the block begins: ms; frames only
 * 16 u64  seq
 * 24 f64  index of the first point
 * 32 u32  entries
 * 36 u32  bytes of payload
 * 40 u32  points of each entry (regular)
 * 44 u32  bytes of each entry (regular)
 * 48 f64  length at the seal (sealed)
 * 56 f64  firsts, lens, ends of each entry (not regular); the requested index of each entry (with indices)
 *    u8   payload
 * ```
 *
 * Regular: consecutive indices, and all entries of one length and size, as nearly all are; 1,000 numbers take 8 kB instead of 32.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Id, Key } from '../../ports/keys.js';
import type { Block } from '../../ports/streams.js';
import { originId } from '../../wire/stream-id.js';
import { binaryKinds } from './binary-kinds.js';

const headerBytes = 56;
const flags = { sealed: 1, more: 2, regular: 4, answer: 8, indices: 32, last: 64 };
const mostBytes = 2 ** 32 - 1;
/** Entries without payload that a regular block may have: they occur in bare ranges, which are short. */
const mostEmptyEntries = 32_768;

/** Typed arrays are views of the machine's order: a big-endian machine would need a copy, and there is none with a browser or Node. */
type Numbers = Float64Array<ArrayBuffer>;

export interface BlockMessage {
  /** The request's id, or the feed's handle. */
  readonly id: number;
  /** Whether it answers a request; otherwise it is a frame of a feed. */
  readonly answer: boolean;
  /** Whether it is the last message of its answer. */
  readonly last: boolean;
  /** The id after which the block begins; `0-0` in answers. */
  readonly after: Id;
  readonly block: Omit<Block, 'key'>;
  /** Of an answer to `entriesAt`: the requested index of each entry. */
  readonly indices?: Numbers;
}

/** The bytes of a message; everything is copied. @throws RangeError beyond 4 GiB */
export function encodeBlockMessage({ id, answer, last, after, block, indices }: Omit<BlockMessage, 'indices'> & { readonly indices?: readonly number[] }): Uint8Array<ArrayBuffer> {
  const { firsts, lens, ends, bytes, seal, more } = block;
  const entries = firsts.length;
  const regular = isRegular(block);
  const arrays = (regular ? 0 : 3 * 8 * entries) + (indices === undefined ? 0 : 8 * indices.length);
  const length = headerBytes + arrays + bytes.length;
  if (length > mostBytes) throw new RangeError(`a block of ${bytes.length} bytes does not fit into a message`);
  const message = new Uint8Array(length);
  const view = new DataView(message.buffer);
  view.setUint8(0, binaryKinds.block);
  view.setUint8(1, (seal === undefined ? 0 : flags.sealed) | (more === true ? flags.more : 0) | (regular ? flags.regular : 0) | (answer ? flags.answer : 0) | (indices === undefined ? 0 : flags.indices) | (last ? flags.last : 0));
  view.setUint32(4, id, true);
  if (after !== originId) {
    const [ms = '0', seq = '0'] = after.split('-');
    view.setBigUint64(8, BigInt(ms), true);
    view.setBigUint64(16, BigInt(seq), true);
  }
  view.setFloat64(24, firsts[0] ?? 0, true);
  view.setUint32(32, entries, true);
  view.setUint32(36, bytes.length, true);
  view.setUint32(40, regular ? (lens[0] ?? 0) : 0, true);
  view.setUint32(44, regular ? (ends[0] ?? 0) : 0, true);
  view.setFloat64(48, seal ?? 0, true);
  let at = headerBytes;
  const put = (numbers: ArrayLike<number>): void => {
    new Float64Array(message.buffer, at, numbers.length).set(numbers);
    at += 8 * numbers.length;
  };
  if (!regular) for (const numbers of [firsts, lens, ends]) put(numbers);
  if (indices !== undefined) put(indices);
  message.set(bytes, at);
  return message;
}

function isRegular({ firsts, lens, ends, bytes }: Omit<Block, 'key'>): boolean {
  const entries = firsts.length;
  const len = lens[0] ?? 0;
  const size = ends[0] ?? 0;
  if (size === 0 && entries > mostEmptyEntries) return false;
  if (!Number.isInteger(len) || len < 0 || len > mostBytes || size > mostBytes || bytes.length !== size * entries) return false;
  const first = firsts[0] ?? 0;
  for (let i = 1; i < entries; i++) if (firsts[i] !== first + i * len || lens[i] !== len || ends[i] !== (i + 1) * size) return false;
  return true;
}

/** The message in these bytes, which begin at a multiple of 8; its arrays are views of them. The left side says what is wrong. */
export function decodeBlockMessage(message: Uint8Array<ArrayBuffer>): E.Either<string, BlockMessage> {
  if (message.length < headerBytes) return E.left(`a block of ${message.length} bytes has no header`);
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const flag = view.getUint8(1);
  const entries = view.getUint32(32, true);
  const payload = view.getUint32(36, true);
  const regular = (flag & flags.regular) !== 0;
  const hasIndices = (flag & flags.indices) !== 0;
  const arrays = 8 * entries * ((regular ? 0 : 3) + (hasIndices ? 1 : 0));
  if (message.length !== headerBytes + arrays + payload) return E.left(`a block of ${entries} entries and ${payload} bytes in a message of ${message.length} bytes`);
  // A regular block's entries take no room of their own: without this, a few bytes could announce four thousand million of them.
  const size = view.getUint32(44, true);
  if (regular && (size * entries !== payload || (size === 0 && entries > mostEmptyEntries))) return E.left(`a block of ${entries} entries of ${size} bytes with ${payload} bytes`);
  let at = headerBytes;
  const take = (): Numbers => {
    const numbers = new Float64Array(message.buffer, message.byteOffset + at, entries);
    at += 8 * entries;
    return numbers;
  };
  const [firsts, lens, ends] = regular ? regularEntries(entries, view.getFloat64(24, true), view.getUint32(40, true), size) : [take(), take(), take()];
  if (!regular && !endsWithin(ends, payload)) return E.left('a block whose entries do not end where its payload does');
  const indices = hasIndices ? { indices: take() } : {};
  const bytes = message.subarray(at);
  return E.right({
    id: view.getUint32(4, true),
    answer: (flag & flags.answer) !== 0,
    last: (flag & flags.last) !== 0,
    after: `${view.getBigUint64(8, true)}-${view.getBigUint64(16, true)}`,
    block: { firsts, lens, ends, bytes, ...((flag & flags.sealed) === 0 ? {} : { seal: view.getFloat64(48, true) }), ...((flag & flags.more) === 0 ? {} : { more: true }) },
    ...indices,
  });
}

function regularEntries(entries: number, first: number, len: number, size: number): readonly [Numbers, Numbers, Numbers] {
  const numbers = new Float64Array(3 * entries);
  const [firsts, lens, ends] = [numbers.subarray(0, entries), numbers.subarray(entries, 2 * entries), numbers.subarray(2 * entries)];
  for (let i = 0; i < entries; i++) {
    firsts[i] = first + i * len;
    lens[i] = len;
    ends[i] = (i + 1) * size;
  }
  return [firsts, lens, ends];
}

function endsWithin(ends: Numbers, payload: number): boolean {
  let last = 0;
  for (const end of ends) {
    if (!(end >= last) || !Number.isInteger(end)) return false;
    last = end;
  }
  return last === payload;
}

/** The block of a message, under its key. */
export const blockOf = (key: Key, { block }: BlockMessage): Block => ({ key, ...block });
