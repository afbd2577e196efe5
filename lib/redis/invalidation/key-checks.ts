/** Periodic checks for changes that a blocking read does not report: keys that were deleted, expire, were trimmed, or started anew with lower ids. */
import * as t from 'io-ts';
import { exhaustMap, type SchedulerLike, type Subscription } from 'rxjs';
import type { Redis } from 'ioredis';
import { every } from '../../model/time.js';
import type { Id, Key } from '../../ports/keys.js';
import { originId } from '../../wire/stream-id.js';
import { Script } from '../commands/script.js';
import { decodeReply } from '../connection/decode-reply.js';
import type { Link } from '../connection/link.js';
import { isReplyError, replyCode } from '../connection/redis-errors.js';
import type { KeyState, WatchedKey, WatchedKeys } from './watched-keys.js';

interface KeyChecksOptions {
  readonly keys: WatchedKeys;
  readonly commands: Link;
  /** Milliseconds between checks. */
  readonly period: number;
  readonly scheduler: SchedulerLike;
  readonly invalidate: (keys: readonly Key[]) => void;
  /** A check failed. */
  readonly failed: () => void;
  /** The scheduler failed. */
  readonly broken: (error: unknown) => void;
}

export class KeyChecks {
  private checks: Subscription | undefined;

  constructor(private readonly options: KeyChecksOptions) {}

  start(): void {
    const { keys, period, scheduler, broken } = this.options;
    this.checks ??= every(period, scheduler)
      .pipe(exhaustMap(() => (keys.size === 0 ? Promise.resolve() : this.check())))
      .subscribe({ error: broken });
  }

  close(): void {
    this.checks?.unsubscribe();
  }

  private async check(): Promise<void> {
    const { keys, commands, invalidate, failed } = this.options;
    try {
      const redis = await commands.use();
      const watched = keys.entries();
      const states = await readKeyStates(redis, watched);
      const changed = watched.filter(([key, each], i) => {
        const state = states[i];
        return state !== undefined && keys.checked(key, each, state);
      });
      invalidate(changed.map(([key]) => key));
    } catch {
      failed();
    }
  }
}

/** KEYS: streams. Returns for each its last id, nil if there is no stream, or no permission to read it. */
const lastIds = new Script(`
local ids = {}
for i, key in ipairs(KEYS) do
  ids[i] = false
  local newest = redis.pcall('XREVRANGE', key, '+', '-', 'COUNT', 1)
  if newest[1] then
    ids[i] = newest[1][1]
  elseif not newest.err then
    local info = redis.pcall('XINFO', 'STREAM', key)
    for j = 1, #info, 2 do
      if info[j] == 'last-generated-id' then ids[i] = info[j + 1] end
    end
  end
end
return ids
`, 'reads');

const outcomes = t.array(t.tuple([t.unknown, t.unknown]));
type Outcome = t.TypeOf<typeof outcomes>[number];

/** One pipeline over all keys, and one script over those whose last ids are needed; no payload leaves the server. */
async function readKeyStates(redis: Redis, keys: readonly (readonly [Key, WatchedKey])[]): Promise<readonly KeyState[]> {
  const pipeline = redis.pipeline();
  for (const [key] of keys) pipeline.call('PEXPIRETIME', [key]).xlen(key);
  // Only once after each read: the server has to copy the last entries for it.
  const unchecked = keys.flatMap(([key, { id, length }]) => (length === undefined && id !== originId ? [key] : []));
  const [found, ids] = await Promise.all([pipeline.exec(), readLastIds(redis, unchecked)]);
  const replies = decodeReply(outcomes, 'EXEC', found);
  return keys.map(([key], i) => ({ expiry: numberIn(replies[2 * i], 'PEXPIRETIME'), length: numberIn(replies[2 * i + 1], 'XLEN'), lastId: ids.get(key) }));
}

/** Without missing streams; empty if the user may not run scripts. */
async function readLastIds(redis: Redis, keys: readonly Key[]): Promise<ReadonlyMap<Key, Id>> {
  if (keys.length === 0) return new Map();
  try {
    const ids = decodeReply(t.array(t.union([t.null, t.string])), 'EVALSHA_RO ids', await lastIds.run(redis, keys, []));
    return new Map(keys.flatMap((key, i) => (typeof ids[i] === 'string' ? [[key, ids[i]] as const] : [])));
  } catch (error) {
    if (isReplyError(error) && refusals.has(replyCode(error))) return new Map();
    throw error;
  }
}

/** Undefined without the permission, or where the key is not a stream any more: the change of its length to unknown reveals that. */
function numberIn(outcome: Outcome | undefined, command: string): number | undefined {
  const [error, reply] = outcome ?? [null, undefined];
  if (error === null) return decodeReply(t.number, command, reply);
  if (isReplyError(error) && refusals.has(replyCode(error))) return undefined;
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- ioredis puts an Error here
  throw error;
}

/** No permission, not a stream, no such key: the other replies reveal these as well. */
const refusals: ReadonlySet<string> = new Set(['NOPERM', 'WRONGTYPE', 'ERR']);
