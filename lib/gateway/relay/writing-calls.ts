/** Answers requests that write, for those who may: to scans that may not be seen as to deleted ones. */
import { defer, of, switchMap, tap, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import type { Key } from '../../ports/keys.js';
import type { Commit, CommitResult, Deletion, DeletionResult } from '../../ports/scans.js';
import type { Sealing, SealResult } from '../../ports/streams.js';
import { historyKey } from '../../wire/protocol.js';
import type { Caller, CallContext } from './call-context.js';
import { namesIn } from './scan-documents.js';

const outside = 'its identity is not one of those that may be seen';

export class WritingCalls {
  constructor(private readonly context: CallContext) {}

  seal({ rights }: Caller, sealing: Sealing): Observable<SealResult> {
    const { database, visibility } = this.context;
    return visibility.writable(rights, [sealing]).pipe(switchMap(([mayWrite]) => (mayWrite === true ? database.seal(sealing) : of<SealResult>({ _tag: 'scanDeleted' }))));
  }

  commit({ rights }: Caller, commit: Commit): Observable<CommitResult> {
    const { database, visibility } = this.context;
    const { forms } = visibility;
    const { key, stateKey, json, announce } = commit;
    if (rights.write !== true) return visibility.denied('it may only be read');
    if (!forms.isScan(key) || !forms.isStream(stateKey)) {
      throw blissdataError('InvalidArgument', { argument: 'commit', expected: `keys of a scan and of a stream under ${forms.prefix}`, received: `${key}, ${stateKey}` });
    }
    const keys = [key, stateKey, ...(announce ? [historyKey] : [])];
    const written$ = defer(() => database.commit(commit)).pipe(
      this.dropping(keys),
      tap({ next: ({ _tag }) => visibility.written(key, _tag === 'committed' ? json : undefined), error: () => visibility.written(key) }),
    );
    if (rights.read === 'all') return written$;
    // Otherwise the scan of another could be changed under the name of one's own.
    const names = namesIn(forms.prefix, json);
    if (!visibility.sees(rights, names)) return visibility.denied(outside);
    if (names.states !== stateKey) throw blissdataError('InvalidArgument', { argument: 'commit', expected: 'the key of the states in the JSON', received: stateKey });
    if (!announce) {
      return visibility
        .streams(rights, [{ key: stateKey, scan: key }])
        .pipe(switchMap(([isSeen]) => (isSeen === true ? written$ : of<CommitResult>({ _tag: 'scanDeleted' }))));
    }
    return database.identities([key]).pipe(
      switchMap(([present]) => visibility.scans(rights, [key]).pipe(switchMap(([isSeen]) => ((present ?? null) === null || isSeen === true ? written$ : visibility.denied(outside))))),
    );
  }

  deleteScan({ rights }: Caller, deletion: Deletion): Observable<DeletionResult> {
    const { database, visibility } = this.context;
    const { key } = deletion;
    if (rights.delete !== true) return visibility.denied('scans may not be deleted');
    return visibility
      .scans(rights, [key])
      .pipe(switchMap(([isSeen]) => (isSeen === true ? database.deleteScan(deletion).pipe(this.dropping([key])) : of<DeletionResult>({ _tag: 'scanDeleted' }))));
  }

  /** Who writes must not read what was there before; a write that failed may have happened all the same. */
  private dropping<A>(keys: readonly Key[]): MonoTypeOperatorFunction<A> {
    const drop = (): void => {
      for (const key of keys) this.context.kept.drop(key);
    };
    return tap({ next: drop, error: drop });
  }
}
