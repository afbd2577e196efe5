/** Answers requests for scans as far as they may be seen: the others are missing. */
import { map, of, switchMap, type Observable } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import type { Key } from '../../ports/keys.js';
import type { ScanRecord } from '../../ports/scans.js';
import type { Search, SearchResult } from '../../ports/search.js';
import type { Head, StreamRef } from '../../ports/streams.js';
import { protocolVersionKey } from '../../wire/protocol.js';
import { originId } from '../../wire/stream-id.js';
import type { Caller, CallContext } from './call-context.js';
import { namesIn } from './scan-documents.js';
import { isStateEntry } from './state-logs.js';

/** What a server of Lima writes under its name; anything else under that key is not a client's business. */
const isNumber = (text: string | null): boolean => text !== null && /^-?\d+$/.test(text);

/** JSON has no infinite numbers. */
const textOfNumber = (_: string, value: unknown): unknown => (typeof value === 'number' ? String(value) : value);

/** A scan may name any key as that of its states: only entries with a state are let through. */
const withStateAlone = (record: ScanRecord | null): ScanRecord | null => (record?.state === undefined || isStateEntry(record.state) ? record : { json: record.json });

export class ScanCalls {
  constructor(private readonly context: CallContext) {}

  protocolVersion(): Observable<string | null> {
    const { database, sameTick } = this.context;
    return sameTick.share('protocolVersion', () => database.protocolVersion());
  }

  text({ rights }: Caller, key: Key, scan?: Key): Observable<string | null> {
    const { database, visibility, sameTick } = this.context;
    if (key === protocolVersionKey) return this.protocolVersion();
    return visibility.server(rights, key, scan).pipe(
      switchMap((isServer) => (isServer ? sameTick.share(`text ${key}`, () => database.text(key)) : of(null))),
      map((text) => (isNumber(text) ? text : null)),
    );
  }

  heads({ rights }: Caller, refs: readonly StreamRef[]): Observable<readonly Head[]> {
    const { database, visibility } = this.context;
    return visibility.streams(rights, refs).pipe(
      switchMap((seen) =>
        this.ofSome(
          refs.map(({ key }) => key),
          seen,
          (keys) => this.context.sameTick.share(`heads ${keys.join(' ')}`, () => database.heads(keys.map((key) => ({ key })))),
          (key): Head => ({ key, exists: false, lastId: originId, length: 0, sealed: false }),
        ),
      ),
    );
  }

  scan({ rights }: Caller, key: Key, stateKey?: Key): Observable<ScanRecord | null> {
    const { visibility } = this.context;
    return visibility.scans(rights, [key]).pipe(
      switchMap(([isSeen]) => {
        if (isSeen !== true) return of(null);
        if (stateKey === undefined) return this.readScan(key, undefined);
        // One that is not the scan's own is left out, and the database looks for the right one.
        return visibility.streams(rights, [{ key: stateKey, scan: key }]).pipe(switchMap(([isOwn]) => this.readScan(key, isOwn === true ? stateKey : undefined)));
      }),
    );
  }

  /** Clients read the last states of a deleted scan; whether it may be seen, its JSON tells. */
  remains({ rights }: Caller, key: Key, stateKey: Key): Observable<ScanRecord | null> {
    const { database, visibility, sameTick } = this.context;
    const { forms } = visibility;
    if (!visibility.mayHoldStates(rights, key, stateKey)) return of(null);
    return sameTick
      .share(`remains ${key} ${stateKey}`, () => database.remains(key, stateKey).pipe(map(withStateAlone)))
      .pipe(
        map((record) => {
          if (rights.read === 'all' || record === null) return record;
          const names = namesIn(forms.prefix, record.json);
          return visibility.sees(rights, names) && names.states === stateKey ? record : null;
        }),
      );
  }

  scansExist({ rights }: Caller, keys: readonly Key[]): Observable<readonly boolean[]> {
    const { database, visibility, sameTick } = this.context;
    return visibility.scans(rights, keys).pipe(
      switchMap((seen) => this.ofSome(keys, seen, (some) => sameTick.share(`scansExist ${some.join(' ')}`, () => database.scansExist(some)), () => false)),
    );
  }

  identities({ rights }: Caller, keys: readonly Key[]): Observable<readonly (string | null)[]> {
    const { database, visibility, sameTick } = this.context;
    return visibility.scans(rights, keys).pipe(
      switchMap((seen) => this.ofSome(keys, seen, (some) => sameTick.share(`identities ${some.join(' ')}`, () => database.identities(some)), () => null)),
    );
  }

  states({ rights }: Caller, keys: readonly Key[]): Observable<readonly (Pick<ScanRecord, 'state'> | null)[]> {
    const { database, visibility, sameTick } = this.context;
    return visibility.scans(rights, keys).pipe(
      switchMap((seen) => this.ofSome(keys, seen, (some) => sameTick.share(`states of ${some.join(' ')}`, () => database.states(some)), () => null)),
    );
  }

  search({ rights }: Caller, { prefix, criteria }: Search): Observable<SearchResult> {
    const { database, visibility, sameTick } = this.context;
    if (prefix !== visibility.forms.prefix) {
      throw blissdataError('InvalidArgument', { argument: 'the identity model', expected: `the prefix ${visibility.forms.prefix}`, received: prefix });
    }
    // One list of criteria narrows the search itself: of the others not even the identities are read.
    const all = rights.read !== 'all' && rights.read.length === 1 ? [...criteria, ...rights.read.flat()] : criteria;
    const found$ = sameTick.share(`search ${JSON.stringify(all, textOfNumber)}`, () => database.search({ prefix, criteria: all }));
    if (rights.read === 'all') return found$;
    return found$.pipe(switchMap(({ timetag, keys }) => visibility.scans(rights, keys).pipe(map((seen) => ({ timetag, keys: keys.filter((_, i) => seen[i] === true) })))));
  }

  private readScan(key: Key, stateKey: Key | undefined): Observable<ScanRecord | null> {
    const { database, visibility, stateLogs, kept, sameTick } = this.context;
    const read = (): Observable<ScanRecord | null> =>
      database.scan(key, stateKey).pipe(
        map((answer) => {
          const record = withStateAlone(answer);
          if (record !== null) visibility.learn(key, record.json);
          if (record?.state !== undefined && stateKey !== undefined) stateLogs.learn(stateKey);
          return record;
        }),
      );
    // A scan's JSON is only ever written together with a state: while changes of the states are reported, the answer holds.
    return stateKey === undefined ? sameTick.share(`scan ${key}`, read) : kept.beside('scan', `scan ${key} ${stateKey}`, stateKey, read, [key]);
  }

  /** Asks for those that may be seen, and puts something else in the place of the others. */
  private ofSome<A>(keys: readonly Key[], seen: readonly boolean[], ask: (keys: readonly Key[]) => Observable<readonly A[]>, missing: (key: Key) => A): Observable<readonly A[]> {
    if (seen.every((isSeen) => isSeen)) return ask(keys);
    const some = keys.filter((_, i) => seen[i] === true);
    const answers$ = some.length === 0 ? of([]) : ask(some);
    return answers$.pipe(
      map((answers) => {
        let next = 0;
        return keys.map((key, i) => (seen[i] === true ? (answers[next++] ?? missing(key)) : missing(key)));
      }),
    );
  }
}
