/** Decodes what the publisher of a Lima stream declares: `info.lima_info`, and the type of the images. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { isDtype } from '../../model/dtype.js';
import { blissdataError } from '../../model/errors.js';
import type { Encoder } from '../../wire/encoding/encoders.js';
import { numericEncoding } from '../../wire/encoding/encoding.js';
import { arrayOf, exactly, members, orNull } from '../../wire/codecs.js';
import { guarded } from '../../wire/guarded.js';
import { problemsOf, received } from '../../wire/problems.js';
import type { StreamDeclaration } from '../../stream/stream-kind.js';

const Count = guarded('an integer from 0', isCount);
export const Integer = guarded('an integer', isInteger);

const LimaServing = members('an object', { protocol_version: exactly(1), server_url: t.string, buffer_max_number: Count, frame_per_acquisition: Count, acquisition_offset: Integer });
const LimaSaving = members('an object', { file_path: t.string, data_path: orNull(t.string), file_format: t.string, file_offset: Integer, frame_per_file: Count });

export interface LimaInfo {
  readonly serverUrl: string;
  /** How many frames the server keeps. */
  readonly bufferFrames: number;
  readonly framesPerAcquisition: number;
  /** The number of the stream's first acquisition, as the server counts them. */
  readonly acquisitionOffset: number;
  readonly saving?: LimaSaving;
}

export interface LimaSaving {
  readonly template: string;
  readonly dataset: string;
  readonly format: string;
  readonly fileOffset: number;
  readonly framesPerFile: number;
}

/** Decodes `info.lima_info`. Throws `ScanValidation`. */
export function limaInfo(declared: StreamDeclaration): LimaInfo {
  const info = declared.info['lima_info'];
  const serving = decoded(declared, 'lima_info', LimaServing, info);
  const basics = {
    serverUrl: serving.server_url,
    bufferFrames: serving.buffer_max_number,
    framesPerAcquisition: serving.frame_per_acquisition,
    acquisitionOffset: serving.acquisition_offset,
  };
  const isSaved = members('an object', { file_path: t.string }).is(info);
  if (!isSaved) return basics;
  const { file_path, data_path, file_format, file_offset, frame_per_file } = decoded(declared, 'lima_info', LimaSaving, info);
  return { ...basics, saving: { template: file_path, dataset: data_path ?? '', format: file_format, fileOffset: file_offset, framesPerFile: frame_per_file } };
}

/** The type of the images, by `info.dtype` and `info.shape`. Throws `ScanValidation`. */
export function imageType(declared: StreamDeclaration): Encoder {
  const { dtype, shape } = decoded(declared, '', members('an object', { dtype: t.string, shape: arrayOf('lengths', isCount) }), declared.info);
  if (!isDtype(dtype)) throw invalid(declared, [`dtype: expected a numpy name such as uint16, received ${received(dtype)}`]);
  return { encoding: numericEncoding(dtype, shape) };
}

/** Decodes a part of the stream's `info`. Throws `ScanValidation`. */
export function decoded<A>(declared: StreamDeclaration, at: string, codec: t.Decoder<unknown, A>, value: unknown): A {
  const result = codec.decode(value);
  if (E.isRight(result)) return result.right;
  throw invalid(
    declared,
    problemsOf(result.left).map((problem) => (at === '' ? problem : `${at}.${problem}`)),
  );
}

const invalid = ({ scan, name }: StreamDeclaration, problems: readonly string[]): Error =>
  blissdataError('ScanValidation', { key: scan.key, problems: problems.map((problem) => `stream "${name}": info.${problem}`) });

function isCount(u: unknown): u is number {
  return isInteger(u) && u >= 0;
}

function isInteger(u: unknown): u is number {
  return typeof u === 'number' && Number.isSafeInteger(u);
}
