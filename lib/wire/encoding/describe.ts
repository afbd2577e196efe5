/** Short words for values that were not expected, to be read in error messages. */
import { typedArrayName } from '../../model/typed-array.js';

const LONGEST = 80;

const shorten = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text);

/** A value as JSON, shortened; where JSON has no form for it, its type and why. */
export function quote(value: unknown): string {
  if (value === undefined) return 'undefined';
  try {
    return shorten(JSON.stringify(value));
  } catch (error) {
    return `${typeof value} (${error instanceof Error ? error.message : String(error)})`;
  }
}

/** What a value is, in a few words: `1.5`, `a Float64Array of 3`, `an NdArray of int8, shape [2, 3]`. */
export function describe(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || value === undefined) return String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return quote(value);
  const name = typedArrayName(value);
  if (name !== null && ArrayBuffer.isView(value)) return `${name.startsWith('I') ? 'an' : 'a'} ${name} of ${'length' in value ? String(value.length) : '?'}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && 'dtype' in value && 'shape' in value) return `an NdArray of ${String(value.dtype)}, shape ${describeShape(value.shape)}`;
  return typeof value === 'object' ? `an object ${quote(value)}` : `a ${typeof value}`;
}

export const describeShape = (shape: unknown): string => (Array.isArray(shape) ? `[${shape.join(', ')}]` : quote(shape));
