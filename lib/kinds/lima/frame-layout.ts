/** Where Lima puts a frame: in which acquisition, in which of its files, and where in the file. */

export interface FrameLayout {
  /** 0 if all frames belong to one acquisition. */
  readonly framesPerAcquisition: number;
  /** 0 if all frames of an acquisition are in one file, or in none. */
  readonly framesPerFile: number;
}

export interface FramePlace {
  /** The acquisition, counted from the stream's first one. */
  readonly acquisition: number;
  readonly frameInAcquisition: number;
  readonly fileInAcquisition: number;
  readonly frameInFile: number;
}

/**
 * With 7 frames in an acquisition and 3 in a file:
 *
 * ```
 * frame                0  1  2   3  4  5   6    7  8  9   10 ...
 * acquisition          0  0  0   0  0  0   0    1  1  1   1
 * fileInAcquisition    0  0  0   1  1  1   2    0  0  0   1
 * frameInFile          0  1  2   0  1  2   0    0  1  2   0
 * ```
 */
export function placeOfFrame({ framesPerAcquisition, framesPerFile }: FrameLayout, frame: number): FramePlace {
  const [acquisition, frameInAcquisition] = divided(frame, framesPerAcquisition);
  const [fileInAcquisition, frameInFile] = divided(frameInAcquisition, framesPerFile);
  return { acquisition, frameInAcquisition, fileInAcquisition, frameInFile };
}

/** The number of a frame's file, for the template of the path. */
export function fileNumberOf(layout: FrameLayout, fileOffset: number, frame: number): number {
  const { acquisition, fileInAcquisition } = placeOfFrame(layout, frame);
  const filesPerAcquisition = layout.framesPerFile === 0 ? 0 : Math.ceil(layout.framesPerAcquisition / layout.framesPerFile);
  return acquisition * filesPerAcquisition + fileInAcquisition + fileOffset;
}

/** The last frame in a complete file: the last one saved, if there will be no more, otherwise the last one of the file before. */
export function lastFrameInCompleteFile(layout: FrameLayout, lastSaved: number, sealed: boolean): number {
  if (sealed) return lastSaved;
  const { acquisition, fileInAcquisition } = placeOfFrame(layout, lastSaved);
  return acquisition * layout.framesPerAcquisition + fileInAcquisition * layout.framesPerFile - 1;
}

/** Quotient and remainder as in Python; a divisor of 0 leaves the number undivided. */
function divided(n: number, by: number): readonly [number, number] {
  if (by === 0) return [0, n];
  const quotient = Math.floor(n / by);
  return [quotient, n - quotient * by];
}
