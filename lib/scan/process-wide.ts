/** What all stores of a process know together of the scans that it creates: one for all copies of the package, the imported and the required. */
import type { SchedulerLike } from 'rxjs';
import type { Key } from '../ports/keys.js';

interface ProcessWide {
  /** For each question under way where the history ends: the scans whose creation has been asked for since. */
  readonly asking: Set<Set<Key>>;
  /** What makes the keys that rise, one for each clock. */
  readonly factories: WeakMap<SchedulerLike, (time: number) => string>;
}

const place = 'blissdata-rx.creating';
interface Shared {
  [place]?: ProcessWide | undefined;
}
const shared: Shared & typeof globalThis = globalThis;

export function processWide(): ProcessWide {
  const { [place]: known } = shared;
  const one = known ?? { asking: new Set(), factories: new WeakMap() };
  shared[place] = one;
  return one;
}
