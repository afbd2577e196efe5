/** The options of a gateway, and what they are by default. */
import type { SchedulerLike } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { IdentityModel } from '../model/identity-model.js';
import type { ArrayFiles } from '../ports/files.js';
import type { ConnectionOptions } from '../redis/connection/connection-options.js';
import { received } from '../wire/problems.js';
import type { GatewayLogEntry } from './reports/log.js';
import { isLoopback } from './http/peer.js';
import type { Limits } from './protocol/limits.js';
import type { Authorize } from './relay/authorize.js';
import type { GatewayToken } from './access/token-file.js';

export interface GatewayOptions {
  /** The name of the database that clients are shown, in place of its address; `blissdata` by default. */
  readonly name?: string;
  /** What identifies scans at this institute; by default the store's where one is given, otherwise the ESRF's. */
  readonly identity?: IdentityModel;
  /** Options of the connections to Redis, where a URL is given. */
  readonly connection?: ConnectionOptions;

  /** The address to listen on; `127.0.0.1` by default. Any other than this machine's own needs tokens. */
  readonly host?: string;
  /** 8765 by default; 0 for any free one. */
  readonly port?: number;
  /** Paths of a certificate and its key in PEM, for `https` and `wss`; plain `http` and `ws` by default. */
  readonly cert?: string;
  readonly key?: string;
  /** Whether a proxy in front may say by `X-Forwarded-For`, `-Proto` and `-Host` who asks; only where nothing else can reach the port. False by default. */
  readonly trustProxy?: boolean;

  /** Who may connect and what they may do. Without these and `tokenFile` and `authorize`: whatever runs on this machine, and nothing else. */
  readonly tokens?: readonly GatewayToken[];
  /** The path of a file with tokens, one a line: `token role[,role] [criteria]`. Read again by `reload()`. */
  readonly tokenFile?: string;
  /** Asked for the rights of each connection, in place of tokens: by a JWT, a cookie, a database. `AccessDenied` refuses it. */
  readonly authorize?: Authorize;
  /** Lets those publish who have the right; false by default. */
  readonly allowWrite?: boolean;
  /** Lets those delete scans who have the right; false by default. */
  readonly allowDelete?: boolean;

  /** Origins of pages of other servers that may connect, such as `https://control.example.org`; those that the gateway serves always may. */
  readonly origins?: readonly string[];
  /** Origins whose pages may show those of the gateway in a frame; none by default. */
  readonly embedOrigins?: readonly string[];
  /** Pages to serve: a folder, whose files are read at the start, or their bytes by name (`index.html`, `assets/main.js`). None by default. */
  readonly pages?: string | ReadonlyMap<string, Uint8Array>;

  /** Reads the files of saved streams, such as `hdf5Files({ root })` of `blissdata-rx/hdf5`; or the folders for it. None by default. */
  readonly files?: ArrayFiles | readonly string[];
  /** For how many ms new points are gathered before they are sent; 4 by default where more than 20 follow a stream, otherwise 0. */
  readonly gather?: number;
  readonly limits?: Partial<GatewayLimits>;

  /** Called with what happens; by default nothing is logged. */
  readonly log?: (entry: GatewayLogEntry) => void;
  /** Clock and timers; RxJS' `asyncScheduler` by default. */
  readonly scheduler?: SchedulerLike;
}

export interface GatewayLimits extends Limits {
  /** Connections in all, 1,000 by default, and of one address, 50. */
  readonly connections: number;
  readonly connectionsPerAddress: number;
}

export const defaultPort = 8765;
export const defaultConnections = { connections: 1000, connectionsPerAddress: 50 };
const longestGathering = 50;

/** Whether others than this machine may connect. */
export const asksForTokens = ({ tokens, tokenFile, authorize }: GatewayOptions): boolean => tokens !== undefined || tokenFile !== undefined || authorize !== undefined;

/** @throws InvalidArgument */
export function checkOptions(options: GatewayOptions): void {
  const { host = '127.0.0.1', port = defaultPort, cert, key, tokens, tokenFile, authorize, origins = [], embedOrigins = [], gather = 0, limits = {} } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw invalid('port', 'a number from 0 to 65535', port);
  if (!isLoopback(host) && host !== 'localhost' && !asksForTokens(options)) throw invalid('host', 'an address of this machine alone, such as 127.0.0.1, as there are no tokens: give a token file to let others connect', host);
  if ((cert === undefined) !== (key === undefined)) throw invalid('cert and key', 'both or none', 'one');
  if (authorize !== undefined && (tokens !== undefined || tokenFile !== undefined)) throw invalid('authorize', 'no tokens besides', 'both');
  for (const origin of [...origins, ...embedOrigins]) if (!isOrigin(origin)) throw invalid('origin', 'a scheme, a host and perhaps a port, such as https://control.example.org', origin);
  if (!(gather >= 0 && gather <= longestGathering)) throw invalid('gather', `a time from 0 to ${longestGathering} ms`, gather);
  for (const [name, limit] of Object.entries(limits)) if (!Number.isSafeInteger(limit) || limit < 1) throw invalid(`limits.${name}`, 'an integer above 0', limit);
}

function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

const invalid = (argument: string, expected: string, value: unknown): Error => blissdataError('InvalidArgument', { argument, expected, received: received(value) });
