/** The kinds of streams that blissdata itself has. */
import { hdf5Fallback } from './hdf5-fallback.js';
import type { StreamKind } from './stream-kind.js';

export const builtInKinds: readonly StreamKind[] = [hdf5Fallback];
