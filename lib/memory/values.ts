/** What the keys of a server in memory hold, and snapshots of it. */
import type { Key } from '../ports/keys.js';
import { Log } from './log.js';
import { PointStream } from './point-stream.js';

/** The value of a key; `json` is a scan's document. */
export type Value = PointStream | Log | { readonly _tag: 'json'; readonly text: string } | { readonly _tag: 'text'; readonly text: string };
export type ValueOf<Tag extends Value['_tag']> = Extract<Value, { readonly _tag: Tag }>;

/** What a server held at one moment, to restart with later. Made by `server.save()`; immutable. */
export class Snapshot {
  private readonly values: ReadonlyMap<Key, Value>;
  /** @internal when keys expire */
  readonly deadlines: ReadonlyMap<Key, number>;

  /** @internal */
  constructor(values: ReadonlyMap<Key, Value>, deadlines: ReadonlyMap<Key, number>) {
    this.values = copied(values);
    this.deadlines = new Map(deadlines);
  }

  /** @internal a copy, which the server may change */
  copy(): ReadonlyMap<Key, Value> {
    return copied(this.values);
  }
}

const copied = (values: ReadonlyMap<Key, Value>): ReadonlyMap<Key, Value> =>
  new Map([...values].map(([key, value]) => [key, value instanceof PointStream || value instanceof Log ? value.copy() : value]));
