/** Images that a detector's server still has: what stream kinds need of it, for users to implement. */
import type { Observable } from 'rxjs';
import type { NdArray } from '../model/nd-array.js';

/** A Lima server: a Tango device. */
export interface LimaServer {
  readonly _tag: 'lima';
  /** The device's name or URL, `server_url` in the stream's `info`. */
  readonly url: string;
}

/** A Lima2 acquisition, behind its conductor. */
export interface Lima2Server {
  readonly _tag: 'lima2';
  readonly conductorHostname: string;
  readonly conductorPort: number;
  /** Which acquisition. */
  readonly acquisition: string;
  /** Which of the acquisition's images: `frame`, `saving_frame`, ... */
  readonly source: string;
}

export type ImageServer = LimaServer | Lima2Server;

/**
 * The port for live images: given to a store as its option `images`.
 *
 * @example
 * const images: LiveImages = {
 *   read: (server, first) => (server._tag === 'lima' ? from(readImage(server.url, first)) : of(null)),
 * };
 * DataStore.connect(url, { images });
 */
export interface LiveImages {
  /**
   * The images from `first` up to but not including `stop`, counted within the server's acquisition: shape `[n, ...shape of an image]`, with
   * at least one and at most `stop - first` of them; `null` where the server does not have the first any more. Cold, emits once.
   * Readers error with `PointsMismatch` where it answers with something else, or not at all.
   *
   * Lima 1 sends the number of an image with it: an image with another number than the requested one is `null`, too. The caller checks,
   * before and after, that the server is still at the stream's acquisition.
   *
   * The reader of the stream owns what it gives, and may modify or transfer it: give a copy of an array that is kept.
   */
  read(server: ImageServer, first: number, stop: number): Observable<NdArray | null>;
}
