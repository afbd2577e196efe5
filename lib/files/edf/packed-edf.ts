/**
 * Packed EDF files that have been read a part of the way: they stay open there, so that who reads image by image has each byte unpacked
 * once, not once for each image. An open file takes some hundred kilobytes, and does not keep a process alive.
 */
import type { BigIntStats } from 'node:fs';
import type { EdfHeader } from './edf-image.js';
import type { Bytes } from '../bytes.js';

/** Of so many files, in a process. */
const MOST_FILES = 4;

export interface PartlyRead {
  readonly bytes: Bytes;
  /** Of how many images all bytes have been read; they stand before the next. */
  readonly passed: number;
  /** The first image's. */
  readonly first: EdfHeader;
}

const files = new Map<string, PartlyRead>();

/** Another one as soon as something is written to the file. */
const keyOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string => [dev, ino, size, mtimeNs, ctimeNs].join(':');

/** A file that stands at an image or before it, which is the caller's from then on; undefined if there is none. */
export function takeUp(stats: BigIntStats, image: number): PartlyRead | undefined {
  const key = keyOf(stats);
  const found = files.get(key);
  if (found === undefined || found.passed > image) return undefined;
  files.delete(key);
  return found;
}

/** Leaves a file open for who reads on; the one left longest ago is closed for it. */
export async function leaveOpen(stats: BigIntStats, file: PartlyRead): Promise<void> {
  const key = keyOf(stats);
  const surplus = [files.get(key)];
  files.delete(key);
  file.bytes.letGo();
  files.set(key, file);
  for (const [oldest, old] of files) {
    if (files.size <= MOST_FILES) break;
    files.delete(oldest);
    surplus.push(old);
  }
  for (const each of surplus) await each?.bytes.close();
}
