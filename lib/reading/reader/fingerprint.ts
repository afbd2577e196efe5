/** Tells an entry from another one under the same id, without keeping it. */
import type { Block } from '../../ports/streams.js';

/** How many bytes of a payload are looked at in each of three places: enough to tell measurements apart, and as quick for an image as for a number. */
const sample = 64;

/** FNV-1a (Fowler, Noll, Vo; 32 bits) over the number of points, the size, and bytes from the payload's beginning, middle and end. */
export function fingerprint({ lens, ends, bytes }: Block, entry: number): number {
  const start = entry === 0 ? 0 : (ends[entry - 1] ?? 0);
  const end = ends[entry] ?? start;
  let hash = mix(mix(0x811c9dc5, lens[entry] ?? 1), end - start);
  if (end - start <= 3 * sample) return over(hash, bytes, start, end);
  const middle = (start + end - sample) >>> 1;
  hash = over(hash, bytes, start, start + sample);
  hash = over(hash, bytes, middle, middle + sample);
  return over(hash, bytes, end - sample, end);
}

function over(hash: number, bytes: Uint8Array, start: number, end: number): number {
  let result = hash;
  for (let i = start; i < end; i++) result = mix(result, bytes[i] ?? 0);
  return result;
}

const mix = (hash: number, value: number): number => Math.imul(hash ^ value, 0x01000193) >>> 0;
