/** The options of a store over any database. */
import type { SchedulerLike } from 'rxjs';
import type { ESRFIdentityFields, IdentityFields, IdentityModel } from '../model/identity-model.js';
import type { ArrayFiles } from '../ports/files.js';
import type { LiveImages } from '../ports/live-images.js';
import type { RetryOptions } from '../retry/policy.js';
import type { StreamKind } from '../stream/stream-kind.js';

export interface StoreOptions<F extends IdentityFields = ESRFIdentityFields> {
  /** What identifies scans at this institute; the ESRF's model by default. */
  readonly identity?: IdentityModel<F>;
  /**
   * The number of bytes that all readers of the store together may have under way or hold ahead of their consumers; 64 MiB by default. A
   * waiting consumer always gets something, in smaller chunks once the budget is used up.
   */
  readonly byteBudget?: number;
  /**
   * When to retry after the connection was lost, while the server cannot answer, or while it has no memory for a write. By default
   * for ever: after 50 ms, then twice that and so on up to 2 s, each wait shortened by up to a half at random. Readers and writers then
   * continue exactly where they were; `status$` says `retrying`. With limits (`attempts`, `within`), or with `false` for no retries, they
   * error with the last failure (`Disconnected`, `ServerBusy`, `OutOfMemory`, ...). Other errors are never retried.
   */
  readonly retry?: RetryOptions | false;
  /**
   * Whether to wait for a server that this store has never reached, too; on Node false by default, so that a wrong address is `Disconnected`
   * at first use; true in browsers.
   */
  readonly waitForServer?: boolean;
  /** The clock and timers; RxJS' `asyncScheduler` by default. For virtual time pass the `TestScheduler` that the database has, too. */
  readonly scheduler?: SchedulerLike;
  /** Reads the files of saved streams (`hdf5_fallback`, `lima`, `lima2`), for points that Redis no longer has. None by default. */
  readonly files?: ArrayFiles;
  /** Reads images from detector servers, for as long as those keep them (`lima`, `lima2`). None by default. */
  readonly images?: LiveImages;
  /** Stream kinds in addition to the built-in ones; one of the same name replaces a built-in one. */
  readonly kinds?: readonly StreamKind[];
}
