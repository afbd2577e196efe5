/** How to reach the database of a store once more, for what needs connections of its own: shared ones would take each other's invalidations. */
import type { IdentityModel } from '../model/identity-model.js';
import type { Database } from '../ports/database.js';

export interface Origin {
  /** Another database at the same place, with the same options. */
  readonly open: () => Database;
  readonly model: IdentityModel;
}

const origins = new WeakMap<object, Origin>();

/** Remembers where a store comes from, for as long as there is the store; returns it. */
export function comesFrom<S extends object>(store: S, origin: Origin): S {
  origins.set(store, origin);
  return store;
}

/** Of a store that `DataStore.connect` has made for a Redis server. */
export const originOf = (store: object): Origin | undefined => origins.get(store);
