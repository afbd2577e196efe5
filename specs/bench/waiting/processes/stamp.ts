/** The index of an image, written into its first and last pixels: a cheap way to tell that each came, whole and in order. */

/** Writes it, 32 bits in two pixels. */
export function stamp(image: Uint16Array, index: number): void {
  for (const at of [0, image.length - 2]) {
    image[at] = index & 0xffff;
    image[at + 1] = index >>> 16;
  }
}

/** Whether it is written in the image of so many pixels that begins at an offset. */
export function isStamped(pixels: Uint16Array, offset: number, size: number, index: number): boolean {
  return [offset, offset + size - 2].every((at) => pixels[at] === (index & 0xffff) && pixels[at + 1] === index >>> 16);
}
