/** The store for Node: on a Redis server, by its URL. */
import { ESRFIdentity, type ESRFIdentityFields, type IdentityFields, type IdentityModel } from '../model/identity-model.js';
import { initialise } from '../redis/commands/initialise.js';
import { redisDatabase, type RedisDatabaseOptions } from '../redis/redis-database.js';
import { DataStore as AnyDataStore } from '../store/data-store.js';
import type { StoreOptions } from '../store/store-options.js';

export interface ConnectOptions<F extends IdentityFields = ESRFIdentityFields> extends StoreOptions<F>, RedisDatabaseOptions {}

/**
 * A blissdata database. Reading makes cold Observables: nothing happens before they are subscribed to. Whatever has an effect
 * (`createScan`, and all methods of writers) happens when it is called, and returns a Promise.
 *
 * @example
 * const store = DataStore.connect('redis://localhost:6379');
 * store.scans$.pipe(mergeMap(({ key }) => store.loadScan(key))).subscribe((scan) => console.log(scan.identity.name));
 */
export class DataStore<F extends IdentityFields = ESRFIdentityFields> extends AnyDataStore<F> {
  /**
   * A store on a Redis server, `redis://[user:password@]host[:port][/db]` or `rediss://` for TLS. Returns at once and connects
   * on first use, which errors if the URL is invalid (`InvalidUrl`), the server does not answer (`Disconnected`), or the database is not
   * initialised (`NotInitialized`) or has another protocol version (`ProtocolVersionMismatch`).
   */
  static connect(url: string): DataStore;
  static connect<F extends IdentityFields = ESRFIdentityFields>(url: string, options: ConnectOptions<F> & { readonly identity: IdentityModel<F> }): DataStore<F>;
  static connect(url: string, options?: ConnectOptions): DataStore;
  static connect(url: string, options: ConnectOptions<IdentityFields> = {}): object {
    return new DataStore(redisDatabase(url, options), options.identity ?? ESRFIdentity, options);
  }

  /**
   * Initialises an empty database for blissdata, including its Python clients. Rejects with `DatabaseNotEmpty` or `MissingModule`,
   * having changed nothing, or with `InvalidUrl`, `InvalidArgument`, `Disconnected`.
   */
  static init(url: string, options: Pick<ConnectOptions<IdentityFields>, 'identity' | 'connection'> = {}): Promise<void> {
    return initialise(url, options.identity ?? ESRFIdentity, options.connection);
  }
}
