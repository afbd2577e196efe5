/** `publishTo` where Promises are involved: the seal at the end, and sources that can be held back. */
import { describe, expect, it } from '@jest/globals';
import { concat, EMPTY, firstValueFrom, from, lastValueFrom, map, of, Subject, throwError, toArray, type Observable } from 'rxjs';
import { DataStore, numeric, type ScanWriter, type Stream, type StreamWriter, type StreamWriterOptions } from '../../lib/index.js';
import { memoryDatabase, type MemoryDatabase } from '../../lib/memory/memory-database.js';
import { publishTo } from '../../lib/operators/publish-to.js';

interface Publishing {
  readonly database: MemoryDatabase;
  readonly scan: ScanWriter;
  readonly writer: StreamWriter<'float64'>;
  /** The stream as another client reads it. */
  readonly stream: Stream<'float64'>;
}

async function publishing(options: StreamWriterOptions = {}): Promise<Publishing> {
  const database = memoryDatabase();
  const scan = await DataStore.over(database).createScan({ name: 'test', number: 1, data_policy: 'ESRF' });
  const writer = scan.createStream('diode', numeric('float64'), {}, options);
  await scan.prepare();
  const opened = await firstValueFrom(DataStore.over(memoryDatabase({ server: database.server })).loadScan(scan.key));
  return { database, scan, writer, stream: await firstValueFrom(opened.stream('diode', 'float64')) };
}

const all = <A>(source$: Observable<A>): Promise<readonly A[]> => lastValueFrom(source$.pipe(toArray()));
const valuesOf = (stream: Stream<'float64'>): Promise<readonly number[]> => all(stream.points$.pipe(map(({ value }) => value)));

/** Requests of an async source, in order. */
async function* asked(values: readonly number[], log: string[], writer?: StreamWriter<'float64'>): AsyncGenerator<number> {
  try {
    for (const value of values) {
      log.push(writer === undefined ? `${value}` : `${value} with ${writer.pendingBytes} waiting`);
      yield value;
    }
  } finally {
    log.push('done');
  }
}

describe('publishTo over an Observable', () => {
  it('completes when the server has everything and the stream is sealed', async () => {
    const { writer, stream } = await publishing();
    const counts = await all(from([1, 2, 3]).pipe(publishTo(writer)));
    expect(counts.at(-1)).toBe(3);
    expect(await valuesOf(stream)).toEqual([1, 2, 3]);
  });

  it('seals an empty stream when the source completes without a value', async () => {
    const { writer, stream } = await publishing();
    expect(await all(EMPTY.pipe(publishTo(writer)))).toEqual([]);
    expect(await valuesOf(stream)).toEqual([]);
  });

  it('leaves the stream open when the source errors: the end of the scan seals it after what was sent', async () => {
    const { scan, writer, stream } = await publishing();
    const failure = new Error('the detector is gone');
    const failing$ = concat(of(1, 2), throwError(() => failure));
    await expect(all(failing$.pipe(publishTo(writer)))).rejects.toBe(failure);
    expect(writer.send(3)).toBe(true);
    await scan.close();
    expect(await valuesOf(stream)).toEqual([1, 2, 3]);
  });

  it('leaves the stream open when the subscriber leaves', async () => {
    const { writer, stream } = await publishing();
    const source = new Subject<number>();
    const subscription = source.pipe(publishTo(writer)).subscribe();
    source.next(1);
    subscription.unsubscribe();
    source.complete();
    await writer.flush();
    expect(await firstValueFrom(stream.length())).toBe(1);
    expect(writer.send(2)).toBe(true);
  });

  it('errors with InvalidPoint for a value that the stream cannot take, having sent those before', async () => {
    const { scan } = await publishing();
    const counter = scan.createStream('counter', numeric('uint8'));
    await expect(all(from([1, 2.5, 3]).pipe(publishTo(counter)))).rejects.toMatchObject({ _tag: 'InvalidPoint' });
    await counter.flush();
    expect(counter.length).toBe(1);
  });

  it('errors with StreamSealed for a stream that is sealed already', async () => {
    const { writer } = await publishing();
    await writer.seal();
    await expect(all(of(1).pipe(publishTo(writer)))).rejects.toMatchObject({ _tag: 'StreamSealed' });
  });

  it('errors with ScanNotFound when the scan was deleted meanwhile', async () => {
    const { database, scan, writer } = await publishing();
    const source = new Subject<number>();
    const counts = all(source.pipe(publishTo(writer)));
    database.server.delete(scan.key);
    source.complete();
    await expect(counts).rejects.toMatchObject({ _tag: 'ScanNotFound', key: scan.key });
  });

  it('errors with what sealing fails with', async () => {
    const { database, writer } = await publishing();
    const failure = new Error('no seal today');
    database.failNext('seal', failure);
    await expect(all(of(1).pipe(publishTo(writer)))).rejects.toBe(failure);
  });
});

describe('publishTo over an AsyncIterable', () => {
  it('requests the next value only when there is room', async () => {
    const { writer, stream } = await publishing({ highWaterMark: 1 });
    const log: string[] = [];
    const counts = await all(publishTo(writer)(asked([1, 2, 3], log, writer)));
    expect(counts).toEqual([1, 2, 3]);
    expect(log).toEqual(['1 with 0 waiting', '2 with 0 waiting', '3 with 0 waiting', 'done']);
    expect(await valuesOf(stream)).toEqual([1, 2, 3]);
  });

  it('requests nothing before it is subscribed to', async () => {
    const { writer } = await publishing();
    const log: string[] = [];
    publishTo(writer)(asked([1], log));
    await writer.flush();
    expect(log).toEqual([]);
  });

  it('leaves the stream open when the source fails', async () => {
    const { writer } = await publishing();
    const failure = new Error('the file ends here');
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw failure;
    }
    await expect(all(publishTo(writer)(failing()))).rejects.toBe(failure);
    expect(writer.send(2)).toBe(true);
  });

  it('lets the source clean up when a value cannot be sent', async () => {
    const { writer } = await publishing();
    const log: string[] = [];
    await writer.seal();
    await expect(all(publishTo(writer)(asked([1, 2], log)))).rejects.toMatchObject({ _tag: 'StreamSealed' });
    expect(log).toEqual(['1', 'done']);
  });

  it('takes no more values once its subscriber has left', async () => {
    const { writer } = await publishing({ highWaterMark: 1 });
    const log: string[] = [];
    const done = new Subject<void>();
    async function* source(): AsyncGenerator<number> {
      try {
        yield* asked([1, 2, 3, 4], log);
      } finally {
        done.next();
      }
    }
    const cleanedUp = firstValueFrom(done);
    expect(await firstValueFrom(publishTo(writer)(source()))).toBe(1);
    await cleanedUp;
    expect(log).toEqual(['1', '2', 'done']);
    expect(writer.length).toBe(1);
  });
});
