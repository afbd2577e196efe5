/** The faults that a database in memory can be made to meet. */
import type { Snapshot } from './snapshot.js';

/** How a database loses its connection. */
export interface Cut {
  /** For how many ms the server cannot be reached afterwards: every call errors with `Disconnected`. 0 by default: the next call finds it again. */
  readonly away?: number;
  /**
   * How much of the calls under way got lost. By default, of each what was under way: the request in the first half of the latency, and
   * the answer in the second.
   *
   * - `'requests'`: nothing is done that was not done before.
   * - `'answers'`: the server has got all requests, and has done what they say.
   * - `{ lateBy: ms }`: the server gets the requests, but only so many ms later, when nobody counts on it any more.
   */
  readonly lost?: 'requests' | 'answers' | { readonly lateBy: number };
}

/** How a server is restarted. */
export interface Restart {
  /** For how many ms it cannot be reached by anybody; 0 by default. */
  readonly away?: number;
  /** What it comes back with: what it had saved at an earlier moment. All that it had by default. */
  readonly data?: Snapshot;
  /** How much of the calls under way got lost, as of a {@link Cut}. */
  readonly lost?: 'requests' | 'answers';
}
