/** A scan's JSON document: its io-ts codec, and the text of one. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { Identity, IdentityFields, IdentityModel } from '../model/identity-model.js';
import type { JsonObject } from '../model/json.js';
import { members } from './codecs.js';
import { identityCodec } from './identity-codec.js';
import { guarded } from './guarded.js';
import { parseJson } from './json-text/parse-json.js';
import { problemsOf } from './problems.js';

/** A stream's record in the document: its key, its encoding, and what its publisher says about it. */
interface StreamRecord {
  readonly pk: string;
  /** Not decoded here: an unknown encoding must not make the rest of the scan unreadable. */
  readonly encoding: unknown;
  readonly info: JsonObject;
}

/** A decoded scan. Streams whose records are invalid are kept apart, each with its problems. */
export interface ScanDocument<F extends IdentityFields> {
  readonly pk: string;
  readonly identity: Identity<F>;
  readonly info: JsonObject;
  readonly statePk: string;
  readonly streams: ReadonlyMap<string, StreamRecord>;
  readonly brokenStreams: ReadonlyMap<string, readonly string[]>;
}

/** Any object that the JSON parser has made. */
const jsonObject = guarded('JSON object', (u): u is JsonObject => t.UnknownRecord.is(u));

/** Clients before 1.0 wrote `""` where newer ones write `null`. */
const absentOrInfo = new t.Type<JsonObject, unknown>(
  'JSON object or null',
  jsonObject.is,
  (u, context) => (u === null || u === undefined || u === '' ? t.success({}) : jsonObject.validate(u, context)),
  t.identity,
);

const streamRecord = members('stream', { pk: t.string, encoding: t.unknown, info: absentOrInfo });

/** Decodes the JSON text of a scan. The left side lists all problems. */
export function decodeScanDocument<F extends IdentityFields>(model: IdentityModel<F>, text: string): E.Either<readonly string[], ScanDocument<F>> {
  const codec = members('scan', {
    pk: t.string,
    id: identityCodec(model),
    info: jsonObject,
    state_stream: members('stream', { pk: t.string }),
    data_streams: t.UnknownRecord,
  });
  const parsed = parseJson(text);
  if (E.isLeft(parsed)) return E.left([`not JSON: ${parsed.left}`]);
  const decoded = codec.decode(parsed.right);
  if (E.isLeft(decoded)) return E.left(problemsOf(decoded.left));
  const { pk, id, info, state_stream, data_streams } = decoded.right;

  const streams = new Map<string, StreamRecord>();
  const brokenStreams = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(data_streams)) {
    const record = streamRecord.decode(value);
    if (E.isRight(record)) streams.set(name, record.right);
    else brokenStreams.set(name, problemsOf(record.left));
  }
  return E.right({ pk, identity: id, info, statePk: state_stream.pk, streams, brokenStreams });
}

/** What a writer puts into the document. `info` and the parts of streams are already JSON text, checked when it was made. */
export interface ScanDraft {
  readonly pk: string;
  readonly identityPk: string;
  readonly identity: Readonly<Record<string, string | number | null>>;
  readonly info: string;
  readonly statePk: string;
  readonly streams: ReadonlyMap<string, { readonly pk: string; readonly encoding: string; readonly info: string }>;
}

/** The JSON text of a scan, with its members in Python's order. */
export function encodeScanDocument(draft: ScanDraft): string {
  const identity = Object.entries({ pk: draft.identityPk, ...draft.identity }).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const streams = [...draft.streams].map(
    ([name, stream]) => `${JSON.stringify(name)}:{"pk":${JSON.stringify(stream.pk)},"encoding":${stream.encoding},"info":${stream.info}}`,
  );
  return (
    `{"pk":${JSON.stringify(draft.pk)},"id":{${identity.join(',')}},"info":${draft.info},` +
    `"state_stream":{"pk":${JSON.stringify(draft.statePk)},"encoding":null,"info":null},"data_streams":{${streams.join(',')}}}`
  );
}
