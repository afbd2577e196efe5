/** The points that are written and expected back, the same as in peer.py: cheap to make, so that making them is not what is measured. */
import type { ChunkData, Json, NdArray } from '../../lib/index.js';

export const scalarAt = (index: number): number => index * 0.5;

export const spectrumShape = [4096] as const;
export const spectrumBytes = 4096 * 4;
export const imageShape = [1024, 100] as const;
export const imageBytes = 1024 * 100 * 2;

export const frameShape = [2048, 2048] as const;

const templates = 16;
const spectra = Array.from({ length: templates }, (_, k) => Int32Array.from({ length: 4096 }, (__, i) => i * 3 - k));
const images = Array.from({ length: templates }, (_, k) => Uint16Array.from({ length: 1024 * 100 }, (__, i) => i * 7 + k));
const frames = Array.from({ length: 4 }, (_, k) => Uint16Array.from({ length: 2048 * 2048 }, (__, i) => i * 5 + k));

export const spectrumAt = (index: number): Int32Array => spectra[index % templates]!;
export const imageAt = (index: number): Uint16Array => images[index % templates]!;
export const frameAt = (index: number): Uint16Array => frames[index % frames.length]!;
export const documentAt = (index: number): Json => ({ index, motor: 'theta', position: index * 0.5, shutter: index % 2 === 0 });

const bytesOf = (data: ArrayBufferView): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** Compares the consecutive points of a stream with those written, and throws at the first that is another. */
export class Checker {
  private count = 0;

  constructor(
    private readonly stream: string,
    private readonly points: number,
  ) {}

  scalars({ data }: NdArray<'float64'>): void {
    for (const value of data) this.expect(value === scalarAt(this.count++));
  }

  arrays({ data, shape: [count] }: NdArray, expectedAt: (index: number) => ArrayBufferView): void {
    const before = this.count;
    this.bytes(bytesOf(data), expectedAt);
    this.expect(this.count - before === count);
  }

  bytes(bytes: Buffer, expectedAt: (index: number) => ArrayBufferView): void {
    const size = expectedAt(0).byteLength;
    for (let at = 0; at < bytes.length; at += size) this.expect(bytes.compare(bytesOf(expectedAt(this.count++)), 0, size, at, at + size) === 0);
  }

  documents(data: ChunkData<'json'>): void {
    for (const value of data) this.expect(JSON.stringify(value) === JSON.stringify(documentAt(this.count++)));
  }

  /** After the last point. */
  end(): void {
    this.expect(this.count === this.points);
  }

  private expect(right: boolean): void {
    if (!right) throw new Error(`${this.stream}: what was read is not what was written, at or before point ${this.count}`);
  }
}
