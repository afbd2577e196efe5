/** A scan in memory, in the state CREATED, that a store has loaded: what its publisher does next stands in a diagram. */
import type { TestScheduler } from 'rxjs/testing';
import { ScanState } from '../../lib/model/scan-state.js';
import type { Scan } from '../../lib/scan/scan.js';
import { atOnce } from './at-once.js';
import { virtualStore, type VirtualStore } from './virtual-store.js';

/** Calls take no time. The scan has declared these streams. */
export function loadedScan(scheduler: TestScheduler, ...streams: readonly string[]): VirtualStore & { readonly opened: Scan } {
  const virtual = virtualStore(scheduler);
  for (const name of streams) virtual.scan.declare(name);
  virtual.scan.step(ScanState.CREATED);
  return { ...virtual, opened: atOnce(virtual.store.loadScan(virtual.scan.key)) };
}
