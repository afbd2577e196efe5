/** The streams of a scan, made from its JSON, each made once. */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { blissdataError, type BlissdataError } from '../model/errors.js';
import { itemSize } from '../model/dtype.js';
import type { IdentityFields } from '../model/identity-model.js';
import type { JsonObject } from '../model/json.js';
import { elementCount } from '../model/nd-array.js';
import type { StreamType } from '../model/stream-type.js';
import type { Key } from '../ports/database.js';
import type { Core } from '../polling/core.js';
import { Stream } from '../stream/stream.js';
import { decodeEncoding, type Encoding, type EncodingOf } from '../wire/encoding/encoding.js';
import { streamKey } from '../wire/keys.js';
import { received } from '../wire/problems.js';
import type { ScanDocument } from '../wire/scan-document.js';

/** Stream kinds of blissdata whose entries are plain points underneath, which is how they are read here. */
const plainPlugins: ReadonlySet<unknown> = new Set(['hdf5_fallback', 'scan_sequence', 'lima', 'lima2']);

/** What an entry is taken to hold where its size cannot be told from the encoding. */
const guessedEntryBytes = 1024;

/** What a scan without streams shows, and every scan before PREPARED. */
export const noStreams: ReadonlyMap<string, Stream> = new Map();

export class ScanStreams {
  private streams = noStreams;

  constructor(
    private readonly core: Core,
    private readonly prefix: string,
    private readonly scanKey: Key,
    private readonly stateKey: Key,
  ) {}

  /** The streams of the document. The very same map as before if there is nothing new, and the same Stream for the same name. */
  update(document: ScanDocument<IdentityFields>): ReadonlyMap<string, Stream> {
    const names = [...document.streams.keys(), ...document.brokenStreams.keys()];
    if (names.every((name) => this.streams.has(name))) return this.streams;
    const streams = new Map(this.streams);
    for (const [name, { pk, encoding, info }] of document.streams) {
      if (!streams.has(name)) streams.set(name, this.make(name, streamKey(this.prefix, pk), info, readableEncoding(this.scanKey, name, encoding, info)));
    }
    for (const [name, problems] of document.brokenStreams) {
      if (streams.has(name)) continue;
      const problem = blissdataError('ScanValidation', { key: this.scanKey, problems: problems.map((line) => `stream "${name}": ${line}`) });
      streams.set(name, this.make(name, '', {}, E.left(problem)));
    }
    this.streams = streams;
    return streams;
  }

  private make(name: string, key: Key, info: JsonObject, encoding: E.Either<BlissdataError, Encoding>): Stream {
    const entryBytes = E.isRight(encoding) ? bytesOfPoint(encoding.right) : 0;
    const source = { key, name, scanKey: this.scanKey, stateKey: this.stateKey, entryBytes };
    return new Stream<StreamType>(this.core, source, pipe(encoding, E.map(withType)), info);
  }
}

const withType = (encoding: Encoding): EncodingOf<StreamType> => encoding;

const bytesOfPoint = (encoding: Encoding): number =>
  encoding._tag === 'json' || encoding.ragged ? guessedEntryBytes : itemSize(encoding.dtype) * elementCount(encoding.shape);

function readableEncoding(key: Key, stream: string, encoding: unknown, info: JsonObject): E.Either<BlissdataError, Encoding> {
  const { plugin } = info;
  if (plugin !== undefined && plugin !== null && !plainPlugins.has(plugin)) {
    return E.left(blissdataError('MissingPlugin', { key, stream, plugin: typeof plugin === 'string' ? plugin : received(plugin) }));
  }
  return decodeEncoding(encoding, { key, stream });
}
