/** Redis Sentinel: asks the Sentinels which server is the master, and hears from them when another one takes over. */
import * as t from 'io-ts';
import { Redis } from 'ioredis';
import { longestTimer } from '../../model/time.js';
import { native, type BaseOptions } from './base-options.js';
import type { ConnectionTimes, SentinelOptions } from './connection-options.js';
import type { HostPort } from './redis-url.js';
import { decodeReply } from '../commands/replies.js';
import { watched } from './socket-watch.js';
import { nodeTls, type NodeTls } from './tls-options.js';

export interface Sentinels {
  /** Whether TLS is spoken to the Sentinels themselves. */
  readonly isTls: boolean;
  /** A connection to the master, which has yet to be found out and connected to. */
  readonly connection: (base: BaseOptions) => Redis;
  /** What the Sentinels said the master was when that connection asked, as `host:port`. */
  readonly placeOf: (redis: Redis) => string | undefined;
  /** Why they did not say, if they did not. */
  readonly problemOf: (redis: Redis) => string | undefined;
  /** To be told that what the first of them said was wrong: the next connection asks another one first. */
  readonly misled: () => void;
  /** Calls back with each master that any of the Sentinels names from now on; returns how to end that. */
  readonly watch: (named: (place: string) => void) => () => void;
}

export interface SentinelsOptions {
  readonly hosts: readonly HostPort[];
  readonly master: string;
  readonly times: ConnectionTimes;
  /** Whether TLS is spoken to the servers, and how. */
  readonly isTls: boolean;
  readonly tls: NodeTls;
  readonly options: SentinelOptions;
}

/** Where masters are announced: their name, the former place and the new one. */
const channel = '+switch-master';

/** Host and port; null for a master that a Sentinel does not know. */
const Place = t.union([t.null, t.tuple([t.string, t.string])]);

export function sentinels({ hosts, master, times, isTls, tls, options }: SentinelsOptions): Sentinels {
  const { username, password, natMap = {} } = options;
  const asked = [...hosts];
  const places = new WeakMap<Redis, string>();
  const problems = new WeakMap<Redis, string>();
  const { tls: own = isTls } = options;
  const security = own === false ? undefined : own === true ? tls : nodeTls(own);

  const connection = (base: BaseOptions): Redis => {
    const redis: Redis = new Redis({
      ...base,
      sentinels: asked.map((host) => ({ ...host })),
      name: master,
      role: 'master',
      ...(username === undefined ? {} : { sentinelUsername: username }),
      ...(password === undefined ? {} : { sentinelPassword: password }),
      ...(security === undefined ? {} : { sentinelTLS: security }),
      enableTLSForSentinelMode: isTls,
      // Asked once, each within its time: when to ask again is decided elsewhere.
      sentinelRetryStrategy: () => null,
      sentinelCommandTimeout: Math.min(times.connectTimeout, longestTimer),
      updateSentinels: false,
      // Watched here for all connections together.
      failoverDetector: false,
      natMap: (found) => {
        places.set(redis, found);
        return natMap[found] ?? null;
      },
    });
    redis.on('sentinelError', (error: Error) => problems.set(redis, [problems.get(redis), error.message].filter((text) => text !== undefined).join('; ')));
    return redis;
  };

  const watch = (named: (place: string) => void): (() => void) => {
    const watchers = hosts.map((host) => {
      const sentinel = watched(new Redis({
        ...host,
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
        ...(security === undefined ? {} : { tls: security }),
        ...native(times),
        // With it, one connection may both ask and listen.
        protocol: 3,
        lazyConnect: true,
        enableReadyCheck: false,
        autoResubscribe: false,
        maxRetriesPerRequest: 0,
        disconnectTimeout: 500,
        retryStrategy: (attempt) => Math.min(100 * 2 ** attempt, longestPauseMs),
      }), times);
      // One that is away is tried again; the others, and the connections themselves, tell as well.
      const away = (): void => undefined;
      sentinel.on('error', away);
      sentinel.on('message', (_, text: string) => {
        const [name, , , address, port] = text.split(' ');
        if (name === master && address !== undefined && port !== undefined) named(`${address}:${port}`);
      });
      sentinel.on('ready', () => {
        // What was announced before it listened is asked for.
        sentinel.subscribe(channel).then(async () => {
          const found = decodeReply(Place, 'SENTINEL', await sentinel.call('SENTINEL', ['GET-MASTER-ADDR-BY-NAME', master]));
          if (found !== null) named(found.join(':'));
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
    placeOf: (redis) => places.get(redis),
    problemOf: (redis) => problems.get(redis),
    misled: () => {
      const [first, ...others] = asked;
      if (first !== undefined) asked.splice(0, asked.length, ...others, first);
    },
    watch,
  };
}

/** How long a Sentinel that is away is left alone at the most. */
const longestPauseMs = 5000;
