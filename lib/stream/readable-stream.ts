/** What reading a stream's entries takes. */
import type { StreamType } from '../model/stream-type.js';
import type { Core } from '../reading/core.js';
import type { StreamSource } from '../reading/reader/stream-source.js';
import type { Codec } from '../wire/encoding/codec.js';

/** A stream that can be read: what the pull core needs of it, and how its points are encoded. */
export interface ReadableStream<T extends StreamType> {
  readonly core: Core;
  readonly source: StreamSource;
  readonly codec: Codec<T>;
}
