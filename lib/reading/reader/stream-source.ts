/** What reading a stream takes: where it is, and the codec of its points. */
import type { StreamType } from '../../model/stream-type.js';
import type { Key } from '../../ports/keys.js';
import type { StreamRef } from '../../ports/streams.js';
import type { Codec } from '../../wire/encoding/codec.js';
import type { Where } from '../../wire/encoding/encoding.js';
import type { Core } from '../core.js';

export interface StreamSource extends StreamRef {
  /** The stream's Redis key. */
  readonly key: Key;
  /** Its name within the scan, for errors. */
  readonly name: string;
  readonly scan: Key;
  /** The scan's state stream: a stream that was never written to has no key whose deletion could be reported. */
  readonly stateKey: Key;
  /** A first guess at the size of an entry in bytes, which decides how many are requested. */
  readonly entryBytes: number;
}

/** A stream whose entries can be read and decoded. */
export interface ReadableStream<T extends StreamType> {
  readonly core: Core;
  readonly source: StreamSource;
  readonly codec: Codec<T>;
}

/** Names the stream in errors. */
export const whereOf = ({ key, name }: StreamSource): Where => ({ key, stream: name });
