/** Appends windows by the way that suits them: one by a script or a transaction, several by one script. Recycles their payloads' memory. */
import type { Redis } from 'ioredis';
import { defer, of, tap, type Observable } from 'rxjs';
import type { AppendResult, AppendWindow } from '../ports/streams.js';
import { entryOverhead } from '../wire/protocol.js';
import { appendWindows } from './commands/append-together.js';
import { appendInTransaction, suitsTransaction } from './commands/append-transaction.js';
import { appendWindow } from './commands/append.js';
import type { LargeRequest } from './connection/large-requests.js';
import { PayloadMemory } from './payload-memory.js';

type Results = readonly AppendResult[];

/**
 * Sends a request over the connection that suits its size.
 *
 * @param transact a faster way, if there is one; undefined if `run` is to do it
 */
type Send = (what: LargeRequest, run: (redis: Redis) => Promise<Results>, transact?: (redis: Redis) => Promise<Results | undefined>) => Observable<Results>;

export class WindowAppender {
  readonly payloads = new PayloadMemory();
  /** Stands for all requests that append several windows. */
  private readonly together = {};
  private readonly sent = new WeakSet<AppendWindow>();

  append(windows: readonly AppendWindow[], send: Send): Observable<Results> {
    const [window] = windows;
    if (window === undefined) return of([]);
    return defer(() => {
      const areFirst = windows.every((each) => !this.sent.has(each));
      for (const each of windows) this.sent.add(each);
      return (windows.length === 1 ? this.sendOne(window, send) : this.sendTogether(windows, window.key, send)).pipe(
        tap((results) => {
          // A socket that was lost may not be done with a window that had to be sent again.
          if (areFirst) windows.forEach(({ entries }, i) => results[i]?._tag === 'appended' && this.recycle(entries));
        }),
      );
    });
  }

  private sendOne(window: AppendWindow, send: Send): Observable<Results> {
    const { size, largest } = sizesOf([window], 0);
    const run = async (redis: Redis): Promise<Results> => [await appendWindow(redis, window)];
    const transact = async (redis: Redis): Promise<Results | undefined> => {
      const result = await appendInTransaction(redis, window);
      return result === undefined ? undefined : [result];
    };
    return send({ request: window, key: window.key, size, largest }, run, suitsTransaction(window, size) ? transact : undefined);
  }

  private sendTogether(windows: readonly AppendWindow[], key: string, send: Send): Observable<Results> {
    // Windows travel together only once; if such requests break one connection after another, it is for their size.
    return send({ request: this.together, key, ...sizesOf(windows, entryOverhead) }, (redis) => appendWindows(redis, windows));
  }

  private recycle(entries: AppendWindow['entries']): void {
    for (const { payload } of entries) this.payloads.give(payload);
  }
}

function sizesOf(windows: readonly AppendWindow[], overhead: number): Pick<LargeRequest, 'size' | 'largest'> {
  let size = 0;
  let largest = 0;
  for (const { entries } of windows) {
    for (const { payload } of entries) {
      size += payload.length + overhead;
      largest = Math.max(largest, payload.length);
    }
  }
  return { size, largest };
}
