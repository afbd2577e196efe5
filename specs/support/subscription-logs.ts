/** Records when each port of a database is subscribed to and left, for `expectSubscriptions`. */
import { defer, finalize, type Observable, type SchedulerLike } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import type { DatabaseMethod } from '../../lib/memory/memory-database.js';
import type { Database } from '../../lib/ports/database.js';

type SubscriptionLog = ReturnType<typeof TestScheduler.parseMarblesAsSubscriptions>;
type Port = DatabaseMethod | 'invalidations';

/** The same database, and the frames in which its ports were subscribed to and left. */
export interface LoggedDatabase extends Database {
  readonly subscriptions: Readonly<Record<Port, SubscriptionLog[]>>;
}

/**
 * @example
 * const database = logSubscriptions(memoryDatabase({ scheduler, latency: 2 }), scheduler);
 * expectObservable(database.protocolVersion()).toBe('--(v|)');
 * expectSubscriptions(database.subscriptions.protocolVersion).toBe('^-!');
 */
export function logSubscriptions(database: Database, scheduler: SchedulerLike): LoggedDatabase {
  const subscriptions: LoggedDatabase['subscriptions'] = {
    protocolVersion: [],
    read: [],
    range: [],
    entriesAt: [],
    heads: [],
    log: [],
    history: [],
    logTail: [],
    text: [],
    scan: [],
    remains: [],
    scansExist: [],
    identities: [],
    states: [],
    search: [],
    append: [],
    seal: [],
    commit: [],
    deleteScan: [],
    invalidations: [],
  };
  const logged = <A>(port: Port, source$: Observable<A>): Observable<A> =>
    defer(() => {
      const log = openLog(scheduler.now());
      subscriptions[port].push(log);
      return source$.pipe(finalize(() => (log.unsubscribedFrame = scheduler.now())));
    });
  return {
    subscriptions,
    url: database.url,
    status$: database.status$,
    invalidations$: logged('invalidations', database.invalidations$),
    protocolVersion: () => logged('protocolVersion', database.protocolVersion()),
    read: (requests) => logged('read', database.read(requests)),
    range: (key, range) => logged('range', database.range(key, range)),
    entriesAt: (key, indices) => logged('entriesAt', database.entriesAt(key, indices)),
    heads: (keys) => logged('heads', database.heads(keys)),
    log: (key, after, count) => logged('log', database.log(key, after, count)),
    history: (after, count) => logged('history', database.history(after, count)),
    logTail: (key, options) => logged('logTail', database.logTail(key, options)),
    text: (key) => logged('text', database.text(key)),
    scan: (key, stateKey) => logged('scan', database.scan(key, stateKey)),
    remains: (key, stateKey) => logged('remains', database.remains(key, stateKey)),
    scansExist: (keys) => logged('scansExist', database.scansExist(keys)),
    identities: (keys) => logged('identities', database.identities(keys)),
    states: (keys) => logged('states', database.states(keys)),
    search: (search) => logged('search', database.search(search)),
    ...(database.sizes === undefined ? {} : { sizes: database.sizes }),
    append: (windows) => logged('append', database.append(windows)),
    seal: (sealing) => logged('seal', database.seal(sealing)),
    commit: (commit) => logged('commit', database.commit(commit)),
    deleteScan: (deletion) => logged('deleteScan', database.deleteScan(deletion)),
    unwatch: (keys) => database.unwatch(keys),
    recycle: (block) => database.recycle(block),
    close: () => database.close(),
  };
}

/** A log as TestScheduler keeps its own, of a subscription that has just begun. */
function openLog(frame: number): SubscriptionLog {
  const log = TestScheduler.parseMarblesAsSubscriptions('^', true);
  log.subscribedFrame = frame;
  return log;
}

/** The ports that still have subscribers: none once all have unsubscribed. */
export const held = ({ subscriptions }: LoggedDatabase): readonly string[] =>
  Object.entries(subscriptions).flatMap(([port, logs]) => logs.filter((log) => log.unsubscribedFrame === Infinity).map(() => port));
