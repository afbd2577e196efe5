/** The files of a Lima stream: which images of it are in which file, and from when on. */
import * as O from 'fp-ts/lib/Option.js';
import { blissdataError } from '../../model/errors.js';
import type { ArrayFiles } from '../../ports/files.js';
import type { Where } from '../../wire/encoding/encoding.js';
import { filePath } from './file-template.js';
import { fileNumberOf, lastFrameInCompleteFile, placeOfFrame, type FrameLayout } from './frame-layout.js';
import type { FileRange } from '../file-points.js';
import { readableFormat, type ImageReference } from './image-reference.js';
import type { LimaInfo, LimaSaving } from './lima-info.js';

export class LimaFiles {
  private readonly layout: FrameLayout;
  /** Why the files cannot be read, for errors. */
  readonly whyNot: string;
  /** The run of frames in one file that begins with the first of these; undefined if the files cannot be read. */
  readonly range: ((first: number, stop: number) => FileRange) | undefined;

  constructor(
    info: LimaInfo,
    private readonly saving: LimaSaving,
    private readonly where: Where,
    files: ArrayFiles | undefined,
  ) {
    this.layout = { framesPerAcquisition: info.framesPerAcquisition, framesPerFile: saving.framesPerFile };
    const format = readableFormat(saving.format);
    this.whyNot = files === undefined ? 'the store has no `files`' : `files of the format ${saving.format} are not read`;
    if (files === undefined || format === undefined) return;
    this.range = (first, stop) => {
      const { file, dataset, index } = this.reference(first);
      const { frameInAcquisition, frameInFile } = placeOfFrame(this.layout, first);
      const { framesPerAcquisition, framesPerFile } = this.layout;
      const leftInFile = Math.min(framesPerFile > 0 ? framesPerFile - frameInFile : Infinity, framesPerAcquisition > 0 ? framesPerAcquisition - frameInAcquisition : Infinity);
      return { files, place: { format, file, dataset }, start: index, count: Math.min(stop - first, leftInFile) };
    };
  }

  lastInCompleteFile(lastSaved: number, sealed: boolean): number {
    return lastFrameInCompleteFile(this.layout, lastSaved, sealed);
  }

  /** Throws `ScanValidation` if the path of the files is invalid. */
  reference(frame: number): ImageReference {
    const { template, dataset, format, fileOffset } = this.saving;
    const file = filePath(template, fileNumberOf(this.layout, fileOffset, frame));
    if (O.isNone(file)) throw blissdataError('ScanValidation', { key: this.where.key, problems: [`stream "${this.where.stream}": info.lima_info.file_path: expected one %d, received ${template}`] });
    return { format, file: file.value, dataset, index: placeOfFrame(this.layout, frame).frameInFile };
  }
}
