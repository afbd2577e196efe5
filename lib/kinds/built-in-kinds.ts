/** The stream kinds that blissdata itself defines. */
import { hdf5Fallback } from './hdf5-fallback/hdf5-fallback.js';
import { limaV2 } from './lima/lima-v2.js';
import { lima } from './lima/lima.js';
import { lima2 } from './lima/lima2.js';
import { scanSequence } from './scan-sequence/scan-sequence.js';
import type { StreamKind } from '../stream/stream-kind.js';

export const builtInKinds: readonly StreamKind[] = [hdf5Fallback, scanSequence, lima, lima2, limaV2];
