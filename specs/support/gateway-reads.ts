/** Reads over a scripted gateway, as text: what they ask for, and what they get. Messages take no time. */
import { filter, map, type Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import type { GatewayDatabase } from '../../lib/gateway/client/gateway-database.js';
import type { Id } from '../../lib/ports/keys.js';
import { blockOf, clientOf, ScriptedGateway, shown } from './scripted-gateway.js';

export const MiB = 1 << 20;
/** Of all feeds. */
export const handle = 42;

/** The client leaves at last, for it would ask for signs of life for ever. */
export function connecting(scheduler: TestScheduler, leaving = 1000): { readonly gateway: ScriptedGateway; readonly client: GatewayDatabase } {
  const gateway = new ScriptedGateway(scheduler);
  const client = clientOf(gateway, scheduler);
  scheduler.schedule(() => client.close().subscribe(), leaving);
  return { gateway, client };
}

/** The entries after an id, as text. */
export const read = (client: GatewayDatabase, after: Id, ahead = MiB, key = 's'): Observable<string> =>
  client.read([{ key, after, maxEntries: 100, ...(ahead > 0 ? { ahead } : {}) }]).pipe(map(([block]) => (block === undefined ? 'none' : shown(block))));

/** The calls that the gateway heard: their ids, after which id they read, and how much may be sent ahead. */
export const asked = ({ heard$ }: ScriptedGateway): Observable<string> =>
  heard$.pipe(
    filter((message) => message['call'] === 'read'),
    map(({ id, args }) => `${String(id)}: ${reads(args).join()}`),
  );

const reads = (args: unknown): readonly string[] => (Array.isArray(args) ? args.flat().map(({ after, ahead }) => `${after}${ahead === undefined ? '' : ` +${ahead / MiB}`}`) : []);

/** Answers the first read, after 2, with entries 3 to 5, and follows. */
export function following(gateway: ScriptedGateway, id = 1, after = 3, stop = 6, key = 's'): void {
  gateway.say({ follow: key, handle });
  gateway.answer(id, blockOf(after, stop));
}

export const woken = { _tag: 'keys', keys: ['s'] };
