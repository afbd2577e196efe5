/** Reads the stream of a story in one of several ways, and records what it gets. */
import { EMPTY, finalize, map, mergeMap, Observable, timer, type SchedulerLike, type Subscription } from 'rxjs';
import type { Chunk } from '../../../lib/model/stream-type.js';
import type { Stream } from '../../../lib/stream/stream.js';
import type { ReaderRecord, Told } from './history.js';
import type { Reading } from './step.js';

/** How long the work of a slow consumer takes. */
const workMs = 7;

export class Reader {
  readonly record: ReaderRecord;
  private readonly subscription: Subscription;

  constructor(
    private readonly stream: Stream<'int32'>,
    private readonly scheduler: SchedulerLike,
    reading: Reading,
    from: number,
  ) {
    this.record = { reading, since: scheduler.now(), from: reading === 'chunks' || reading === 'slow' || reading === 'cursor' ? from : 0, told: [], end: undefined, leftAt: undefined };
    this.subscription = this.read().subscribe({
      next: (told) => this.record.told.push({ ...told, at: scheduler.now() }),
      error: (error: unknown) => (this.record.end = { at: scheduler.now(), error }),
      complete: () => (this.record.end = { at: scheduler.now() }),
    });
  }

  leave(): void {
    if (this.record.end !== undefined || this.record.leftAt !== undefined) return;
    this.record.leftAt = this.scheduler.now();
    this.subscription.unsubscribe();
  }

  private read(): Observable<Omit<Told, 'at'>> {
    const { stream, scheduler } = this;
    const { reading, from } = this.record;
    switch (reading) {
      case 'points':
        return stream.points$.pipe(map(({ index, value }) => ({ index, expired: 0, values: [value] })));
      case 'latest':
        return stream.latest$.pipe(map(({ index, value }) => ({ index, expired: 0, values: [value] })));
      case 'chunks':
        return stream.chunksFrom(from).pipe(map(told));
      case 'slow':
        return stream.consume((chunk) => timer(workMs, scheduler).pipe(map(() => told(chunk))), { from });
      case 'cursor':
        return this.byHand();
    }
  }

  /** A loop that reads, and then works. */
  private byHand(): Observable<Omit<Told, 'at'>> {
    return new Observable((subscriber) => {
      const cursor = this.stream.cursor({ from: this.record.from });
      const work$ = timer(workMs, this.scheduler).pipe(mergeMap(() => EMPTY));
      const next = (): void => {
        cursor.read({ count: 3 }).then(
          (result) => {
            if (subscriber.closed) return;
            if (result._tag === 'end') return subscriber.complete();
            if (result._tag === 'chunk') subscriber.next(told(result));
            subscriber.add(work$.pipe(finalize(() => subscriber.closed || next())).subscribe());
          },
          (error: unknown) => subscriber.error(error),
        );
      };
      next();
      return () => cursor.close();
    });
  }
}

const told = ({ index, expired, data }: Chunk<'int32'>): Omit<Told, 'at'> => ({ index, expired, values: [...data.data] });
