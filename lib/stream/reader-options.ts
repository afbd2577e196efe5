/** How a stream is to be read. */
import type { StreamReaderOptions } from '../reading/reader/stream-reader.js';

export interface ReaderOptions extends StreamReaderOptions {
  /**
   * Whether chunks are only lent (false by default): their arrays may be looked at until the consumer is done with the chunk,
   * when its work has come to its end or it asks for the next one, and are then filled with other points. That spares new memory
   * for every chunk, which for images takes longer than reading them. Copy what is to be kept, or to be changed or
   * transferred while parts of it are still to come (`cursor.read({ count })`).
   */
  readonly lend?: boolean;
}
