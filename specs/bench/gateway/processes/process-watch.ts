/** What this process costs while it works: its CPU, and how far its memory grows and goes on growing. */

const everyMs = 50;

export interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** How far the resident set grew beyond what it was at the start, in megabytes. */
  readonly rss: number;
  /** The same of what JavaScript holds on and off its heap. */
  readonly heap: number;
  /** How much larger the resident set was at most in the second half than in the first. */
  readonly laterRss: number;
  /** How much more JavaScript holds on and off its heap than at the start, once garbage is removed. */
  readonly held: number;
}

interface Look {
  readonly at: number;
  readonly rss: number;
  readonly heap: number;
}

export class ProcessWatch {
  private looks: Look[] = [];
  private held = 0;
  private cpu = process.cpuUsage();
  private timer: NodeJS.Timeout | undefined;

  /** What was done before leaves no garbage behind. */
  start(): void {
    this.held = held();
    this.looks = [look()];
    this.cpu = process.cpuUsage();
    this.timer = setInterval(() => this.looks.push(look()), everyMs);
  }

  stop(): Cost {
    clearInterval(this.timer);
    const { user, system } = process.cpuUsage(this.cpu);
    const looks = [...this.looks, look()];
    const [first = look()] = looks;
    const seconds = (performance.now() - first.at) / 1000;
    const half = first.at + 500 * seconds;
    const most = (figure: 'rss' | 'heap', of = looks): number => of.reduce((greatest, now) => Math.max(greatest, now[figure]), 0);
    return {
      seconds,
      cpuSeconds: (user + system) / 1e6,
      rss: most('rss') - first.rss,
      heap: most('heap') - first.heap,
      held: held() - this.held,
      laterRss: most('rss', looks.filter(({ at }) => at >= half)) - most('rss', looks.filter(({ at }) => at < half)),
    };
  }
}

/** Garbage is removed. */
function held(): number {
  globalThis.gc?.();
  return look().heap;
}

/** `external` holds `arrayBuffers` already. */
function look(): Look {
  const { rss, heapUsed, external } = process.memoryUsage();
  return { at: performance.now(), rss: rss / 1e6, heap: (heapUsed + external) / 1e6 };
}
