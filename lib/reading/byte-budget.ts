/** How many bytes all readers of a store hold or have asked for together. */

/** Replies of about 2 MB are read fastest: below, round trips cost; above, memory does. */
const defaultBytesPerRead = 2 << 20;

/** What a read may always ask for: without that, a reader that has nothing would wait for others to finish. */
const leastPerRead = 64 << 10;

export const defaultByteBudget = 64 << 20;

export class ByteBudget {
  private taken = 0;

  /** @param bytesPerRead how much one read asks for at the most, as long as there is room for it */
  constructor(
    private readonly limit: number = defaultByteBudget,
    readonly bytesPerRead: number = defaultBytesPerRead,
  ) {}

  get used(): number {
    return this.taken;
  }

  /** Whether so many more may be read ahead of a consumer. */
  hasRoomFor(bytes: number): boolean {
    return this.taken + bytes <= this.limit;
  }

  /**
   * How much a reader may ask for when its consumer waits: less, the less there is left, so that many at once stay within the
   * limit, but never nothing, for what others hold may depend on this one going on.
   */
  get perRead(): number {
    return Math.min(this.bytesPerRead, Math.max((this.limit - this.taken) / 4, leastPerRead));
  }

  hold(bytes: number): void {
    this.taken += bytes;
  }

  release(bytes: number): void {
    this.taken -= bytes;
  }
}
