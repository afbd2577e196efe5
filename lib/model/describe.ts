/** Short descriptions of values for error messages. */
import { typedArrayName } from './typed-array.js';

const longestText = 80;
const mostNames = 20;

const shorten = (text: string): string => (text.length > longestText ? `${text.slice(0, longestText)}...` : text);

/** A value as JSON, shortened; if JSON has no form for it, its type and the reason. */
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

/** Quoted names, not hundreds of them. */
export const listed = (names: readonly string[]): string =>
  names.length === 0 ? 'none' : names.slice(0, mostNames).map((name) => JSON.stringify(name)).join(', ') + (names.length > mostNames ? ` and ${names.length - mostNames} more` : '');
