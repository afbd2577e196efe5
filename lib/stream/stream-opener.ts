/** Opens the streams of a scan, each through its kind. */
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError, isBlissdataError, type BlissdataError } from '../model/errors.js';
import type { JsonObject } from '../model/json.js';
import type { StreamType } from '../model/stream-type.js';
import type { Core } from '../reading/core.js';
import type { StreamSource } from '../reading/reader/stream-source.js';
import { EntryPoints } from './entry-points.js';
import { Stream } from './stream.js';
import { codecOf } from '../wire/encoding/codec.js';
import { decodeEncoding, encodes, type Encoding, type EncodingOf } from '../wire/encoding/encoding.js';
import { pointBytes } from '../wire/encoding/point-size.js';
import { received } from '../wire/problems.js';
import type { DeclaredStream, OpenedStream, Resources, ScanOfStream, StreamKind } from './stream-kind.js';

/** A stream as its scan's JSON declares it. */
interface Declaration {
  readonly scan: ScanOfStream;
  readonly info: JsonObject;
  readonly encoding: unknown;
}

export class StreamOpener {
  /** @param known all stream kinds of the store; the first that fits opens a stream */
  constructor(
    private readonly resources: Resources,
    private readonly known: readonly StreamKind[],
  ) {}

  /** Opens a stream through its kind. If that fails, the stream's `problem` says why. */
  open(core: Core, place: Omit<StreamSource, 'entryBytes'>, { scan, info, encoding }: Declaration): Stream {
    const { plugin } = info;
    const where = { key: scan.key, stream: place.name };
    const named = plugin === undefined || plugin === null ? undefined : this.known.find(({ name }) => name === plugin);
    if (plugin !== undefined && plugin !== null && named === undefined) {
      const name = typeof plugin === 'string' ? plugin : received(plugin);
      const missing = blissdataError('MissingPlugin', { ...where, plugin: name });
      return new Stream<StreamType>(core, { ...place, entryBytes: 0 }, E.left(missing), info, { kind: { name } });
    }
    const decoded = decodeEncoding(encoding, where);
    const source = { ...place, entryBytes: E.isRight(decoded) ? pointBytes(decoded.right) : 0 };
    if (E.isLeft(decoded)) return new Stream<StreamType>(core, source, decoded, info, named && { kind: named });
    const declared = declare(core, source, scan, info, decoded.right, this.resources);
    // An explicit null declares the stream plain, whatever a kind would recognise.
    for (const kind of named !== undefined ? [named] : plugin === null ? [] : this.known) {
      const opened = tryToOpen(kind, declared, kind === named);
      if (opened === undefined) continue;
      if (E.isLeft(opened)) return new Stream<StreamType>(core, source, opened, info, { kind });
      const { type, points, access } = opened.right;
      return new Stream(core, source, E.right(type.encoding), info, { kind, points, access });
    }
    return new Stream<StreamType>(core, source, E.right(withType(decoded.right)), info);
  }
}

function declare(core: Core, source: StreamSource, scan: ScanOfStream, info: JsonObject, encoding: Encoding, { files, images }: Resources): DeclaredStream {
  return {
    name: source.name,
    key: source.key,
    info,
    type: encoding.type,
    scan,
    files,
    images,
    entries: (type) => {
      if (encodes(encoding, type)) return new EntryPoints({ core, source, codec: codecOf(encoding) });
      throw blissdataError('DtypeMismatch', { key: scan.key, stream: source.name, expected: type, received: encoding.type });
    },
    readable: { core, source, codec: codecOf(withType(encoding)) },
  };
}

/** Has a kind open a stream; `undefined` if the stream is not of this kind. A kind that fails must not take the rest of the scan with it. */
function tryToOpen(kind: StreamKind, declared: DeclaredStream, isNamed: boolean): E.Either<BlissdataError, OpenedStream> | undefined {
  try {
    return isNamed || kind.recognises?.(declared) === true ? E.right(kind.open(declared)) : undefined;
  } catch (error) {
    if (isBlissdataError(error)) return E.left(error);
    const reason = error instanceof Error ? error.message : String(error);
    return E.left(blissdataError('BrokenPlugin', { key: declared.scan.key, stream: declared.name, plugin: kind.name, reason }, error));
  }
}

const withType = (encoding: Encoding): EncodingOf<StreamType> => encoding;
