/** What a writer takes that was opened for a stream, and what the memory tracker tells. */
import type { Observable } from 'rxjs';
import type { DataStore, Stream, StreamWriter } from '../../lib/index.js';
import { trackMemory, type TrackerEvent } from '../../lib/tracker.js';
import { expectType, typeTest, value, type Equal } from './support.js';

typeTest('streamWriter has the type that was asked for, or any', () => {
  const store = value<DataStore>();
  const diode = store.streamWriter('esrf:scan:x', 'diode', 'float64', { coalesce: false });
  expectType<Equal<typeof diode, Promise<StreamWriter<'float64'>>>>();
  const any = store.streamWriter('esrf:scan:x', 'diode');
  expectType<Equal<typeof any, Promise<StreamWriter>>>();
  const withOptions = store.streamWriter('esrf:scan:x', 'diode', undefined, { highWaterMark: 10 });
  expectType<Equal<typeof withOptions, Promise<StreamWriter>>>();
  // @ts-expect-error no such type
  void store.streamWriter('esrf:scan:x', 'diode', 'float');
});

typeTest('waitSealed emits a number, of streams and of writers', () => {
  const lengths = [value<Stream<'json'>>().waitSealed(), value<StreamWriter<'bool'>>().waitSealed()];
  expectType<Equal<typeof lengths, Observable<number>[]>>();
});

typeTest('the events of a memory tracker are told apart by their tag', () => {
  trackMemory('redis://localhost', { monitoringPeriod: 10_000 }).subscribe((event) => {
    expectType<Equal<typeof event, TrackerEvent>>();
    if (event._tag === 'round') expectType<Equal<typeof event.memoryLimit, number | null>>();
    // @ts-expect-error only a round has it
    void event.usedMemory;
  });
  // @ts-expect-error no such option
  trackMemory('redis://localhost', { period: 10 });
});
