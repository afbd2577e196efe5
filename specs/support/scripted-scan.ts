/** A scan in memory whose publisher acts when a marble diagram says so. */
import type { Observable } from 'rxjs';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import type { MemoryServer } from '../../lib/memory/memory-server.js';
import type { Json } from '../../lib/model/json.js';
import { ScanState } from '../../lib/model/scan-state.js';
import type { Database } from '../../lib/ports/database.js';
import type { Id, Key } from '../../lib/ports/keys.js';
import { encodeScanDocument } from '../../lib/wire/scan-document.js';
import { originId } from '../../lib/wire/stream-id.js';
import { bytesOf, sampleScan, streamKeyOf } from '../contract/samples.js';

const pkOf = (key: Key): string => key.slice(key.lastIndexOf(':') + 1);

/** The states by the letters of a diagram. */
const states: Readonly<Record<string, ScanState>> = { C: ScanState.CREATED, P: ScanState.PREPARED, S: ScanState.STARTED, T: ScanState.STOPPED, X: ScanState.CLOSED };

/** The letter of a state in a diagram. */
export const letterOf = (state: number): string => Object.keys(states).find((letter) => states[letter] === state) ?? '?';

export class ScriptedScan {
  readonly key: Key;
  readonly stateKey: Key;
  /** What the scan's JSON says of its streams and of itself from the next step on. */
  info: Readonly<Record<string, Json>> = {};
  private stateId: Id = originId;
  private readonly streams = new Map<string, { readonly key: Key; readonly encoding: string; next: number }>();
  /** Without latency: what a diagram says happens in its very frame. */
  private readonly database: Database;

  constructor(
    private readonly server: MemoryServer,
    private readonly n = 1,
  ) {
    const { key, stateKey } = sampleScan(n);
    this.key = key;
    this.stateKey = stateKey;
    this.database = memoryDatabase({ server });
  }

  /** Declares a stream of JSON values, or of another encoding; readers see it from the next step on. Gives its Redis key. */
  declare(name: string, encoding = '{"type":"json"}'): Key {
    const key = streamKeyOf(this.n * 1000 + this.streams.size);
    this.streams.set(name, { key, encoding, next: 0 });
    return key;
  }

  /** Takes a step; CREATED also announces the scan. */
  step(state: ScanState): void {
    const json = encodeScanDocument({
      pk: pkOf(this.key),
      identityPk: pkOf(streamKeyOf(this.n)),
      identity: { name: `scan${this.n}`, number: this.n, data_policy: 'esrf', session: null, proposal: null, collection: null, dataset: null, path: null },
      info: JSON.stringify(this.info),
      statePk: pkOf(this.stateKey),
      streams: new Map([...this.streams].map(([name, { key, encoding }]) => [name, { pk: pkOf(key), encoding, info: '{}' }])),
    });
    this.database.commit({ key: this.key, json, stateKey: this.stateKey, state, after: this.stateId, announce: state === ScanState.CREATED }).subscribe((result) => {
      if (result._tag === 'committed') this.stateId = result.id;
    });
  }

  /** Takes the step of each letter, C P S T X; an error deletes the scan. */
  walk(steps$: Observable<string>): void {
    steps$.subscribe({ next: (letter) => this.step(states[letter] ?? ScanState.CREATED), error: () => this.delete() });
  }

  /** Each value becomes an entry of the stream; completion seals it, an error deletes the scan. */
  publish(values$: Observable<Json>, name: string): void {
    values$.subscribe({ next: (value) => this.append(name, JSON.stringify(value)), complete: () => this.seal(name), error: () => this.delete() });
  }

  /** Appends an entry of one point. */
  append(name: string, payload: string): void {
    const stream = this.stream(name);
    this.server.putEntry(stream.key, { index: stream.next++, len: 1, payload: bytesOf(payload) });
  }

  seal(name: string): void {
    const { key, next } = this.stream(name);
    this.database.seal({ key, scan: this.key, length: next }).subscribe();
  }

  /** As blissdata deletes: everything has 10 seconds to live, and counts as deleted from now on. */
  delete(): void {
    this.server.expire([this.key, this.stateKey, ...[...this.streams.values()].map(({ key }) => key)], 10_000);
  }

  private stream(name: string): { readonly key: Key; next: number } {
    const stream = this.streams.get(name);
    if (stream === undefined) throw new Error(`the scan of this test has no stream ${name}`);
    return stream;
  }
}
