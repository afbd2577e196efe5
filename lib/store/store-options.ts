/** What a store may be told about its database. */
import type { StreamKind } from '../kinds/stream-kind.js';
import type { ESRFIdentityFields, IdentityFields, IdentityModel } from '../model/identity-model.js';
import type { ArrayFiles } from '../ports/array-files.js';
import type { LiveImages } from '../ports/live-images.js';

export interface StoreOptions<F extends IdentityFields = ESRFIdentityFields> {
  /** What identifies scans at this institute; the ESRF's by default. */
  readonly identity?: IdentityModel<F>;
  /**
   * How many bytes all readers of the store together may hold ahead of their consumers or have under way; 64 MiB by default. A
   * consumer that waits always gets something, in smaller chunks once the budget is used up.
   */
  readonly byteBudget?: number;
  /** What reads files: the points that Redis has no more of streams that are saved (`hdf5_fallback`, `lima`, `lima2`). None by default. */
  readonly files?: ArrayFiles;
  /** What reads images from detectors' servers, as long as they have them (`lima`, `lima2`). None by default. */
  readonly images?: LiveImages;
  /** Stream kinds besides those that blissdata has, or in their place. */
  readonly kinds?: readonly StreamKind[];
}
