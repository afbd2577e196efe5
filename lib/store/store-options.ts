/** What a store may be told about its database. */
import type { SchedulerLike } from 'rxjs';
import type { StreamKind } from '../stream/stream-kind.js';
import type { ESRFIdentityFields, IdentityFields, IdentityModel } from '../model/identity-model.js';
import type { ArrayFiles } from '../ports/files.js';
import type { RetryOptions } from '../retry/policy.js';
import type { LiveImages } from '../ports/live-images.js';

export interface StoreOptions<F extends IdentityFields = ESRFIdentityFields> {
  /** What identifies scans at this institute; the ESRF's by default. */
  readonly identity?: IdentityModel<F>;
  /**
   * How many bytes all readers of the store together may hold ahead of their consumers or have under way; 64 MiB by default. A
   * consumer that waits always gets something, in smaller chunks once the budget is used up.
   */
  readonly byteBudget?: number;
  /**
   * What is done when the connection is lost, the server cannot answer now, or has no memory for what is written: it is tried again, by
   * default for ever, after 50 ms, then twice that and so on up to 2 s, each wait up to a half shorter at random. Readers go on exactly where
   * they were, writers too; `status$` tells `retrying`. With limits (`attempts`, `within`), or `false` for not at all, whatever waits
   * errors with what was wrong last (`Disconnected`, `ServerBusy`, `OutOfMemory`, ...). Other errors are never retried.
   */
  readonly retry?: RetryOptions | false;
  /**
   * Whether also a server that this store has never reached is waited for; false by default on Node, so that a wrong address is
   * `Disconnected` at first use; true in browsers.
   */
  readonly waitForServer?: boolean;
  /** The clock, and what makes timers; RxJS' `asyncScheduler` by default. Pass the same `TestScheduler` as to the database for virtual time. */
  readonly scheduler?: SchedulerLike;
  /** What reads files: the points that Redis has no more of streams that are saved (`hdf5_fallback`, `lima`, `lima2`). None by default. */
  readonly files?: ArrayFiles;
  /** What reads images from detectors' servers, as long as they have them (`lima`, `lima2`). None by default. */
  readonly images?: LiveImages;
  /** Stream kinds besides those that blissdata has, or in their place. */
  readonly kinds?: readonly StreamKind[];
}
