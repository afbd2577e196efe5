/** Deletes a scan in memory: all its keys get ten seconds to live. */
import * as E from 'fp-ts/lib/Either.js';
import * as O from 'fp-ts/lib/Option.js';
import * as t from 'io-ts';
import { ScanState } from '../model/scan-state.js';
import type { Key } from '../ports/keys.js';
import type { Deletion, DeletionResult } from '../ports/scans.js';
import { parseJson } from '../wire/json-text/parse-json.js';
import { writeJson } from '../wire/json-text/write-json.js';
import { prefixOfScanKey, streamKey } from '../wire/keys.js';
import { deletionMs, deletionReason, stateField } from '../wire/protocol.js';
import type { Keyspace } from './keyspace.js';
import { PointStream } from './point-stream.js';
import { addToLog, isScanThere, stateKeyIn } from './scan-commands.js';

export function deleteScan(keyspace: Keyspace, { key, force }: Deletion): DeletionResult {
  const document = keyspace.get(key, 'json');
  if (document === undefined || !isScanThere(keyspace, key)) return { _tag: 'scanDeleted' };
  const stateKey = stateKeyIn(key, document.text);
  const [newest] = stateKey === undefined ? [] : (keyspace.get(stateKey, 'log')?.tail(undefined, 1) ?? []);
  const state = newest?.fields[stateField];
  const closed = state === String(ScanState.CLOSED);
  if (!closed && !force) return { _tag: 'open', ...(state === undefined ? {} : { state }) };

  const streams = dataStreamsIn(key, document.text);
  if (!closed) {
    for (const stream of streams) sealAsIs(keyspace, stream);
    keyspace.put(key, { _tag: 'json', text: withEndReason(document.text) });
    if (stateKey !== undefined) addToLog(keyspace, stateKey, { [stateField]: String(ScanState.CLOSED) });
  }
  for (const one of [...streams, ...(stateKey === undefined ? [] : [stateKey]), key]) keyspace.expire(one, deletionMs);
  return { _tag: 'deleted' };
}

function sealAsIs(keyspace: Keyspace, key: Key): void {
  const stream = keyspace.get(key, 'points') ?? new PointStream();
  if (stream.sealed) return;
  stream.sealAt(stream.length);
  keyspace.put(key, stream);
}

const withStreams = t.type({ data_streams: t.UnknownRecord });
const withPk = t.type({ pk: t.string });

function dataStreamsIn(key: Key, json: string): readonly Key[] {
  const document: unknown = JSON.parse(json);
  const decoded = withStreams.decode(document);
  const prefix = prefixOfScanKey(key);
  if (E.isLeft(decoded) || O.isNone(prefix)) return [];
  return Object.values(decoded.right.data_streams).flatMap((stream) => (withPk.is(stream) ? [streamKey(prefix.value, stream.pk)] : []));
}

/** Leaves an info that is no object unchanged. */
function withEndReason(json: string): string {
  const document = parseJson(json);
  if (E.isLeft(document) || !t.UnknownRecord.is(document.right) || !t.UnknownRecord.is(document.right['info'])) return json;
  const text = writeJson({ ...document.right, info: { ...document.right['info'], end_reason: deletionReason } }, 'literal', 0);
  return E.isRight(text) ? text.right : json;
}
