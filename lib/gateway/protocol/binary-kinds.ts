/** The first byte of a binary message: what it is. */
export const binaryKinds = { block: 1, part: 2, array: 3, append: 4 } as const;
