/** The store for browsers: over a gateway, as a browser cannot connect to Redis, or over a given database. */
import * as E from 'fp-ts/lib/Either.js';
import { gatewayDatabase } from '../gateway/client/gateway-database.js';
import { gatewayUrl, invalidUrl } from '../gateway/client/gateway-url.js';
import type { Token } from '../gateway/client/connection.js';
import { ESRFIdentity, type ESRFIdentityFields, type IdentityFields, type IdentityModel } from '../model/identity-model.js';
import type { Database } from '../ports/database.js';
import { DataStore as AnyDataStore } from '../store/data-store.js';
import type { StoreOptions } from '../store/store-options.js';
import { openWebSocket, silence } from './web-socket.js';

export interface ConnectOptions<F extends IdentityFields = ESRFIdentityFields> extends StoreOptions<F> {
  /** What the gateway asks for, or a function that gives it, for each connection and again before the token expires. It stands in no URL, error or log. */
  readonly token?: Token;
}

/**
 * A blissdata database, behind a gateway. Reading makes cold Observables: nothing happens before they are subscribed
 * to. Whatever has an effect (`createScan`, and all methods of writers) happens when it is called, and returns a Promise.
 *
 * @example
 * const store = DataStore.connect('wss://host:8765', { token });
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

  /**
   * A store over a gateway (`blissdata-rx gateway`), `wss://host[:port]` or `ws://`. Returns at once and connects on first use. Waits for a gateway
   * that is away, unless `waitForServer` is false; everything errors with `AccessDenied` where the gateway refuses the token, with
   * `GatewayMismatch` where it speaks another version of the protocol, and otherwise as on Node. Files that the gateway serves are read through it.
   *
   * @throws InvalidUrl for a URL of Redis, to which a browser cannot connect, and for one with a password or a query
   * @example
   * const store = DataStore.connect('wss://host:8765', { token: () => askForToken() });
   */
  static connect(url: string): DataStore;
  static connect<F extends IdentityFields = ESRFIdentityFields>(url: string, options: ConnectOptions<F> & { readonly identity: IdentityModel<F> }): DataStore<F>;
  static connect(url: string, options?: ConnectOptions): DataStore;
  static connect(url: string, options: ConnectOptions<IdentityFields> = {}): object {
    const address = gatewayUrl(url);
    if (E.isLeft(address)) throw address.left;
    const { token, scheduler, waitForServer = true } = options;
    const database = gatewayDatabase(url, { openSocket: openWebSocket, token, scheduler, silence });
    // Which files there are is known once the gateway has answered.
    return new DataStore(database, options.identity ?? ESRFIdentity, { ...options, waitForServer, get files() { return options.files ?? database.files; } });
  }

  /** Always rejects with `InvalidUrl`: a database is initialised from Node. */
  static init(url: string): Promise<never> {
    return Promise.reject(invalidUrl('no URL in a browser: databases are initialised from Node', url));
  }
}
