/** Deletes a scan, which clients that still use it see for a few seconds. */
import { firstValueFrom } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { Database } from '../ports/database.js';
import type { Key } from '../ports/keys.js';
import { decodeState } from '../scan/snapshot.js';
import { originId } from '../wire/stream-id.js';
import { stateField } from '../wire/protocol.js';

export interface DeleteOptions {
  /** Whether to close a scan that is not CLOSED, rather than to refuse; false by default. */
  readonly force?: boolean;
}

export async function deleteScan(database: Database, key: Key, { force = false }: DeleteOptions): Promise<void> {
  const result = await firstValueFrom(database.deleteScan({ key, force }));
  if (result._tag !== 'open') return;
  if (result.state === undefined) throw blissdataError('ScanValidation', { key, problems: ['it has no state'] });
  throw blissdataError('ScanNotClosed', { key, state: decodeState(key, { id: originId, fields: { [stateField]: result.state } }) });
}
