/** The four streams of the demonstration: their shapes, and the value of every point. */
import type { Json, NdArray, PointValue } from '../../index.js';

export const pointsPerStream = 1000;
export const spectrumShape = [4096] as const;
export const imageShape = [1024, 100] as const;
const spectrumSize = 4096;
const imageSize = 1024 * 100;

/** The bytes of a point, for JSON approximately. */
export const pointBytes = { diode: 8, spectrum: spectrumSize * 4, image: imageSize * 2, log: 60 } as const;
export type StreamName = keyof typeof pointBytes;

export const diodeAt = (index: number): number => Math.sin(index / 50) * 1e-6;

export function spectrumAt(index: number): Int32Array {
  const data = new Int32Array(spectrumSize);
  for (let i = 0; i < spectrumSize; i++) data[i] = index * 17 - i * 3;
  return data;
}

export function imageAt(index: number): Uint16Array {
  const data = new Uint16Array(imageSize);
  for (let i = 0; i < imageSize; i++) data[i] = index * 7 + i; // wraps around at 2^16, like a counter
  return data;
}

export const logAt = (index: number): Json => ({ index, motor: `theta = ${(index * 0.01).toFixed(2)} deg`, shutter: index % 2 === 0 });

const sameShape = (value: NdArray, shape: readonly number[]): boolean => value.shape.length === shape.length && shape.every((n, i) => value.shape[i] === n);

/** Whether a point equals the one published at this index. */
export const isCorrect = {
  diode: (index: number, value: PointValue<'float64'>): boolean => value === diodeAt(index),
  spectrum: (index: number, value: PointValue<'int32[]'>): boolean => {
    const { data } = value;
    if (!sameShape(value, spectrumShape)) return false;
    for (let i = 0; i < spectrumSize; i++) if (data[i] !== index * 17 - i * 3) return false;
    return true;
  },
  image: (index: number, value: PointValue<'uint16[]'>): boolean => {
    const { data } = value;
    if (!sameShape(value, imageShape)) return false;
    for (let i = 0; i < imageSize; i++) if (data[i] !== ((index * 7 + i) & 0xffff)) return false;
    return true;
  },
  log: (index: number, value: PointValue<'json'>): boolean => JSON.stringify(value) === JSON.stringify(logAt(index)),
} as const;
