/** Ends a chaotic run, and finds what hangs. */
import type { DataStore } from '../../../lib/index.js';
import { endsWithin } from './pause.js';
import { described } from './report.js';

/** How long everything may take to come to its end once nothing goes wrong any more, in ms: what takes longer hangs. */
const patience = 30_000;

export class Ending {
  readonly hung: string[] = [];
  readonly failed: string[] = [];

  /** Waits for it, but not for ever. */
  async of(name: string, work: Promise<unknown>): Promise<void> {
    const ended = work.catch((error: unknown) => this.failed.push(`${name}: ${described(error)}`));
    if (!(await endsWithin(patience, ended))) this.hung.push(name);
  }

  async closing(...stores: readonly DataStore[]): Promise<void> {
    await Promise.all(stores.map((store) => this.of('closing a store', store.close())));
  }
}
