/** The io-ts decoders of each error's fields: an error from another thread or machine is data from outside. */
import * as t from 'io-ts';
import type { ErrorFields, ErrorTag } from '../model/errors.js';
import { isScanState } from '../model/scan-state.js';

const texts = t.readonlyArray(t.string);
const state = t.refinement(t.number, isScanState, 'a state');

const stream = { key: t.string, stream: t.string };
const index = t.strict({ ...stream, index: t.number });
const indexOfLength = t.strict({ ...stream, index: t.number, length: t.number });
const expectation = { expected: t.string, received: t.string };
const refusal = t.strict({ command: t.string, code: t.string, reply: t.string });
const countMismatch = t.strict({ ...stream, expected: t.number, found: t.number });

/** All fields of a tag; unknown ones are dropped. */
export const errorFields: { readonly [Tag in ErrorTag]: t.Decoder<unknown, ErrorFields[Tag]> } = {
  InvalidUrl: t.strict(expectation),
  Disconnected: t.strict({ url: t.string, reason: t.string }),
  TlsFailed: t.strict({ url: t.string, code: t.string, reason: t.string }),
  OutcomeUnknown: t.strict({ key: t.string, reason: t.string }),
  ServerError: refusal,
  ServerBusy: refusal,
  ReadOnlyReplica: t.strict({ url: t.string, key: t.string }),
  OutOfMemory: t.strict({ key: t.string }),
  RequestTooLarge: t.strict({ key: t.string, size: t.number, reason: t.string }),
  InternalError: t.strict({ where: t.string, reason: t.string }),
  UnexpectedReply: t.strict({ command: t.string, problems: texts }),
  NotInitialized: t.strict({ url: t.string }),
  ProtocolVersionMismatch: t.strict({ url: t.string, expected: t.number, found: t.string }),
  DatabaseNotEmpty: t.strict({ url: t.string, keys: t.number }),
  MissingModule: t.strict({ url: t.string, missing: texts }),
  NoMemoryLimit: t.strict({ url: t.string }),
  NoServer: t.strict({ tried: texts, advice: t.string }),
  PortInUse: t.strict({ port: t.number }),
  StoreClosed: t.strict({}),
  AccessDenied: t.strict({ url: t.string, reason: t.string }),
  GatewayLimit: t.strict({ what: t.string, limit: t.number }),
  GatewayMismatch: t.strict({ url: t.string, expected: t.string, found: t.string }),
  HistoryGap: t.strict({ since: t.string, completeAfter: t.string }),
  InvalidArgument: t.strict({ argument: t.string, ...expectation }),
  IndexIncomplete: t.strict({ index: t.string, percent: t.number }),
  UnsupportedQuery: t.strict({ field: t.string, ...expectation }),
  ScanNotFound: t.strict({ key: t.string }),
  ScanValidation: t.strict({ key: t.string, problems: texts }),
  ScanNotClosed: t.strict({ key: t.string, state }),
  UnauthorizedStateTransition: t.strict({ key: t.string, from: state, to: state }),
  ScanConflict: t.strict({ key: t.string, expected: state, found: t.string }),
  InfoNotWritable: t.strict({ key: t.string, to: state }),
  MetadataTooLarge: t.strict({ key: t.string, size: t.number, limit: t.number }),
  StreamNotFound: t.strict({ ...stream, streams: texts }),
  StreamAlreadyExists: t.strict(stream),
  DtypeMismatch: t.strict({ ...stream, ...expectation }),
  UnsupportedDtype: t.strict({ ...stream, dtype: t.string }),
  UnknownEncoding: t.strict({ ...stream, ...expectation }),
  MissingPlugin: t.strict({ ...stream, plugin: t.string }),
  BrokenPlugin: t.strict({ ...stream, plugin: t.string, reason: t.string }),
  InvalidEntry: t.strict({ ...stream, index: t.number, ...expectation }),
  InvalidPoint: t.strict({ ...stream, ...expectation }),
  PointTooLarge: t.strict({ ...stream, index: t.number, size: t.number, reason: t.string }),
  IndexNotYetThere: index,
  IndexWontBeThere: indexOfLength,
  IndexNoMoreThere: t.union([t.strict({ ...stream, index: t.number, hint: t.string }), index]),
  IndexOutOfRange: indexOfLength,
  NotInFile: t.strict({ ...stream, index: t.number, file: t.string, dataset: t.string, length: t.number }),
  PointsMismatch: t.strict({ ...stream, index: t.number, origin: t.string, ...expectation }),
  StreamDeleted: t.strict(stream),
  StreamRewound: countMismatch,
  StreamOverlap: countMismatch,
  StreamSealed: t.strict(stream),
  WriteConflict: t.strict({ ...stream, expected: t.string, found: t.string }),
  Overflow: t.strict({ ...stream, limit: t.number }),
  TooFarAhead: t.strict({ source: t.string, limit: t.number }),
  FileNotReadable: t.strict({ path: t.string, reason: t.string }),
  PathNotAllowed: t.strict({ path: t.string, roots: texts }),
  UnsupportedFile: t.strict({ path: t.string, ...expectation }),
  InvalidImage: t.strict({ format: t.string, ...expectation }),
  MissingPackage: t.strict({ package: t.string, advice: t.string }),
};
