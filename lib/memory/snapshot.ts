/** What a server in memory held at one moment, to be restarted with later. */
import type { Key } from '../ports/keys.js';
import { Log } from './log.js';
import { PointStream } from './point-stream.js';
import type { Value } from './value.js';

/** Made by `server.save()`; does not change any more. */
export class Snapshot {
  private readonly values: ReadonlyMap<Key, Value>;
  /** @internal when keys expire */
  readonly deadlines: ReadonlyMap<Key, number>;

  /** @internal */
  constructor(values: ReadonlyMap<Key, Value>, deadlines: ReadonlyMap<Key, number>) {
    this.values = copied(values);
    this.deadlines = new Map(deadlines);
  }

  /** @internal a copy, which may be changed */
  copy(): ReadonlyMap<Key, Value> {
    return copied(this.values);
  }
}

const copied = (values: ReadonlyMap<Key, Value>): ReadonlyMap<Key, Value> =>
  new Map([...values].map(([key, value]) => [key, value instanceof PointStream || value instanceof Log ? value.copy() : value]));
