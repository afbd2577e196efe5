/** Redis Sentinel: finds the master, and reports when another server takes over. */
import * as t from 'io-ts';
import { Redis } from 'ioredis';
import { longestTimer } from '../../model/time.js';
import { nativeTimes, nodeTls, type BaseOptions, type ConnectionTimes, type NodeTls, type SentinelOptions } from './connection-options.js';
import { decodeReply } from './decode-reply.js';
import type { HostPort } from './redis-url.js';
import { withTimeouts } from './socket-watch.js';

export interface Sentinels {
  /** Whether the Sentinels themselves are contacted over TLS. */
  readonly isTls: boolean;
  /** A connection that will look up the master and connect to it. */
  readonly connection: (base: BaseOptions) => Redis;
  /** Whether a server of this role, in the words of the command HELLO, is one to work with. */
  readonly serves: (role: unknown) => boolean;
  /** The master that the Sentinels named for a connection, as `host:port`; `undefined` where replicas are read, which a failover leaves alone. */
  readonly placeOf: (redis: Redis) => string | undefined;
  /** Why they named none. */
  readonly problemOf: (redis: Redis) => string | undefined;
  /** Reports that the first Sentinel was wrong: the next connection asks another one first. */
  readonly misled: () => void;
  /** Calls back with each master that any Sentinel names from now on; returns how to stop. */
  readonly watch: (named: (place: string) => void) => () => void;
}

interface SentinelsOptions {
  readonly hosts: readonly HostPort[];
  readonly master: string;
  readonly times: ConnectionTimes;
  /** Whether the servers speak TLS, and how. */
  readonly isTls: boolean;
  readonly tls: NodeTls;
  readonly options: SentinelOptions;
}

/** Announces masters: the name, the old address and the new one. */
const channel = '+switch-master';

/** Host and port; null for an unknown master. */
const Place = t.union([t.null, t.tuple([t.string, t.string])]);

export function sentinels({ hosts, master, times, isTls, tls, options }: SentinelsOptions): Sentinels {
  const { username, password, natMap = {}, role = 'master' } = options;
  const order = [...hosts];
  const places = new WeakMap<Redis, string>();
  const problems = new WeakMap<Redis, string>();
  const { tls: own = isTls } = options;
  const security = own === false ? undefined : own === true ? tls : nodeTls(own);

  const connection = (base: BaseOptions): Redis => {
    const redis: Redis = new Redis({
      ...base,
      sentinels: order.map((host) => ({ ...host })),
      name: master,
      role: role === 'replica' ? 'slave' : 'master',
      ...(username === undefined ? {} : { sentinelUsername: username }),
      ...(password === undefined ? {} : { sentinelPassword: password }),
      ...(security === undefined ? {} : { sentinelTLS: security }),
      enableTLSForSentinelMode: isTls,
      // One attempt each, within its time: retrying is decided elsewhere.
      sentinelRetryStrategy: () => null,
      sentinelCommandTimeout: Math.min(times.connectTimeout, longestTimer),
      updateSentinels: false,
      // `watch` does this once for all connections.
      failoverDetector: false,
      natMap: (place) => {
        places.set(redis, place);
        return natMap[place] ?? null;
      },
    });
    redis.on('sentinelError', (error: Error) => problems.set(redis, [problems.get(redis), error.message].filter((text) => text !== undefined).join('; ')));
    return redis;
  };

  const watch = (named: (place: string) => void): (() => void) => {
    const watchers = hosts.map((host) => {
      const sentinel = withTimeouts(new Redis({
        ...host,
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
        ...(security === undefined ? {} : { tls: security }),
        ...nativeTimes(times),
        // RESP3 lets one connection send commands while it is subscribed.
        protocol: 3,
        lazyConnect: true,
        enableReadyCheck: false,
        autoResubscribe: false,
        maxRetriesPerRequest: 0,
        disconnectTimeout: 500,
        retryStrategy: (attempt) => Math.min(100 * 2 ** attempt, longestPauseMs),
      }), times);
      // An unreachable Sentinel is retried; the others, and lost connections, reveal a failover as well.
      const away = (): void => undefined;
      sentinel.on('error', away);
      sentinel.on('message', (_, text: string) => {
        const [name, , , address, port] = text.split(' ');
        if (name === master && address !== undefined && port !== undefined) named(`${address}:${port}`);
      });
      sentinel.on('ready', () => {
        // Catches up on announcements from before the subscription.
        sentinel.subscribe(channel).then(async () => {
          const place = decodeReply(Place, 'SENTINEL', await sentinel.call('SENTINEL', ['GET-MASTER-ADDR-BY-NAME', master]));
          if (place !== null) named(place.join(':'));
        }).catch(away);
      });
      sentinel.connect().catch(away);
      return sentinel;
    });
    return () => {
      for (const sentinel of watchers) sentinel.disconnect();
    };
  };

  return {
    isTls: security !== undefined,
    connection,
    // A replica that has become the master meanwhile has the same data.
    serves: (found) => found === 'master' || (role === 'replica' && found === 'replica'),
    placeOf: (redis) => (role === 'replica' ? undefined : places.get(redis)),
    problemOf: (redis) => problems.get(redis),
    misled: () => {
      const [first, ...others] = order;
      if (first !== undefined) order.splice(0, order.length, ...others, first);
    },
    watch,
  };
}

/** The longest pause before an unreachable Sentinel is contacted again. */
const longestPauseMs = 5000;
