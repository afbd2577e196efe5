/** Calls answered by JSON, straight from the database, without rights. */
import { EMPTY, throwError, type Observable } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import type { Database } from '../../ports/database.js';
import { historyKey } from '../../wire/protocol.js';
import type { Key } from '../../ports/keys.js';

const names = ['protocolVersion', 'heads', 'log', 'history', 'logTail', 'text', 'scan', 'remains', 'scansExist', 'identities', 'states', 'search', 'seal', 'commit', 'deleteScan'] as const;

export class DirectCalls {
  constructor(private readonly database: Database) {}

  answer(call: string, args: readonly unknown[], session: { arm(keys: readonly Key[]): void }): Observable<unknown> {
    const name = names.find((each) => each === call);
    if (name === undefined) return throwError(() => blissdataError('InvalidArgument', { argument: 'call', expected: 'a call of the gateway', received: call }));
    if (call === 'history') session.arm([historyKey]);
    if (call === 'log' && typeof args[0] === 'string') session.arm([args[0]]);
    const method: unknown = Reflect.get(this.database, name);
    return isMethod(method) ? method.apply(this.database, [...args]) : EMPTY;
  }
}

const isMethod = (value: unknown): value is (...args: unknown[]) => Observable<unknown> => typeof value === 'function';
