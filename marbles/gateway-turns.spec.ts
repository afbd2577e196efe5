/** Requests beside a feed that fills the socket all the time: they are answered meanwhile. */
import { describe, expect, it } from '@jest/globals';
import { virtualRelay } from '../specs/support/relay-visit.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('a request', () => {
  it('is answered while large frames are under way', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish } = virtualRelay(scheduler, { progressWithin: Infinity });
      const client = visit({ maxMessage: 1 << 18 });
      const log: string[] = [];
      client.heard$.subscribe((what) => log.push(what.startsWith('part') ? 'part' : what));
      client.read('a', '0-0', { ahead: 8 << 20 });

      cold('5ms s').subscribe(() => client.pair.stall());
      cold('10ms p').subscribe(() => publish('a', 1, 7 << 20));
      cold('20ms q').subscribe(() => client.ask('protocolVersion'));
      cold('30ms r').subscribe(() => client.pair.resume());
      flush();
      const answered = log.indexOf('2: "1"');
      expect(answered).toBeGreaterThan(0);
      expect(log.slice(0, answered).filter((what) => what === 'part').length).toBeLessThan(5);
      expect(log.slice(answered).filter((what) => what === 'part').length).toBeGreaterThan(20);
    });
  });
});
