/** Streams that are saved to an HDF5 file as well: what Redis has lost is read from there. */
import { blissdataError } from '../../model/errors.js';
import type { Json } from '../../model/json.js';
import type { ArrayPlace } from '../../ports/files.js';
import { EntryPoints } from '../../stream/entry-points.js';
import type { StreamPoints } from '../../stream/stream-points.js';
import { received } from '../../wire/problems.js';
import { FallbackPoints } from './fallback-points.js';
import { FilePoints } from '../file-points.js';
import { HintedPoints } from './hinted-points.js';
import type { StreamDeclaration, DeclaredStream, StreamKind } from '../../stream/stream-kind.js';

/** Where the points of a stream are saved. */
export interface FileFallback {
  readonly place: ArrayPlace;
}

/**
 * Streams with `plugin: 'hdf5_fallback'`, and the numeric streams of older publishers that have a `data_path`, in a scan with `save` in its
 * `info` and a `path` in its identity.
 *
 * A store with `files` reads from the file what was trimmed off, so that there is neither `IndexNoMoreThere` nor `expired`. If the file does
 * not have the points yet, it is read again once a second, for ten seconds, and then reading errors with `NotInFile`; `at`, `slice` and a
 * cursor that does not wait do so at once. `PointsMismatch`: the dataset has another dtype or shape than the stream.
 *
 * @example
 * const store = DataStore.connect(url, { files: hdf5Files({ root: '/data' }) });
 * stream.as(hdf5Fallback)?.place; // { format: 'hdf5', file: '/data/visitor/...', dataset: '/1.1/measurement/diode' }
 */
export const hdf5Fallback: StreamKind<FileFallback> = {
  name: 'hdf5_fallback',
  id: Symbol.for('blissdata-rx.kind.hdf5_fallback'),
  recognises: isSaved,
  open: (declared) => {
    const place = placeOf(declared);
    return { type: { encoding: declared.readable.codec.encoding }, points: pointsOf(declared, place), access: { place } };
  },
};

function pointsOf({ readable, files }: DeclaredStream, place: ArrayPlace): StreamPoints {
  const where = `${place.dataset} in ${place.file}`;
  if (readable.codec.encoding._tag === 'json') return new EntryPoints(readable);
  if (files === undefined) return new HintedPoints(new EntryPoints(readable), `it may be saved as ${where}, which a store with the option \`files\` reads`);
  const { scan, name } = readable.source;
  return new FallbackPoints(new FilePoints(readable, files, { ...place, origin: { scan, stream: name } }));
}

/** Whether a stream without a plugin is one of these. */
export function isSaved({ type, info, scan }: StreamDeclaration): boolean {
  return type !== 'json' && isSet(scan.info['save']) && 'data_path' in info && typeof scan.identity['path'] === 'string';
}

/** Throws `ScanValidation`. */
export function placeOf({ name, info, scan }: StreamDeclaration): ArrayPlace {
  const file = info['plugin'] === hdf5Fallback.name ? info['file_path'] : scan.identity['path'];
  const dataset = info['data_path'];
  if (typeof file === 'string' && typeof dataset === 'string') return { format: 'hdf5', file, dataset };
  const problem = typeof file === 'string' ? `data_path: expected string, received ${received(dataset)}` : `file_path: expected string, received ${received(file)}`;
  throw blissdataError('ScanValidation', { key: scan.key, problems: [`stream "${name}": info.${problem}`] });
}

/** Python's truth value. */
const isSet = (value: Json | undefined): boolean => value !== undefined && value !== null && value !== false && value !== 0 && value !== '';
