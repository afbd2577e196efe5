/** The store for browsers: over a given database, as a browser cannot connect to Redis. */
import { blissdataError } from '../model/errors.js';
import type { ESRFIdentityFields, IdentityFields, IdentityModel } from '../model/identity-model.js';
import type { Database } from '../ports/database.js';
import { DataStore as AnyDataStore } from '../store/data-store.js';
import type { StoreOptions } from '../store/store-options.js';

/**
 * A blissdata database, opened with `DataStore.over(database)`. Reading makes cold Observables: nothing happens before they are subscribed
 * to. Whatever has an effect (`createScan`, and all methods of writers) happens when it is called, and returns a Promise.
 *
 * @example
 * const store = DataStore.over(database);
 * store.scans$.pipe(mergeMap(({ key }) => store.loadScan(key))).subscribe((scan) => console.log(scan.identity.name));
 */
export class DataStore<F extends IdentityFields = ESRFIdentityFields> extends AnyDataStore<F> {
  /**
   * A store over any database that implements the ports, such as the in-memory one of `blissdata-rx/testing`. Unlike on Node, `waitForServer`
   * is true by default: a page is often open before its server is up, and its address is seldom typed in by hand.
   */
  static override over<F extends IdentityFields>(database: Database, options: StoreOptions<F> & { readonly identity: IdentityModel<F> }): DataStore<F>;
  static override over(database: Database, options?: StoreOptions): DataStore;
  static override over(database: Database, options?: StoreOptions): object {
    return super.over(database, { ...options, waitForServer: options?.waitForServer ?? true });
  }

  /** @throws InvalidUrl always: use `DataStore.over(database)`. */
  static connect(url: string): never {
    throw unsupported(url);
  }

  /** Always rejects with `InvalidUrl`: initialise databases from Node. */
  static init(url: string): Promise<never> {
    return Promise.reject(unsupported(url));
  }
}

/** Shows only the scheme of the URL: the rest, or what is no URL at all, may hold a password. */
function unsupported(url: unknown): Error {
  const [, scheme] = (typeof url === 'string' && /^([a-z][a-z\d+.-]*):\/\//i.exec(url)) || [];
  const received = scheme !== undefined ? `${scheme}://...` : typeof url === 'string' ? 'a text that is not a URL' : typeof url;
  return blissdataError('InvalidUrl', { expected: 'no URL of Redis in a browser, which cannot connect to it: use DataStore.over(database)', received });
}
