/** Where the points of a stream lie in files, from its scan's JSON alone: for a program that opens them in the place of another one. */
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError } from '../model/errors.js';
import type { IdentityFields } from '../model/identity-model.js';
import type { ArrayPlace } from '../ports/files.js';
import type { Key } from '../ports/keys.js';
import type { StreamDeclaration } from '../stream/stream-kind.js';
import { decodeEncoding } from '../wire/encoding/encoding.js';
import type { ScanDocument } from '../wire/scan-document.js';
import { hdf5Fallback, isSaved, placeOf } from './hdf5-fallback/hdf5-fallback.js';
import { LimaFiles } from './lima/lima-files.js';
import { limaInfo } from './lima/lima-info.js';
import { isOldLima, lima } from './lima/lima.js';
import { lima2, masterFile } from './lima/lima2.js';

/** The place of each of a stream's files, counted from 0; kinds with one file ignore the number. */
export type FilePlaces = (part: number) => ArrayPlace;

/**
 * The places that the kinds of blissdata read, by the rules by which a store opens the stream. Throws `StreamNotFound`, `UnsupportedFile`
 * for a stream without files, and what the kind throws that cannot open it.
 */
export function filePlaces<F extends IdentityFields>(key: Key, { identity, info: scanInfo, streams }: ScanDocument<F>, stream: string): FilePlaces {
  const record = streams.get(stream);
  if (record === undefined) throw blissdataError('StreamNotFound', { key, stream, streams: [...streams.keys()] });
  const encoding = decodeEncoding(record.encoding, { key, stream });
  if (E.isLeft(encoding)) throw encoding.left;
  const places = placesOf({ name: stream, info: record.info, type: encoding.right.type, scan: { key, info: scanInfo, identity } });
  if (places !== undefined) return places;
  throw blissdataError('UnsupportedFile', { path: `the files of the stream "${stream}"`, expected: 'a stream whose points are saved in files', received: 'another one' });
}

/** As a store chooses: the plugin decides, and without one how the stream looks; null declares it plain. */
function placesOf(declared: StreamDeclaration): FilePlaces | undefined {
  const { plugin } = declared.info;
  if (plugin === hdf5Fallback.name || (plugin === undefined && isSaved(declared))) return always(placeOf(declared));
  if (plugin === lima.name || (plugin === undefined && isOldLima(declared))) return limaPlaces(declared);
  return plugin === lima2.name ? always(masterFile(declared)) : undefined;
}

const always = (place: ArrayPlace | undefined): FilePlaces | undefined => place && (() => place);

function limaPlaces(declared: StreamDeclaration): FilePlaces | undefined {
  const info = limaInfo(declared);
  if (info.saving === undefined) return undefined;
  const files = new LimaFiles(info, info.saving, declared);
  const { format } = files;
  return format && ((part) => files.place(format, part));
}
