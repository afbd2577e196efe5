/** Sets up an empty Redis database for blissdata, for `DataStore.init`. */
import { createHash } from 'node:crypto';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import { ESRFIdentity, type IdentityModel } from '../../model/identity-model.js';
import { maxPrefixExpansions, protocolVersion, protocolVersionKey, requiredModules } from '../../wire/protocol.js';
import { searchIndex } from '../../wire/search-index.js';
import type { ConnectionOptions } from '../connection/connection-options.js';
import { decodeReply } from '../connection/decode-reply.js';
import { connected, hangUp } from '../connection/link.js';
import { parseAddress } from '../connection/redis-address.js';
import { commandError, isReplyError } from '../connection/redis-errors.js';
import { sealLibrary } from './seal.js';

/**
 * Creates the search index, the sealing function and the version key, exactly as the Python client does.
 * Rejects with `DatabaseNotEmpty`, `MissingModule`, `InvalidUrl`, `InvalidArgument` or `Disconnected` without changing anything.
 */
export async function initialise(url: string, model: IdentityModel = ESRFIdentity, options: ConnectionOptions = {}): Promise<void> {
  const address = parseAddress(url, options);
  if (E.isLeft(address)) throw address.left;
  const { shownUrl } = address.right;
  const redis = address.right.connection('commands');
  // An error of the connection fails the command in flight as well.
  redis.on('error', () => undefined);
  try {
    await connected(redis, address.right);
    await requireEmpty(redis, shownUrl);
    await requireModules(redis, shownUrl);
    await setUp(redis, model);
  } catch (error) {
    throw commandError(error, { url: shownUrl, command: 'init' });
  } finally {
    hangUp(redis);
  }
}

async function requireEmpty(redis: Redis, url: string): Promise<void> {
  const keys = await redis.dbsize();
  if (keys > 0) throw blissdataError('DatabaseNotEmpty', { url, keys });
}

async function requireModules(redis: Redis, url: string): Promise<void> {
  const modules = decodeReply(t.array(t.array(t.unknown)), 'MODULE LIST', await redis.call('MODULE', ['LIST']));
  const loaded = new Set(modules.map((properties) => properties[properties.indexOf('name') + 1]));
  const missing = requiredModules.filter((name) => !loaded.has(name));
  if (missing.length > 0) throw blissdataError('MissingModule', { url, missing });
}

async function setUp(redis: Redis, model: IdentityModel): Promise<void> {
  const index = searchIndex(model);
  await redis.call('FT.CREATE', [index.name, ...index.arguments]);
  await redis.set(index.hashKey, createHash('sha1').update(index.schemaText).digest('hex'));
  await redis.set(index.schemaKey, index.schemaText);
  await raisePrefixExpansions(redis);
  await redis.call('FUNCTION', ['LOAD', 'REPLACE', sealLibrary]);
  // Last, since its presence tells clients that the rest is complete.
  await redis.set(protocolVersionKey, String(protocolVersion));
}

/** An option of Redis 8 itself, of the module in older servers; the version alone does not say which works. */
async function raisePrefixExpansions(redis: Redis): Promise<void> {
  try {
    await redis.call('CONFIG', ['SET', 'search-max-prefix-expansions', String(maxPrefixExpansions)]);
  } catch (error) {
    if (!isReplyError(error)) throw error;
    await redis.call('FT.CONFIG', ['SET', 'MAXPREFIXEXPANSIONS', String(maxPrefixExpansions)]);
  }
}
