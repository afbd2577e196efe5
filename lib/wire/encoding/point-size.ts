/** How much memory points take, where only their encoding is known. */
import { itemSize } from '../../model/dtype.js';
import { elementCount } from '../../model/nd-array.js';
import type { Encoding } from './encoding.js';

/** The assumed size of a point of variable size: a JSON document, or an array of its own shape. */
export const ASSUMED_POINT_BYTES = 1024;

export const pointBytes = (encoding: Encoding): number => (encoding._tag === 'json' || encoding.ragged ? ASSUMED_POINT_BYTES : itemSize(encoding.dtype) * elementCount(encoding.shape));
