/** A scan as its housekeeper sees it: where its data lie, how far it is, when something was last heard of it. */
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

  /** All that belongs to the scan. */
  get keys(): readonly Key[] {
    return [...this.streams, this.stateKey, this.key];
  }

  /** When the scan last changed its state, or one of its streams was seen to have grown; in ms of the server's clock. */
  get lastActivity(): number {
    return this.activity;
  }

  /** Looks at the state, and at the scan's JSON if that has changed. Errors with `ScanValidation`; the streams are then those known before. */
  update(database: Database): Observable<void> {
    return database.logTail(this.stateKey, { count: 1 }).pipe(
      switchMap(([entry]) => {
        if (entry === undefined || entry.id === this.stateId) return of(undefined);
        this.heardOf(timeOf(entry.id));
        this.stateId = entry.id;
        this.present = decodeState(this.key, entry);
        return database.scan(this.key, this.stateKey).pipe(map((record) => this.take(decodeScan(this.model, this.key, record))));
      }),
    );
  }

  /** Takes note of where a stream stands. */
  saw({ key, lastId }: Head, now: number): void {
    if (this.lastIds.get(key) === lastId) return;
    this.lastIds.set(key, lastId);
    this.heardOf(now);
  }

  private take({ document, state, stateId }: LoadedScan<IdentityFields>): void {
    this.present = state;
    this.stateId = stateId;
    this.streams = [...document.streams.values()].map(({ pk }) => streamKey(this.model.prefix, pk));
    this.heardOf(timeOf(stateId));
  }

  private heardOf(time: number): void {
    this.activity = Math.max(this.activity, time);
  }
}
