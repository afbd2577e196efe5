/** The store for Node: on a Redis server or over a gateway, by its URL. */
import type { Token } from '../gateway/client/connection.js';
import { gatewayDatabase } from '../gateway/client/gateway-database.js';
import { isGatewayUrl } from '../gateway/client/gateway-url.js';
import { ESRFIdentity, type ESRFIdentityFields, type IdentityFields, type IdentityModel } from '../model/identity-model.js';
import type { Database } from '../ports/database.js';
import { nodeTls } from '../redis/connection/connection-options.js';
import { initialise } from '../redis/commands/initialise.js';
import { redisDatabase, type RedisDatabaseOptions } from '../redis/redis-database.js';
import { DataStore as AnyDataStore } from '../store/data-store.js';
import type { StoreOptions } from '../store/store-options.js';
import { comesFrom } from './reopen.js';
import { webSockets } from './web-socket.js';

export interface ConnectOptions<F extends IdentityFields = ESRFIdentityFields> extends StoreOptions<F>, RedisDatabaseOptions {
  /** What a gateway asks for, or a function that gives it, for each connection and again before the token expires. It stands in no URL, error or log. */
  readonly token?: Token;
}

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
   *
   * Or through a gateway (`blissdata-rx gateway`), `ws://host[:port]` or `wss://` for TLS, also as `http://` and `https://`: everything is the same there, as
   * far as the gateway grants it (`AccessDenied`; also without a token where it wants one). Of `connection` only `tls` applies. Files that the
   * gateway serves are read through it, unless there are `files`.
   *
   * @example
   * const store = DataStore.connect('wss://gateway:8765', { token: process.env.BLISSDATA_TOKEN });
   */
  static connect(url: string): DataStore;
  static connect<F extends IdentityFields = ESRFIdentityFields>(url: string, options: ConnectOptions<F> & { readonly identity: IdentityModel<F> }): DataStore<F>;
  static connect(url: string, options?: ConnectOptions): DataStore;
  static connect(url: string, options: ConnectOptions<IdentityFields> = {}): object {
    if (!isGatewayUrl(url)) {
      const origin = { open: () => redisDatabase(url, options), model: options.identity ?? ESRFIdentity };
      return comesFrom(new DataStore(origin.open(), origin.model, options), origin);
    }
    const { token, scheduler, connection } = options;
    const database = gatewayDatabase(url, { openSocket: webSockets(nodeTls(connection?.tls ?? {})), token, scheduler });
    // Which files there are is known once the gateway has answered.
    return new DataStore(database, options.identity ?? ESRFIdentity, { ...options, get files() { return options.files ?? database.files; } });
  }

  /** A store over any database that implements the ports, such as the in-memory one of `blissdata-rx/testing`. */
  static override over<F extends IdentityFields>(database: Database, options: StoreOptions<F> & { readonly identity: IdentityModel<F> }): DataStore<F>;
  static override over(database: Database, options?: StoreOptions): DataStore;
  static override over(database: Database, options?: StoreOptions): object {
    return super.over(database, options);
  }

  /**
   * Initialises an empty database for blissdata, including its Python clients. Rejects with `DatabaseNotEmpty` or `MissingModule`,
   * having changed nothing, or with `InvalidUrl` (also for a gateway's URL: only Redis itself can be initialised), `InvalidArgument`, `Disconnected`.
   */
  static init(url: string, options: Pick<ConnectOptions<IdentityFields>, 'identity' | 'connection'> = {}): Promise<void> {
    return initialise(url, options.identity ?? ESRFIdentity, options.connection);
  }
}
