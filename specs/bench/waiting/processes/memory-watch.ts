/** How far the memory of this process grows beyond what it is when idle. */

export interface Growth {
  readonly rss: number;
  readonly heap: number;
}

const everyMs = 10;

export class MemoryWatch {
  private idle: Growth = { rss: 0, heap: 0 };
  private most: Growth = { rss: 0, heap: 0 };
  private timer: NodeJS.Timeout | undefined;

  /** What is used now, garbage removed, is what growth is counted from. */
  start(): void {
    globalThis.gc?.();
    this.idle = usage();
    this.most = this.idle;
    this.timer = setInterval(() => this.look(), everyMs);
  }

  look(): void {
    const { rss, heap } = usage();
    this.most = { rss: Math.max(this.most.rss, rss), heap: Math.max(this.most.heap, heap) };
  }

  /** In megabytes. */
  stop(): Growth {
    clearInterval(this.timer);
    this.look();
    return { rss: (this.most.rss - this.idle.rss) / 1e6, heap: (this.most.heap - this.idle.heap) / 1e6 };
  }
}

/** `external` holds `arrayBuffers` already. */
function usage(): Growth {
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}
