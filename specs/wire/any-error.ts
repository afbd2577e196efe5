/** Errors of every tag with fields of any value, behind them causes of any kind: what the codec of errors must bring back. */
import * as fc from 'fast-check';
import { blissdataError, type BlissdataErrorOf, type ErrorFields, type ErrorTag } from '../../lib/model/errors.js';
import type { ScanState } from '../../lib/model/scan-state.js';

const text = fc.string({ unit: 'binary' });
const texts = fc.array(text, { maxLength: 4 });
const index = fc.integer();
const amount = fc.oneof(fc.nat(), fc.constant(Infinity));
const state = fc.constantFrom<ScanState>(0, 1, 2, 3, 4);
const stream = { key: text, stream: text };
const expectation = { expected: text, received: text };
const refusal = { command: text, code: text, reply: text };

const fields: { readonly [Tag in ErrorTag]: fc.Arbitrary<ErrorFields[Tag]> } = {
  InvalidUrl: fc.record(expectation),
  Disconnected: fc.record({ url: text, reason: text }),
  TlsFailed: fc.record({ url: text, code: text, reason: text }),
  OutcomeUnknown: fc.record({ key: text, reason: text }),
  ServerError: fc.record(refusal),
  ServerBusy: fc.record(refusal),
  ReadOnlyReplica: fc.record({ url: text, key: text }),
  OutOfMemory: fc.record({ key: text }),
  RequestTooLarge: fc.record({ key: text, size: amount, reason: text }),
  InternalError: fc.record({ where: text, reason: text }),
  UnexpectedReply: fc.record({ command: text, problems: texts }),
  NotInitialized: fc.record({ url: text }),
  ProtocolVersionMismatch: fc.record({ url: text, expected: index, found: text }),
  DatabaseNotEmpty: fc.record({ url: text, keys: amount }),
  MissingModule: fc.record({ url: text, missing: texts }),
  NoMemoryLimit: fc.record({ url: text }),
  NoServer: fc.record({ tried: texts, advice: text }),
  PortInUse: fc.record({ port: index }),
  StoreClosed: fc.constant({}),
  AccessDenied: fc.record({ url: text, reason: text }),
  GatewayLimit: fc.record({ what: text, limit: amount }),
  GatewayMismatch: fc.record({ url: text, expected: text, found: text }),
  HistoryGap: fc.record({ since: text, completeAfter: text }),
  InvalidArgument: fc.record({ argument: text, ...expectation }),
  IndexIncomplete: fc.record({ index: text, percent: index }),
  UnsupportedQuery: fc.record({ field: text, ...expectation }),
  ScanNotFound: fc.record({ key: text }),
  ScanValidation: fc.record({ key: text, problems: texts }),
  ScanNotClosed: fc.record({ key: text, state }),
  UnauthorizedStateTransition: fc.record({ key: text, from: state, to: state }),
  ScanConflict: fc.record({ key: text, expected: state, found: text }),
  InfoNotWritable: fc.record({ key: text, to: state }),
  MetadataTooLarge: fc.record({ key: text, size: amount, limit: amount }),
  StreamNotFound: fc.record({ ...stream, streams: texts }),
  StreamAlreadyExists: fc.record(stream),
  DtypeMismatch: fc.record({ ...stream, ...expectation }),
  UnsupportedDtype: fc.record({ ...stream, dtype: text }),
  UnknownEncoding: fc.record({ ...stream, ...expectation }),
  MissingPlugin: fc.record({ ...stream, plugin: text }),
  BrokenPlugin: fc.record({ ...stream, plugin: text, reason: text }),
  InvalidEntry: fc.record({ ...stream, index, ...expectation }),
  InvalidPoint: fc.record({ ...stream, ...expectation }),
  PointTooLarge: fc.record({ ...stream, index, size: amount, reason: text }),
  IndexNotYetThere: fc.record({ ...stream, index }),
  IndexWontBeThere: fc.record({ ...stream, index, length: amount }),
  IndexNoMoreThere: fc.oneof(fc.record({ ...stream, index }), fc.record({ ...stream, index, hint: text })),
  IndexOutOfRange: fc.record({ ...stream, index, length: amount }),
  NotInFile: fc.record({ ...stream, index, file: text, dataset: text, length: amount }),
  PointsMismatch: fc.record({ ...stream, index, origin: text, ...expectation }),
  StreamDeleted: fc.record(stream),
  StreamRewound: fc.record({ ...stream, expected: index, found: index }),
  StreamOverlap: fc.record({ ...stream, expected: index, found: index }),
  StreamSealed: fc.record(stream),
  WriteConflict: fc.record({ ...stream, expected: text, found: text }),
  Overflow: fc.record({ ...stream, limit: amount }),
  TooFarAhead: fc.record({ source: text, limit: amount }),
  FileNotReadable: fc.record({ path: text, reason: text }),
  PathNotAllowed: fc.record({ path: text, roots: texts }),
  UnsupportedFile: fc.record({ path: text, ...expectation }),
  InvalidImage: fc.record({ format: text, ...expectation }),
  MissingPackage: fc.record({ package: text, advice: text }),
};

const isTag = (name: string): name is ErrorTag => Object.hasOwn(fields, name);

/** Every tag there is: the compiler sees to it. */
export const tags: readonly ErrorTag[] = Object.keys(fields).filter(isTag);

const simple = fc.oneof(text, index, fc.boolean(), fc.bigInt(), fc.constantFrom(NaN, Infinity, -Infinity), texts);

/** Anything that may stand behind an error. */
const { cause } = fc.letrec<{ cause: unknown; blissdata: Error; plain: Error; several: AggregateError }>((tie) => ({
  cause: fc.oneof({ maxDepth: 4, withCrossShrink: true }, simple, tie('blissdata'), tie('plain'), tie('several')),
  blissdata: fc.constantFrom(...tags).chain((tag) => fc.tuple(errorFields(tag), tie('cause')).map(([own, behind]) => blissdataError(tag, own, behind))),
  plain: fc
    .tuple(text, tie('cause'), fc.record({ code: text, errno: index, big: fc.bigInt() }, { requiredKeys: [] }))
    .map(([message, behind, own]) => Object.assign(new TypeError(message, { cause: behind }), own)),
  several: fc.tuple(fc.array(tie('cause'), { maxLength: 3 }), text).map(([errors, message]) => new AggregateError(errors, message)),
}));

const errorFields = <Tag extends ErrorTag>(tag: Tag): fc.Arbitrary<ErrorFields[Tag]> => fields[tag];

export const anyBlissdataError = <Tag extends ErrorTag>(tag: Tag): fc.Arbitrary<BlissdataErrorOf<Tag>> =>
  fc.tuple(errorFields(tag), fc.option(cause, { nil: undefined })).map(([own, behind]) => blissdataError(tag, own, behind));
