/** The store as browsers have it: over a database that is there already. */
import { blissdataError } from '../model/errors.js';
import { ESRFIdentity, type ESRFIdentityFields, type IdentityFields, type IdentityModel } from '../model/identity-model.js';
import type { Database } from '../ports/database.js';
import { DataStore as AnyDataStore } from '../store/data-store.js';
import type { StoreOptions } from '../store/store-options.js';

/** A blissdata database, as in Node, but for `connect` and `init`: a browser cannot open a connection to Redis. */
export class DataStore<F extends IdentityFields = ESRFIdentityFields> extends AnyDataStore<F> {
  /** A store over any database that has the ports, such as the in-memory one of `blissdata-rx/testing`. */
  static override over<F extends IdentityFields>(database: Database, options: StoreOptions<F> & { readonly identity: IdentityModel<F> }): DataStore<F>;
  static override over(database: Database, options?: StoreOptions): DataStore;
  static override over(database: Database, options: StoreOptions<IdentityFields> = {}): object {
    return new DataStore(database, options.identity ?? ESRFIdentity, options);
  }

  /** @throws InvalidUrl always: use `DataStore.over(database)`. */
  static connect(url: string): never {
    throw notFromBrowsers(url);
  }

  /** Rejects with `InvalidUrl` always: databases are set up from Node. */
  static init(url: string): Promise<never> {
    return Promise.reject(notFromBrowsers(url));
  }
}

/** The URL may hold a password: only its scheme is shown. */
const notFromBrowsers = (url: string): Error =>
  blissdataError('InvalidUrl', { expected: 'no URL of Redis in a browser, which cannot connect to it: use DataStore.over(database)', received: `${url.split(':')[0] ?? ''}://...` });
