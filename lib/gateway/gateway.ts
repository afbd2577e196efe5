/** Starts a gateway: a relay in front of a database, behind a web server. */
/// <reference lib="esnext.disposable" preserve="true" />
import { asyncScheduler, endWith, firstValueFrom, from, race, Subscription, tap } from 'rxjs';
import { hdf5Files } from '../files/array-files.js';
import { after } from '../model/time.js';
import type { Database } from '../ports/database.js';
import { readCredentials } from './access/credentials.js';
import { gatekeeper } from './access/gatekeeper.js';
import { Tokens } from './access/tokens.js';
import { asksForTokens, checkOptions, defaultConnections, defaultPort, type GatewayOptions } from './gateway-options.js';
import { Admission } from './http/admission.js';
import { Connections } from './http/connections.js';
import { filesOf, Pages } from './http/pages.js';
import { inUrl } from './http/peer.js';
import { checkPlace, openPlace, type ConnectedStore, type Place } from './http/place.js';
import { securityHeaders } from './http/responses.js';
import { routes } from './http/routes.js';
import { WebServer } from './http/web-server.js';
import { closeCodes } from './protocol/close-codes.js';
import { defaultLimits, writingMessage } from './protocol/limits.js';
import { Relay } from './relay/relay.js';
import { countedDatabase } from './reports/counted-database.js';
import { concernsOperator, GatewayLog, shownError } from './reports/gateway-log.js';
import { callLabel, Metrics } from './reports/metrics.js';
import { Readiness } from './reports/readiness.js';
import { statusLog } from './reports/status-log.js';

/** A gateway at work. */
export interface Gateway extends AsyncDisposable {
  /** Where it listens, such as `http://127.0.0.1:8765`: for browsers, and for `DataStore.connect`. */
  readonly url: string;
  readonly port: number;
  /**
   * Reads the token file, the certificate and its key again. Connections whose token is no more are closed; those whose rights have
   * changed come back with the new ones. Rejects, and changes nothing, if one of the files is not as it should be.
   */
  reload(): Promise<void>;
  /**
   * Lets nothing new in and asks all clients to come back, within `drain` ms (5,000 by default), to whatever is at this address by then;
   * then closes what is left, and the connections to the database. A database that was given stays open.
   */
  close(options?: { readonly drain?: number }): Promise<void>;
}

const defaultDrain = 5000;
/** How long the last sockets may take to close, in ms. */
const closeWithin = 2000;
/** Connections beside the WebSockets, for pages and health. */
const otherConnections = 256;
const otherConnectionsOfAddress = 32;

/**
 * Starts a gateway: serves a blissdata database to browsers, over WebSockets, and to Node where Redis is not to be reached.
 * Resolves when it listens; a database that is away by then is waited for.
 *
 * Without tokens it lets in what runs on the same machine, and nothing else. It is read-only, unless `allowWrite` or `allowDelete` say
 * otherwise.
 *
 * Rejects with `InvalidArgument`, `InvalidUrl`, `PortInUse`, and `FileNotReadable` for the token file, the certificate, the pages.
 *
 * @param database a URL as `DataStore.connect` takes it; a store that it has returned, of which the gateway takes over the URL, the options for Redis and
 *   the identity, with connections of its own; or a database that implements the ports and is used by nothing else
 *
 * @example
 * const server = await gateway('redis://localhost:6379', { port: 0 });
 * console.log(`DataStore.connect('${server.url}')`);
 * await server.close();
 */
export async function gateway(database: string | ConnectedStore | Database, options: GatewayOptions = {}): Promise<Gateway> {
  checkOptions(options);
  const place = openPlace(database, options);
  const running = new Subscription();
  try {
    return await start(place, options, running);
  } catch (error) {
    running.unsubscribe();
    await firstValueFrom(place.close(), { defaultValue: undefined });
    throw error;
  }
}

/** @param running ends what runs beside the web server */
async function start(place: Place, options: GatewayOptions, running: Subscription): Promise<Gateway> {
  const { name = 'blissdata', host = '127.0.0.1', port = defaultPort, scheduler = asyncScheduler, origins = [], trustProxy = false, allowWrite = false, allowDelete = false, gather, files } = options;
  const { connections: most, connectionsPerAddress, ...limits } = { ...defaultConnections, ...options.limits };
  const { message: reading = defaultLimits.message } = limits;
  const log = new GatewayLog(options.log, scheduler);
  const { grants, certificate, warnings } = await readCredentials(options, place.model);
  const pages = new Pages(typeof options.pages === 'string' ? await filesOf(options.pages) : (options.pages ?? new Map()));
  for (const warning of warnings) log.warn('warning', warning);
  running.add(statusLog(place.database.status$, log));
  const problem = await firstValueFrom(checkPlace(place, options));
  if (problem !== undefined) log.warn('warning', problem);

  const metrics = new Metrics();
  running.add(() => metrics.close());
  const tokens = grants === undefined ? undefined : new Tokens(grants);
  const database = countedDatabase(place.database, (kind) => metrics.requested(kind));
  const ask = gatekeeper({ name, tokens, authorize: options.authorize, allowWrite, allowDelete, scheduler, failed: log.failed });
  const relay = new Relay({
    database,
    name,
    model: place.model,
    authorize: (visitor) => ask(visitor).pipe(tap(({ write = false }) => connections.permit(visitor.connection, write))),
    scheduler,
    limits,
    events: {
      ...metrics.relayEvents,
      opened: (session, visitor) => log.connection('opened', 'A client has connected', { session, ...addressOf(visitor) }),
      failed: (call, error) => {
        if (concernsOperator(error)) log.stranger('failed', `A request failed: ${callLabel(call)}`, { reason: shownError(error) });
      },
      closed: (session, code, _, visitor) => log.connection('closed', 'A connection has ended', { session, code, ...addressOf(visitor) }),
    },
    ...(gather === undefined ? {} : { gather }),
    ...(files === undefined ? {} : { files: 'read' in files ? files : hdf5Files({ root: files, scheduler }) }),
  });
  running.add(() => relay.close());
  const admission = new Admission({ host, origins, remote: asksForTokens(options), connections: most, connectionsPerAddress });
  const connections = new Connections({
    admission,
    mostBytes: { reading, writing: allowWrite ? Math.max(reading, writingMessage) : reading },
    scheduler,
    accept: (socket, visitor) => relay.accept(socket, visitor),
    opened: () => metrics.connected(),
    closed: (code) => metrics.disconnected(code),
    failed: log.failed,
  });
  const server = new WebServer({
    admission,
    headers: securityHeaders(options.embedOrigins ?? []),
    trustProxy,
    tls: certificate,
    answer: routes({ readiness: new Readiness(place.database, scheduler), metrics: () => metrics.text({ connections: admission.connections, relay: relay.state }), isDraining: () => admission.draining, pages }),
    upgrade: (request, socket, head, peer) => connections.upgrade(request, socket, head, peer),
    refused: (reason, { address }) => {
      metrics.refusedFor(reason);
      log.stranger('refused', 'A request was refused', { reason, address });
    },
    failed: log.failed,
  });
  running.add(() => connections.close(closeCodes.restart, 'the gateway is closing'));

  const listening = await server.listen(host, port, { connections: most + otherConnections, ofAddress: trustProxy ? Infinity : connectionsPerAddress + otherConnectionsOfAddress });
  const url = `${certificate === undefined ? 'http' : 'https'}://${host === '0.0.0.0' || host === '::' ? 'localhost' : inUrl(host)}:${listening}`;
  log.info('listening', asksForTokens(options) ? `Listening at ${url}` : `Listening at ${url}. No tokens: only this machine may connect`);

  const shutDown = async (drain: number): Promise<void> => {
    admission.draining = true;
    log.info('draining', `Going down: clients are to come back within ${drain} ms`);
    const web = server.close();
    await firstValueFrom(race(relay.drain(drain).pipe(endWith(undefined)), from(connections.whenEmpty())));
    running.unsubscribe();
    const ended = Promise.all([connections.whenEmpty(), web.closed]);
    await firstValueFrom(race(from(ended), after(closeWithin, scheduler)));
    connections.terminate();
    web.end();
    await ended;
    await firstValueFrom(place.close(), { defaultValue: undefined });
    log.info('stopped', 'Stopped');
  };
  let closing: Promise<void> | undefined;
  const close = ({ drain = defaultDrain }: { readonly drain?: number } = {}): Promise<void> => (closing ??= shutDown(drain));

  return {
    url,
    port: listening,
    close,
    [Symbol.asyncDispose]: () => close(),
    reload: async () => {
      const renewed = await readCredentials(options, place.model);
      for (const warning of renewed.warnings) log.warn('warning', warning);
      if (renewed.certificate !== undefined) server.renew(renewed.certificate);
      if (renewed.grants !== undefined) tokens?.replace(renewed.grants);
      if (tokens !== undefined) connections.review((connection) => tokens.standing(connection));
      log.info('reloaded', 'Tokens and certificate were read again');
    },
  };
}

const addressOf = ({ address }: { readonly address?: string }): { readonly address?: string } => (address === undefined ? {} : { address });
