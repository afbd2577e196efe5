/** What a connection may see: scans by their identity, and streams by the scan that names them. What may not be seen does not exist. */
import * as E from 'fp-ts/lib/Either.js';
import { concatMap, defer, from, map, mergeMap, of, reduce, switchMap, throwError, type Observable, type SchedulerLike } from 'rxjs';
import { endOfJob, type EndOfTick } from '../../model/end-of-tick.js';
import { blissdataError } from '../../model/errors.js';
import type { IdentityModel } from '../../model/identity-model.js';
import type { Database } from '../../ports/database.js';
import type { Key } from '../../ports/keys.js';
import type { StreamRef } from '../../ports/streams.js';
import { SameTick } from '../../reading/same-tick.js';
import { decodeFields, meetsCriteria, type Fields } from '../../wire/search-match.js';
import { KeyForms } from './key-forms.js';
import { Recent } from './recent.js';
import type { Rights } from './rights.js';
import { ScanDocuments, type ScanNames } from './scan-documents.js';

/** How many identities are remembered: they never change. */
const mostIdentities = 20_000;
/** How many identities one request reads, and how many scans' JSON at a time. */
const identitiesPerRead = 1000;
const documentsAtOnce = 4;

export interface VisibilityOptions {
  readonly database: Pick<Database, 'identities' | 'scan'>;
  /** What clients call the database, for errors. */
  readonly name: string;
  readonly model: IdentityModel;
  readonly scheduler: SchedulerLike;
  readonly endOfTick?: EndOfTick;
}

export class Visibility {
  readonly forms: KeyForms;
  private readonly identities = new Recent<Key, Fields>(mostIdentities);
  private readonly documents: ScanDocuments;
  private readonly database: VisibilityOptions['database'];
  private readonly name: string;
  private readonly sameTick: SameTick;
  /** Whether any connection may see a part only: before that, nothing need be remembered of scans. */
  private isLimited = false;

  constructor({ database, name, model, scheduler, endOfTick = endOfJob }: VisibilityOptions) {
    this.database = database;
    this.name = name;
    this.forms = new KeyForms(model.prefix);
    this.documents = new ScanDocuments(database, model.prefix, scheduler);
    this.sameTick = new SameTick(endOfTick);
  }

  /** Whether each key is that of a scan that may be seen, as far as it is there. */
  scans(rights: Rights, keys: readonly Key[]): Observable<readonly boolean[]> {
    if (rights.read === 'all') return of(keys.map((key) => this.forms.isScan(key)));
    this.isLimited = true;
    return defer(() => {
      // Held here, as more may be requested than is remembered.
      const found = new Map<Key, Fields>();
      const missing = new Set<Key>();
      for (const key of keys) {
        const known = this.forms.isScan(key) ? this.identities.get(key) : undefined;
        if (known !== undefined) found.set(key, known);
        else if (this.forms.isScan(key)) missing.add(key);
      }
      const answer = (): readonly boolean[] => keys.map((key) => this.mayBeSeen(rights, found.get(key)));
      if (missing.size === 0) return of(answer());
      return this.readIdentities([...missing]).pipe(
        map((read) => {
          for (const [key, fields] of read) found.set(key, fields);
          return answer();
        }),
      );
    });
  }

  /** Whether each stream may be seen: to a connection that sees a part only, it must be one of a scan that it names and may see. */
  streams(rights: Rights, refs: readonly StreamRef[]): Observable<readonly boolean[]> {
    if (rights.read === 'all') return of(refs.map(({ key }) => this.forms.isStream(key)));
    return defer(() => {
      const known = refs.map((ref) => this.isKnownStream(rights, ref));
      if (known.every((isKnown) => isKnown)) return of(known);
      const keysOf = new Map<Key, Key[]>();
      for (const { key, scan } of refs) {
        if (scan === undefined || !this.forms.isStream(key)) continue;
        const keys = keysOf.get(scan) ?? [];
        keys.push(key);
        keysOf.set(scan, keys);
      }
      const scans = [...keysOf.keys()];
      return this.scans(rights, scans).pipe(
        switchMap((visible) => {
          const seen = scans.filter((_, i) => visible[i] === true);
          return each(seen, (scan) => this.documents.names(scan, ({ streams }) => (keysOf.get(scan) ?? []).every((key) => streams.has(key))));
        }),
        map((names) => refs.map(({ key, scan }) => scan !== undefined && names.get(scan)?.streams.has(key) === true)),
      );
    });
  }

  /** Whether a key is one under which a server of Lima counts its acquisitions, as the JSON of a scan that may be seen says. */
  server(rights: Rights, key: Key, scan: Key | undefined): Observable<boolean> {
    if (scan === undefined) return of(false);
    return this.scans(rights, [scan]).pipe(switchMap(([isSeen]) => (isSeen === true ? this.documents.names(scan, ({ servers }) => servers.has(key)).pipe(map((names) => names?.servers.has(key) === true)) : of(false))));
  }

  /** Whether the scan of each stream may be seen and so written to: streams are new, or not yet in the scan's JSON. Errors with `AccessDenied` without the right to write. */
  writable(rights: Rights, refs: readonly { readonly key: Key; readonly scan: Key }[]): Observable<readonly boolean[]> {
    if (rights.write !== true) return this.denied('it may only be read');
    const scans = [...new Set(refs.map(({ scan }) => scan))];
    return this.scans(rights, scans).pipe(map((visible) => refs.map(({ key, scan }) => this.forms.isStream(key) && visible[scans.indexOf(scan)] === true)));
  }

  /** Whether a key may be that of a scan's states: unless it is known to be another. */
  mayHoldStates(rights: Rights, scan: Key, stateKey: Key): boolean {
    const known = rights.read === 'all' ? undefined : this.documents.get(scan);
    return this.forms.isScan(scan) && this.forms.isStream(stateKey) && (known === undefined || known.states === stateKey);
  }

  /** Whether a scan with this JSON may be seen. */
  sees(rights: Rights, { identity }: ScanNames): boolean {
    return rights.read === 'all' || this.mayBeSeen(rights, identity);
  }

  denied(reason: string): Observable<never> {
    return throwError(() => blissdataError('AccessDenied', { url: this.name, reason }));
  }

  /** A scan's JSON was read. */
  learn(scan: Key, json: string): void {
    if (this.isLimited) this.documents.learn(scan, json);
  }

  /** A scan's JSON was, or may have been, written through the gateway: what it is now is known, or read at the next request. */
  written(scan: Key, json?: string): void {
    this.identities.delete(scan);
    this.documents.forget(scan);
    if (json !== undefined) this.learn(scan, json);
  }

  private isKnownStream(rights: Rights, { key, scan }: StreamRef): boolean {
    return scan !== undefined && this.mayBeSeen(rights, this.identities.get(scan)) && this.documents.get(scan)?.streams.has(key) === true;
  }

  private mayBeSeen({ read }: Rights, identity: Fields | undefined): boolean {
    if (read === 'all') return true;
    return identity !== undefined && read.some((criteria) => meetsCriteria(identity, criteria));
  }

  /** Of those that are there; what is missing may be created, and is not remembered. */
  private readIdentities(keys: readonly Key[]): Observable<readonly (readonly [Key, Fields])[]> {
    const parts = Array.from({ length: Math.ceil(keys.length / identitiesPerRead) }, (_, i) => keys.slice(i * identitiesPerRead, (i + 1) * identitiesPerRead));
    return from(parts).pipe(
      concatMap((part) => this.sameTick.share(part.join(' '), () => this.database.identities(part)).pipe(map((texts) => part.flatMap((key, i) => this.remembered(key, texts[i] ?? null))))),
      reduce((all: readonly (readonly [Key, Fields])[], part) => [...all, ...part], []),
    );
  }

  private remembered(key: Key, text: string | null): readonly (readonly [Key, Fields])[] {
    if (text === null) return [];
    const fields = E.getOrElse((): Fields => ({}))(decodeFields(text));
    this.identities.set(key, fields);
    return [[key, fields]];
  }
}

/** What is found for each. */
const each = <Q, A>(questions: readonly Q[], ask: (question: Q) => Observable<A | undefined>): Observable<ReadonlyMap<Q, A>> =>
  from(questions).pipe(
    mergeMap((question) => ask(question).pipe(map((answer) => ({ question, answer }))), documentsAtOnce),
    reduce((found, { question, answer }) => (answer === undefined ? found : found.set(question, answer)), new Map<Q, A>()),
  );
