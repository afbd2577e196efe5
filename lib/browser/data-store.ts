/** The store for browsers: over any database but Redis, to which a page cannot connect. */
import { blissdataError } from '../model/errors.js';
import type { ESRFIdentityFields, IdentityFields, IdentityModel } from '../model/identity-model.js';
import type { Database } from '../ports/database.js';
import { DataStore as AnyDataStore } from '../store/data-store.js';
import type { StoreOptions } from '../store/store-options.js';

/**
 * A blissdata database, as on Node but for `connect` and `init`.
 *
 * @example
 * const store = DataStore.over(database);
 * store.scans$.pipe(mergeMap(({ key }) => store.loadScan(key))).subscribe((scan) => console.log(scan.identity.name));
 */
export class DataStore<F extends IdentityFields = ESRFIdentityFields> extends AnyDataStore<F> {
  /**
   * A store over any database that has the ports, such as the in-memory one of `blissdata-rx/testing`. Unlike on Node, `waitForServer` is
   * true by default: a page is often open before its server is up, and its address is seldom typed in by hand.
   */
  static override over<F extends IdentityFields>(database: Database, options: StoreOptions<F> & { readonly identity: IdentityModel<F> }): DataStore<F>;
  static override over(database: Database, options?: StoreOptions): DataStore;
  static override over(database: Database, options?: StoreOptions): object {
    return super.over(database, { waitForServer: true, ...options });
  }

  /** @throws InvalidUrl for any URL: use `over` */
  static connect(url: string): never {
    throw notFromBrowsers(url);
  }

  /** Rejects with `InvalidUrl` for any URL: databases are set up from Node. */
  static init(url: string): Promise<never> {
    return Promise.reject(notFromBrowsers(url));
  }
}

/** The URL may hold a password: only its scheme is shown. */
const notFromBrowsers = (url: string): Error =>
  blissdataError('InvalidUrl', { expected: 'no URL in a browser, which cannot connect to Redis: use DataStore.over(database)', received: `${url.split(':')[0] ?? ''}://...` });
