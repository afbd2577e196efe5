/** The files of a Lima stream: which images of it are in which file, and from when on. */
import * as O from 'fp-ts/lib/Option.js';
import { blissdataError } from '../../model/errors.js';
import type { ArrayFiles, ArrayPlace } from '../../ports/files.js';
import type { StreamDeclaration } from '../../stream/stream-kind.js';
import { filePath } from './file-template.js';
import { fileNumberOf, lastFrameInCompleteFile, placeOfFrame, type FrameLayout } from './frame-layout.js';
import type { FileRange } from '../file-points.js';
import { readableFormat, type ImageReference } from './image-reference.js';
import type { LimaInfo, LimaSaving } from './lima-info.js';

export class LimaFiles {
  private readonly layout: FrameLayout;
  /** Of the files; undefined if such ones are not read. */
  readonly format: ArrayPlace['format'] | undefined;
  /** Why the files cannot be read, for errors. */
  readonly whyNot: string;
  /** The run of frames in one file that begins with the first of these; undefined if the files cannot be read. */
  readonly range: ((first: number, stop: number) => FileRange) | undefined;

  constructor(
    info: LimaInfo,
    private readonly saving: LimaSaving,
    private readonly of: Pick<StreamDeclaration, 'name' | 'scan'>,
    files?: ArrayFiles,
  ) {
    this.layout = { framesPerAcquisition: info.framesPerAcquisition, framesPerFile: saving.framesPerFile };
    const format = readableFormat(saving.format);
    this.format = format;
    this.whyNot = files === undefined ? 'the store has no `files`' : `files of the format ${saving.format} are not read`;
    if (files === undefined || format === undefined) return;
    this.range = (first, stop) => {
      const { frameInAcquisition, frameInFile } = placeOfFrame(this.layout, first);
      const { framesPerAcquisition, framesPerFile } = this.layout;
      const leftInFile = Math.min(framesPerFile > 0 ? framesPerFile - frameInFile : Infinity, framesPerAcquisition > 0 ? framesPerAcquisition - frameInAcquisition : Infinity);
      return { files, place: this.place(format, fileNumberOf(this.layout, 0, first)), start: frameInFile, count: Math.min(stop - first, leftInFile) };
    };
  }

  lastInCompleteFile(lastSaved: number, sealed: boolean): number {
    return lastFrameInCompleteFile(this.layout, lastSaved, sealed);
  }

  /** Where one of the files is, counted from 0. Throws `ScanValidation` if their path is invalid. */
  place(format: ArrayPlace['format'], part: number): ArrayPlace {
    const { saving, of } = this;
    return { format, file: this.path(part), dataset: saving.dataset, origin: { scan: of.scan.key, stream: of.name, part } };
  }

  /** Throws `ScanValidation` if the path of the files is invalid. */
  reference(frame: number): ImageReference {
    const { dataset, format } = this.saving;
    return { format, file: this.path(fileNumberOf(this.layout, 0, frame)), dataset, index: placeOfFrame(this.layout, frame).frameInFile };
  }

  private path(part: number): string {
    const { template, fileOffset } = this.saving;
    const file = filePath(template, part + fileOffset);
    if (O.isSome(file)) return file.value;
    throw blissdataError('ScanValidation', { key: this.of.scan.key, problems: [`stream "${this.of.name}": info.lima_info.file_path: expected one %d, received ${template}`] });
  }
}
