/** The io-ts decoders of each error's fields: an error from another thread or machine is data from outside. */
import * as t from 'io-ts';
import type { ErrorFields, ErrorTag } from '../model/errors.js';
import { isScanState } from '../model/scan-state.js';
import { arrayOf, members } from './codecs.js';
import { guarded } from './guarded.js';

const texts = arrayOf('texts', t.string.is);
const state = guarded('a state', (u) => t.number.is(u) && isScanState(u));
const fields = <P extends t.Props>(props: P) => members('fields', props);

const stream = { key: t.string, stream: t.string };
const index = fields({ ...stream, index: t.number });
const indexOfLength = fields({ ...stream, index: t.number, length: t.number });
const expectation = { expected: t.string, received: t.string };
const refusal = fields({ command: t.string, code: t.string, reply: t.string });
const countMismatch = fields({ ...stream, expected: t.number, found: t.number });

/** All fields of a tag; unknown ones are dropped. */
export const errorFields: { readonly [Tag in ErrorTag]: t.Decoder<unknown, ErrorFields[Tag]> } = {
  InvalidUrl: fields(expectation),
  Disconnected: fields({ url: t.string, reason: t.string }),
  TlsFailed: fields({ url: t.string, code: t.string, reason: t.string }),
  OutcomeUnknown: fields({ key: t.string, reason: t.string }),
  ServerError: refusal,
  ServerBusy: refusal,
  ReadOnlyReplica: fields({ url: t.string, key: t.string }),
  OutOfMemory: fields({ key: t.string }),
  RequestTooLarge: fields({ key: t.string, size: t.number, reason: t.string }),
  InternalError: fields({ where: t.string, reason: t.string }),
  UnexpectedReply: fields({ command: t.string, problems: texts }),
  NotInitialized: fields({ url: t.string }),
  ProtocolVersionMismatch: fields({ url: t.string, expected: t.number, found: t.string }),
  DatabaseNotEmpty: fields({ url: t.string, keys: t.number }),
  MissingModule: fields({ url: t.string, missing: texts }),
  NoMemoryLimit: fields({ url: t.string }),
  NoServer: fields({ tried: texts, advice: t.string }),
  PortInUse: fields({ port: t.number }),
  StoreClosed: fields({}),
  AccessDenied: fields({ url: t.string, reason: t.string }),
  GatewayLimit: fields({ what: t.string, limit: t.number }),
  GatewayMismatch: fields({ url: t.string, expected: t.string, found: t.string }),
  HistoryGap: fields({ since: t.string, completeAfter: t.string }),
  InvalidArgument: fields({ argument: t.string, ...expectation }),
  IndexIncomplete: fields({ index: t.string, percent: t.number }),
  UnsupportedQuery: fields({ field: t.string, ...expectation }),
  ScanNotFound: fields({ key: t.string }),
  ScanValidation: fields({ key: t.string, problems: texts }),
  ScanNotClosed: fields({ key: t.string, state }),
  UnauthorizedStateTransition: fields({ key: t.string, from: state, to: state }),
  ScanConflict: fields({ key: t.string, expected: state, found: t.string }),
  InfoNotWritable: fields({ key: t.string, to: state }),
  MetadataTooLarge: fields({ key: t.string, size: t.number, limit: t.number }),
  StreamNotFound: fields({ ...stream, streams: texts }),
  StreamAlreadyExists: fields(stream),
  DtypeMismatch: fields({ ...stream, ...expectation }),
  UnsupportedDtype: fields({ ...stream, dtype: t.string }),
  UnknownEncoding: fields({ ...stream, ...expectation }),
  MissingPlugin: fields({ ...stream, plugin: t.string }),
  BrokenPlugin: fields({ ...stream, plugin: t.string, reason: t.string }),
  InvalidEntry: fields({ ...stream, index: t.number, ...expectation }),
  InvalidPoint: fields({ ...stream, ...expectation }),
  PointTooLarge: fields({ ...stream, index: t.number, size: t.number, reason: t.string }),
  IndexNotYetThere: index,
  IndexWontBeThere: indexOfLength,
  IndexNoMoreThere: members('fields', { ...stream, index: t.number }, { hint: t.string }),
  IndexOutOfRange: indexOfLength,
  NotInFile: fields({ ...stream, index: t.number, file: t.string, dataset: t.string, length: t.number }),
  PointsMismatch: fields({ ...stream, index: t.number, origin: t.string, ...expectation }),
  StreamDeleted: fields(stream),
  StreamRewound: countMismatch,
  StreamOverlap: countMismatch,
  StreamSealed: fields(stream),
  WriteConflict: fields({ ...stream, expected: t.string, found: t.string }),
  Overflow: fields({ ...stream, limit: t.number }),
  TooFarAhead: fields({ source: t.string, limit: t.number }),
  FileNotReadable: fields({ path: t.string, reason: t.string }),
  PathNotAllowed: fields({ path: t.string, roots: texts }),
  UnsupportedFile: fields({ path: t.string, ...expectation }),
  InvalidImage: fields({ format: t.string, ...expectation }),
  MissingPackage: fields({ package: t.string, advice: t.string }),
};
