/** The points of a stream as a file holds them. */
import { defer, type Observable } from 'rxjs';
import type { ChunkData, StreamType } from '../model/stream-type.js';
import type { ArrayFiles, ArrayPlace } from '../ports/files.js';
import type { ReadableStream } from '../reading/reader/stream-source.js';
import { pointsInFile } from './points-in-file.js';
import { pointsPerPiece } from './rows.js';

export class FilePoints<T extends StreamType> {
  constructor(
    readonly stream: ReadableStream<T>,
    private readonly files: ArrayFiles,
    private readonly place: ArrayPlace,
  ) {}

  /** How many points are read in one go. */
  get perPiece(): number {
    return pointsPerPiece(this.stream.codec.encoding, this.stream.core.budget.perRead);
  }

  /** Emits once: the points from `start` on, as many as make a piece and not beyond `stop`, but at least one. `NotInFile` if the file has none of them. */
  piece(start: number, stop: number): Observable<ChunkData<T>> {
    const { source, codec } = this.stream;
    const about = { key: source.key, stream: source.name, index: start };
    return defer(() => pointsInFile(codec.encoding, this.files, this.place, { start, count: Math.min(stop - start, this.perPiece) }, about));
  }
}
