/** Opens a writer for an existing stream of a prepared scan. */
import * as E from 'fp-ts/lib/Either.js';
import { map, switchMap, type Observable } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { IdentityFields, IdentityModel } from '../model/identity-model.js';
import type { StreamType } from '../model/stream-type.js';
import type { Key } from '../ports/keys.js';
import type { Head } from '../ports/streams.js';
import { decodeScan } from './snapshot.js';
import { codecOf } from '../wire/encoding/codec.js';
import { decodeEncoding, type Encoding, type EncodingOf } from '../wire/encoding/encoding.js';
import { streamKey } from '../wire/keys.js';
import type { ScanDocument } from '../wire/scan-document.js';
import { originId } from '../wire/stream-id.js';
import type { WritingCore } from '../stream/pending-writes.js';
import type { WindowStart } from '../stream/travelling-window.js';
import { StreamWriter, type StreamWriterOptions } from '../stream/stream-writer.js';

interface WrittenStream<T extends StreamType> {
  readonly scanKey: Key;
  readonly name: string;
  /** The expected type of its points; `undefined` accepts any. */
  readonly type: T | undefined;
}

/** Emits a writer that continues where the stream ends at present. */
export function openWriter<T extends StreamType>(core: WritingCore, model: IdentityModel, stream: WrittenStream<T>, options: StreamWriterOptions): Observable<StreamWriter<T>> {
  const { scanKey, name } = stream;
  const { database } = core;
  return database.scan(scanKey).pipe(
    switchMap((record) => {
      const { document } = decodeScan(model, scanKey, record);
      const { pk, encoding } = declared(document, stream);
      const source = { key: streamKey(model.prefix, pk), name, scan: scanKey, stateKey: streamKey(model.prefix, document.statePk), entryBytes: 0 };
      return database.heads([source]).pipe(map(([head]) => new StreamWriter(core, source, codecOf(encoding), options, endOf(source, head))));
    }),
    (writer$) => core.untilClosed(writer$),
  );
}

function declared<T extends StreamType>(document: ScanDocument<IdentityFields>, { scanKey: key, name, type }: WrittenStream<T>): { readonly pk: string; readonly encoding: EncodingOf<T> } {
  const problems = document.brokenStreams.get(name);
  if (problems !== undefined) throw blissdataError('ScanValidation', { key, problems: problems.map((line) => `stream "${name}": ${line}`) });
  const record = document.streams.get(name);
  if (record === undefined) throw blissdataError('StreamNotFound', { key, stream: name, streams: [...document.streams.keys(), ...document.brokenStreams.keys()] });
  const encoding = decodeEncoding(record.encoding, { key, stream: name });
  if (E.isLeft(encoding)) throw encoding.left;
  if (hasType(encoding.right, type)) return { pk: record.pk, encoding: encoding.right };
  throw blissdataError('DtypeMismatch', { key, stream: name, expected: type ?? 'any', received: encoding.right.type });
}

const hasType = <T extends StreamType>(encoding: Encoding, type: T | undefined): encoding is EncodingOf<T> => type === undefined || encoding.type === type;

/** Where the next point goes. */
function endOf({ key, name }: { readonly key: Key; readonly name: string }, head: Head | undefined): WindowStart {
  if (head === undefined || head.lastId === originId) return { index: 0, lastId: originId };
  if (head.sealed) throw blissdataError('StreamSealed', { key, stream: name });
  // The last entry is trimmed: the number of its points is unknown.
  if (head.emptied === true) throw blissdataError('IndexNoMoreThere', { key, stream: name, index: head.length - 1 });
  return { index: head.length, lastId: head.lastId };
}
