/** Waits for replies that are due at once by turning the event loop: falling asleep and waking up takes longer than such a reply, and more of the processor. */

/** How long a reply is waited for this way, in ms: one from the same machine comes much sooner. */
const longestMs = 0.1;
/** After waits in vain, up to this many requests are waited for as usual. */
const mostSkipped = 127;

export class ShortWait {
  private isTurning = false;
  private until = 0;
  /** How many requests the last wait in vain excuses, and how many of them are left. */
  private skipped = 0;
  private toSkip = 0;

  /** @param isDue whether a reply is due */
  constructor(private readonly isDue: () => boolean) {}

  /** A request was sent. */
  begin(): void {
    if (this.toSkip > 0) {
      this.toSkip--;
      return;
    }
    this.until = performance.now() + longestMs;
    if (this.isTurning) return;
    this.isTurning = true;
    setImmediate(this.turn);
  }

  /** Between two turns, the loop takes what has arrived. */
  private readonly turn = (): void => {
    if (!this.isDue()) {
      this.isTurning = false;
      this.skipped = 0;
    } else if (performance.now() < this.until) setImmediate(this.turn);
    else {
      this.isTurning = false;
      this.skipped = this.toSkip = Math.min(this.skipped * 2 + 1, mostSkipped);
    }
  };
}
