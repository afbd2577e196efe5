/** Checks metadata and encodes them as JSON, before anything is sent: a server would refuse them halfway through a transaction. */
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError } from '../model/errors.js';
import { pythonJsonTextLength } from '../wire/json-text/python-json-length.js';
import { writeJson } from '../wire/json-text/write-json.js';
import { maxInfoLength } from '../wire/protocol.js';

/** How deep each lies in the scan's document, whose depth RedisJSON limits: `{info}` and `{data_streams: {name: {info}}}`. */
const levelOfScanInfo = 1;
const levelOfStreamInfo = 3;

const requireObject = (argument: string, value: unknown): void => {
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (kind !== 'Object') throw blissdataError('InvalidArgument', { argument, expected: 'an object', received: kind });
};

/** A scan's info: NaN and the infinities become null, as in Python. `MetadataTooLarge` beyond the limit. */
export function scanInfoJson(key: string, info: unknown): string {
  requireObject('info', info);
  const text = writeJson(info, 'null', levelOfScanInfo);
  if (E.isLeft(text)) throw blissdataError('InvalidArgument', { argument: 'info', expected: 'values that JSON can represent', received: text.left });
  const size = pythonJsonTextLength(text.right);
  if (size > maxInfoLength) throw blissdataError('MetadataTooLarge', { key, size, limit: maxInfoLength });
  return text.right;
}

/** A stream's info, completed with its type. NaN is an error: Redis would refuse it. */
export function streamInfoJson(stream: string, info: object, typeInfo: object): string {
  requireObject(`info of stream "${stream}"`, info);
  const text = writeJson({ ...typeInfo, ...info }, 'refuse', levelOfStreamInfo);
  if (E.isRight(text)) return text.right;
  throw blissdataError('InvalidArgument', { argument: `info of stream "${stream}"`, expected: 'values that JSON can represent, without NaN', received: text.left });
}
