/** Shapes against the shape in an encoding, where -1 stands for any length. */

/** Whether a point of shape `actual` may stand in a stream of that shape. */
export const fitsShape = (wanted: readonly number[], actual: readonly number[]): boolean =>
  actual.length === wanted.length && wanted.every((length, i) => length === -1 || length === actual[i]);

export const sameShape = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((length, i) => length === b[i]);
