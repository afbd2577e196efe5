/** A scan as the memory tracker knows it: its keys, its state, its last activity. */
import { map, of, switchMap, type Observable } from 'rxjs';
import type { IdentityFields, IdentityModel } from '../model/identity-model.js';
import { ScanState } from '../model/scan-state.js';
import type { Database } from '../ports/database.js';
import type { Id, Key } from '../ports/keys.js';
import type { Head } from '../ports/streams.js';
import { decodeScan, decodeState, type LoadedScan } from '../scan/snapshot.js';
import { streamKey } from '../wire/keys.js';
import { timeOf } from '../wire/stream-id.js';

export class TrackedScan {
  readonly stateKey: Key;
  private streams: readonly Key[] = [];
  private present: ScanState = ScanState.CREATED;
  private stateId: Id = '';
  private readonly lastIds = new Map<Key, Id>();
  private activity = 0;

  constructor(
    private readonly model: IdentityModel,
    readonly key: Key,
    loaded: LoadedScan<IdentityFields>,
  ) {
    this.stateKey = streamKey(model.prefix, loaded.document.statePk);
    this.take(loaded);
  }

  get state(): ScanState {
    return this.present;
  }

  /** The streams that may hold points: those of a scan that is prepared. */
  get streamKeys(): readonly Key[] {
    return this.present >= ScanState.PREPARED ? this.streams : [];
  }

  /** All keys of the scan. */
  get keys(): readonly Key[] {
    return [...this.streams, this.stateKey, this.key];
  }

  /** When the scan last changed its state or one of its streams was found longer, in ms of the server's clock. */
  get lastActivity(): number {
    return this.activity;
  }

  /** Reads the state, and the scan's JSON if the state has changed. Errors with `ScanValidation`, and keeps the streams known before. */
  update(database: Database): Observable<void> {
    return database.logTail(this.stateKey, { count: 1 }).pipe(
      switchMap(([entry]) => {
        if (entry === undefined || entry.id === this.stateId) return of(undefined);
        this.activeAt(timeOf(entry.id));
        this.stateId = entry.id;
        this.present = decodeState(this.key, entry);
        return database.scan(this.key, this.stateKey).pipe(map((record) => this.take(decodeScan(this.model, this.key, record))));
      }),
    );
  }

  noteHead({ key, lastId }: Head, now: number): void {
    if (this.lastIds.get(key) === lastId) return;
    this.lastIds.set(key, lastId);
    this.activeAt(now);
  }

  private take({ document, state, stateId }: LoadedScan<IdentityFields>): void {
    this.present = state;
    this.stateId = stateId;
    this.streams = [...document.streams.values()].map(({ pk }) => streamKey(this.model.prefix, pk));
    this.activeAt(timeOf(stateId));
  }

  private activeAt(time: number): void {
    this.activity = Math.max(this.activity, time);
  }
}
