/** State that all stores of a process share, even if both the ESM and the CommonJS build are loaded. */
import type { SchedulerLike } from 'rxjs';
import type { ULIDFactory } from 'ulid';
import type { Key } from '../ports/keys.js';

interface ProcessWide {
  /** One set for each request for the end of the history that is under way: the scans created since. */
  readonly creationRecords: Set<Set<Key>>;
  /** Makes rising ULIDs, by clock. */
  readonly ulidFactories: WeakMap<SchedulerLike, ULIDFactory>;
}

const place = 'blissdata-rx.process-wide';
interface Shared {
  [place]?: ProcessWide | undefined;
}
const shared: Shared & typeof globalThis = globalThis;

export function processWide(): ProcessWide {
  const state = shared[place] ?? { creationRecords: new Set(), ulidFactories: new WeakMap() };
  shared[place] = state;
  return state;
}
