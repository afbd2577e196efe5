/** How many bytes all readers of a store hold or have requested together. */

/** Replies of about 2 MB are read fastest: smaller ones cost round trips, bigger ones memory. */
const defaultBytesPerRead = 2 << 20;

/** What a read may always request: otherwise a reader that holds nothing would wait for others to finish. */
const leastPerRead = 64 << 10;

export const defaultByteBudget = 64 << 20;

export class ByteBudget {
  private held = 0;

  /** @param bytesPerRead how much one read requests at most, as long as there is room for it */
  constructor(
    private readonly limit: number = defaultByteBudget,
    readonly bytesPerRead: number = defaultBytesPerRead,
  ) {}

  get used(): number {
    return this.held;
  }

  /** Whether this much more may be read ahead of a consumer. */
  hasRoomFor(bytes: number): boolean {
    return this.held + bytes <= this.limit;
  }

  /**
   * How much a reader may request when its consumer waits: the less there is left the less, so that many at once stay within the limit, but
   * never nothing, for what others hold may depend on its progress.
   */
  get perRead(): number {
    return Math.min(this.bytesPerRead, Math.max((this.limit - this.held) / 4, leastPerRead));
  }

  hold(bytes: number): void {
    this.held += bytes;
  }

  release(bytes: number): void {
    this.held -= bytes;
  }
}
