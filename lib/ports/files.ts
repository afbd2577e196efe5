/** Numbers that lie in files: what stream kinds need of them, plain values in and out. */
import type { Observable } from 'rxjs';
import type { NdArray } from '../model/nd-array.js';
import type { Key } from './keys.js';

/** Whose points lie at a place. A gateway that opens the file takes its path from the scan's own JSON, never from a client. */
export interface PlaceOrigin {
  readonly scan: Key;
  /** The stream's name. */
  readonly stream: string;
  /** Which of the stream's files, counted from 0; absent where it has one. */
  readonly part?: number;
}

/** Where the points of a stream lie: along the first axis of a dataset, or one image after another in a file of images. */
export interface ArrayPlace {
  readonly format: 'hdf5' | 'edf';
  /** The file's path, as the publisher wrote it. */
  readonly file: string;
  /** The path of the dataset within the file; empty for formats that have none. */
  readonly dataset: string;
  /** What a gateway needs instead of the path; `hdf5Files` does not. */
  readonly origin?: PlaceOrigin;
}

/** Reads arrays from files. Every method is cold, answers once and completes; unsubscribing cancels. */
export interface ArrayFiles {
  /** How many points there are. */
  length(place: ArrayPlace): Observable<number>;
  /** The points from `start` up to but not including `stop`: shape `[stop - start, ...shape of a point]`; fewer if the file has no more. */
  read(place: ArrayPlace, start: number, stop: number): Observable<NdArray>;
}
