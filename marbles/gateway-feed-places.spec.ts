/** Which feeds there are: one that waits for points that are far off does not disturb those at the end of its stream, and what may not be seen has none. */
import { describe, expect, it } from '@jest/globals';
import { of } from 'rxjs';
import type { Criterion } from '../lib/ports/search.js';
import { scanKeyOf } from '../specs/contract/samples.js';
import { keyOf, virtualRelay } from '../specs/support/relay-visit.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('feeds at different places', () => {
  it('find the end of the stream, though the first one waits far behind it', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish } = virtualRelay(scheduler, { latency: 2, wire: 2 });
      publish('a', 10);
      const [far, near] = [visit(), visit()];
      const heard: string[] = [];
      const look = (): number => far.read('a', '100-1', { ahead: 1e6 });
      far.heard$.subscribe((what) => {
        heard.push(`far ${what}`);
        if (what === 'wake a') look();
      });
      near.heard$.subscribe((what) => {
        heard.push(`near ${what}`);
        if (what === 'wake a') near.read('a', '9-1', { ahead: 1e6 });
      });

      cold('10ms r').subscribe(look);
      cold('30ms r').subscribe(() => near.read('a', '0-0', { ahead: 1e6 }));
      cold('300ms p').subscribe(() => publish('a', 5));
      cold('400ms p').subscribe(() => publish('a', 90));
      scheduler.maxFrames = 1000;
      flush();
      const opened = ['far welcome', 'near welcome', 'far follow a', 'far 1: nothing', 'near follow a', 'near 1: 0..1+', 'near a after 1-1: 2..9'];
      const settled = ['far wake a', 'far follow a', 'far 2: nothing', 'near a after 9-1: 10..14'];
      expect(heard.slice(0, opened.length)).toEqual(opened);
      expect(heard.slice(opened.length, opened.length + settled.length)).toEqual(settled);
      expect(heard.slice(opened.length + settled.length).toSorted()).toEqual(['far a after 100-1: 101..104', 'near a after 14-1: 15..104']);
    });
  });
});

describe('a feed', () => {
  it('is not opened by rights that have ended while its stream was looked up', () => {
    virtually(({ cold, flush }, scheduler) => {
      const seen = (session: string): readonly Criterion[] => [{ _tag: 'text', field: 'session', kind: 'equals', text: session }];
      const { visit, publish, server } = virtualRelay(scheduler, { latency: 4, authorize: ({ token = '' }) => of({ read: [seen(token)] }) });
      const stream = keyOf('a').split(':')[2] ?? '';
      server.putScanJson(scanKeyOf(1), JSON.stringify({ id: { session: 'mine' }, data_streams: { a: { pk: stream } } }));
      publish('a');
      const client = visit({ token: 'mine' });
      const heard: string[] = [];
      client.heard$.subscribe((what) => heard.push(what));

      cold('10ms r').subscribe(() => client.ask('read', [{ key: keyOf('a'), scan: scanKeyOf(1), after: '0-0', maxEntries: 1000, ahead: 1e6 }]));
      cold('12ms t').subscribe(() => client.say({ token: 'of another' }));
      cold('50ms p').subscribe(() => publish('a'));
      flush();
      expect(heard).toEqual(['welcome', '{expires:null}', 'wake all', '1: nothing']);
    });
  });

  it('of each of many streams with large entries leaves no more than 64 MiB in memory, and brings them all', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish, relay } = virtualRelay(scheduler, { progressWithin: Infinity });
      const streams = 'abcdefghijklmno'.split('');
      const [first, second] = [visit(), visit()];
      for (const client of [first, second]) for (const stream of streams) client.read(stream, '0-0', { ahead: 8 << 20 });

      cold('-s').subscribe(() => second.pair.stall());
      for (const at of [10, 20]) {
        cold(`${at}ms p`).subscribe(() => {
          for (const stream of streams) publish(stream, 1, 5 << 20);
        });
      }
      cold('30ms r').subscribe(() => second.pair.resume());
      flush();
      expect(relay.state.tailBytes).toBeLessThanOrEqual(64 << 20);
      for (const client of [first, second]) expect(client.blocks.filter(({ answer }) => !answer).length).toBe(30);
    });
  });
});
