/** What a reader must know of one data stream to follow it. */
import type { StreamRef } from '../../ports/streams.js';
import type { Key } from '../../ports/keys.js';

export interface StreamSource extends StreamRef {
  /** The stream's Redis key. */
  readonly key: Key;
  /** Its name within the scan, for errors. */
  readonly name: string;
  readonly scan: Key;
  /** The scan's state stream: a stream that was never written has no key of its own whose deletion could wake anybody. */
  readonly stateKey: Key;
  /** About how many bytes one entry takes, as a first guess at how many to ask for. */
  readonly entryBytes: number;
}
