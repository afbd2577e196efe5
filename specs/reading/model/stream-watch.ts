/** Watches what a server in memory holds of one stream, and writes down every version of it. */
import type { MemoryServer } from '../../../lib/memory/memory-server.js';
import type { Snapshot } from '../../../lib/memory/values.js';
import type { Key } from '../../../lib/ports/keys.js';
import type { Life, ScanChange, StoredEntry, Version } from './history.js';

export interface Saved {
  readonly data: Snapshot;
  readonly points: ReadonlyMap<number, number>;
  readonly overlapAt: number | undefined;
  readonly foreignSince: number | undefined;
}

const newLife = (since: number, after: Life['after']): Life => ({ since, after, initially: new Map(), points: new Map(), overlapAt: undefined, foreignSince: undefined });

export class StreamWatch {
  readonly versions: Version[] = [];
  readonly scanChanges: ScanChange[] = [];
  life: Life;
  private readonly watcher = { watches: () => true, changed: () => this.look(), flushed: () => this.look() };

  constructor(
    private readonly server: MemoryServer,
    private readonly key: Key,
    private readonly scan: Key,
  ) {
    this.life = newLife(server.scheduler.now(), 'nothing');
    server.keyspace.join(this.watcher);
    this.look();
  }

  get present(): Version {
    const version = this.versions.at(-1);
    if (version === undefined) throw new Error('the stream was never looked at');
    return version;
  }

  /** The index after the last point. */
  get length(): number {
    return this.present.sealed ?? Math.max(-1, ...this.life.points.keys()) + 1;
  }

  /** Writes down how it is, if it is not as it was. */
  look(): void {
    const at = this.server.scheduler.now();
    const ttl = this.server.ttlOf(this.scan);
    const is = ttl === null ? 'missing' : ttl <= 10_000 ? 'deleted' : 'there';
    const was = this.scanChanges.at(-1) ?? { is: 'there', at: 0 };
    // A deleted one is missing in the end.
    const expired = was.is === 'deleted' && is === 'missing' && at >= was.at + 10_000;
    if (is !== was.is && !expired) this.scanChanges.push({ at, is });
    const value = this.server.keyspace.peek(this.key);
    const stream = value?._tag === 'points' ? value : undefined;
    const before = this.versions.at(-1);
    if (before?.exists === true && before.life === this.life && stream === undefined) this.life = newLife(at, 'deletion');
    const entries = stream === undefined ? [] : entriesOf(stream.range(this.key, {}));
    for (const { first, values } of entries) values.forEach((one, i) => this.life.points.has(first + i) || this.life.points.set(first + i, one));
    const version = { at, life: this.life, exists: stream !== undefined, entries, sealed: stream?.sealed === true ? stream.length : undefined };
    if (before === undefined || before.life !== version.life || shown(before) !== shown(version)) this.versions.push(version);
  }

  save(): Saved {
    const { points, overlapAt, foreignSince } = this.life;
    return { data: this.server.save(), points: new Map(points), overlapAt, foreignSince };
  }

  /** The server has come back with what it had saved. */
  restored({ points, overlapAt, foreignSince }: Saved): void {
    this.life = { since: this.server.scheduler.now(), after: 'restart', initially: points, points: new Map(points), overlapAt, foreignSince };
    this.look();
  }

  stop(): void {
    this.server.keyspace.leave(this.watcher);
  }
}

const shown = ({ exists, entries, sealed }: Version): string => `${exists} ${entries[0]?.first} ${entries.length} ${entries.at(-1)?.first} ${sealed}`;

function entriesOf({ firsts, lens, bytes }: { readonly firsts: Float64Array; readonly lens: Float64Array; readonly bytes: Uint8Array }): readonly StoredEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let next = 0;
  return Array.from(firsts, (first, entry) => ({ first, values: Array.from({ length: lens[entry] ?? 0 }, () => view.getInt32(4 * next++, true)) }));
}
