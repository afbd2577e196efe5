/**
 * Sends what a source emits to a stream, and emits how many points the server has confirmed. A call takes 4 ms here; what is
 * sent while one travels goes with the next. The stream is sealed when the source completes; see specs/operators for that, as
 * it comes with a Promise, which virtual time does not see.
 *
 * ```
 * source:             ab-c--------
 * appends:            ^---!           a
 *                         ^---!       b and c
 * publishTo(writer):  ----1---3---
 * ```
 *
 * @draws publishTo
 */
import { describe, expect, it } from '@jest/globals';
import { from, tap } from 'rxjs';
import { blissdataError } from '../../lib/model/errors.js';
import { publishTo } from '../../lib/operators/publish-to.js';
import { bytesOf } from '../../specs/contract/samples.js';
import { held } from '../../specs/support/subscription-logs.js';
import { virtualStream } from '../../specs/support/virtual-stream.js';
import { virtually } from '../../specs/support/virtual-time.js';

const counts = { 1: 1, 2: 2, 3: 3, 4: 4 };
const latency = 4;

describe('publishTo', () => {
  it('emits how many points are confirmed, and sends together what came while a window travelled', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { writer, database } = virtualStream(scheduler, { latency });
      const source$ = cold('ab-c--------');
      const sourced = '     ^-----------';
      const appends = [
        '                   ^---!',
        '                   ----^---!',
      ];
      const expected = '    ----1---3---';

      expectObservable(source$.pipe(publishTo(writer))).toBe(expected, counts);
      expectSubscriptions(source$.subscriptions).toBe(sourced);
      expectSubscriptions(database.subscriptions.append).toBe(appends);
    });
  });

  it('sends what comes in one frame in one window', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { writer, database } = virtualStream(scheduler, { latency });
      const source$ = cold('--(abc)---');
      const appends = '     --^---!';
      const expected = '    ------3---';

      expectObservable(source$.pipe(publishTo(writer))).toBe(expected, counts);
      expectSubscriptions(database.subscriptions.append).toBe(appends);
    });
  });

  it('never emits for a source that does not', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { writer, database } = virtualStream(scheduler, { latency });
      const source$ = cold('------');
      const unsub = '       ^----!';
      const expected = '    ------';

      expectObservable(source$.pipe(publishTo(writer)), unsub).toBe(expected);
      expectSubscriptions(source$.subscriptions).toBe(unsub);
      expectSubscriptions(database.subscriptions.append).toBe([]);
    });
  });

  it('gives a late one the number that is confirmed already', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { writer } = virtualStream(scheduler, { latency });
      const source$ = cold('c--------');
      const sub = '         ------^--------';
      const expected = '    ------2---3----';

      writer.send('a');
      writer.send('b');
      expectObservable(source$.pipe(publishTo(writer)), sub).toBe(expected, counts);
    });
  });

  it('errors with the source, and leaves the stream open and what is on its way travelling', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { writer, database } = virtualStream(scheduler, { latency });
      const source$ = cold('-a-#');
      const sourced = '     ^--!';
      const appends = '     -^---!';
      const expected = '    ---#';

      expectObservable(source$.pipe(publishTo(writer))).toBe(expected, counts, 'error');
      expectSubscriptions(source$.subscriptions).toBe(sourced);
      expectSubscriptions(database.subscriptions.append).toBe(appends);
      expectSubscriptions(database.subscriptions.seal).toBe([]);
      flush();
      expect(writer.send('b')).toBe(true);
    });
  });

  it('leaves the source when its subscriber leaves; what was sent arrives, and the stream stays open', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { writer, database, stream } = virtualStream(scheduler, { latency });
      const source$ = cold('-a---b---c');
      const unsub = '       ^-----!';
      const appends = [
        '                   -^---!',
        '                   -----^---!',
      ];
      const expected = '    -----1-';

      expectObservable(source$.pipe(publishTo(writer)), unsub).toBe(expected, counts);
      expectSubscriptions(source$.subscriptions).toBe(unsub);
      expectSubscriptions(database.subscriptions.append).toBe(appends);
      expectSubscriptions(database.subscriptions.seal).toBe([]);
      expectObservable(stream.length(), '20ms ^').toBe('20ms ----(n|)', { n: 2 });
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('errors with what the writer fails with, and leaves the source', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { writer, memory, database } = virtualStream(scheduler, { latency });
      const error = blissdataError('OutOfMemory', { key: writer.key });
      const source$ = cold('-a---b---c');
      const fails$ = cold(' ----x');
      const sourced = '     ^--------!';
      const expected = '    -----1---#';

      fails$.subscribe(() => memory.failNext('append', error));
      expectObservable(source$.pipe(publishTo(writer))).toBe(expected, counts, error);
      expectSubscriptions(source$.subscriptions).toBe(sourced);
      expectSubscriptions(database.subscriptions.append).toBe(['-^---!', '-----^---!']);
    });
  });

  it('errors with WriteConflict when another writer writes to the stream', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { writer, server, key } = virtualStream(scheduler, { latency });
      const source$ = cold('-a-----b------');
      const other$ = cold(' ------x');
      const sourced = '     ^----------!';
      const expected = '    -----1-----#';

      other$.subscribe(() => server.putEntry(key, { index: 1, len: 1, payload: bytesOf('"z"') }));
      const error = blissdataError('WriteConflict', { key, stream: 'diode', expected: '0-1', found: '1-1' });
      expectObservable(source$.pipe(publishTo(writer))).toBe(expected, counts, error);
      expectSubscriptions(source$.subscriptions).toBe(sourced);
    });
  });

  it('errors with Overflow when more waits than it may, and leaves the source', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { writer, key } = virtualStream(scheduler, { latency });
      const source$ = cold('-abcdef');
      const sourced = '     ^--!';
      const expected = '    ---#';

      const error = blissdataError('Overflow', { key, stream: 'diode', limit: 8 });
      expectObservable(source$.pipe(publishTo(writer, { overflowAt: 8 }))).toBe(expected, counts, error);
      expectSubscriptions(source$.subscriptions).toBe(sourced);
    });
  });

  it('takes nothing more from a source that emits all at once, after it has overflowed', () => {
    virtually(({ expectObservable, flush }, scheduler) => {
      const { writer, key } = virtualStream(scheduler, { latency });
      const error = blissdataError('Overflow', { key, stream: 'diode', limit: 8 });
      const taken: string[] = [];
      const source$ = from(['a', 'b', 'c', 'd', 'e', 'f']).pipe(tap((letter) => taken.push(letter)));

      expectObservable(source$.pipe(publishTo(writer, { overflowAt: 8 }))).toBe('#', counts, error);
      flush();
      expect(taken).toEqual(['a', 'b', 'c']);
      expect(writer.length).toBe(3);
    });
  });

  it('takes nothing from the source when the writer has failed before', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { writer, memory } = virtualStream(scheduler, { latency });
      const error = blissdataError('OutOfMemory', { key: writer.key });
      const source$ = cold('--b--');
      const sub = '         -----^';
      const expected = '    -----#';

      memory.failNext('append', error);
      writer.send('a');
      expectObservable(source$.pipe(publishTo(writer)), sub).toBe(expected, counts, error);
      expectSubscriptions(source$.subscriptions).toBe([]);
    });
  });

  it('sends nothing before it is subscribed to', () => {
    virtually(({ cold, expectSubscriptions }, scheduler) => {
      const { writer, database } = virtualStream(scheduler, { latency });
      const source$ = cold('abc');

      source$.pipe(publishTo(writer));
      expectSubscriptions(source$.subscriptions).toBe([]);
      expectSubscriptions(database.subscriptions.append).toBe([]);
    });
  });
});
