/**
 * A session of the gateway: a hello within 5 s, then requests, and wakes for what it has asked about. Messages take no time here.
 *
 * ```
 * client:   h--r----------
 * points:   ---------p----
 * gateway:  w--b-----(w)--      welcome, block, wake
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { of, throwError } from 'rxjs';
import { blissdataError } from '../lib/model/errors.js';
import { keyOf, virtualRelay } from '../specs/support/relay-visit.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('a session', () => {
  it('is welcomed, and answered', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { visit, publish } = virtualRelay(scheduler);
      const client = visit();
      const asks$ = cold('---a-b-c');
      const expected = '  w--a-b-c';

      publish('a');
      asks$.subscribe((ask) => (ask === 'a' ? client.read('a', '0-0') : ask === 'b' ? client.ask('protocolVersion') : client.say({ ping: 7 })));
      expectObservable(client.heard$).toBe(expected, { w: 'welcome', a: '1: 0..0', b: '2: "1"', c: '{pong:7}' });
      flush();
      expect(client.texts[0]).toMatchObject({ database: 'id00', epoch: 'e', rights: { write: false, delete: false } });
    });
  });

  it('is closed without a hello within 5 s', () => {
    virtually(({ expectObservable }, scheduler) => {
      const client = virtualRelay(scheduler).visitSilently();
      const expected = '5s (x|)';

      expectObservable(client.heard$).toBe(expected, { x: 'closed 4408' });
    });
  });

  it('is woken once by what it has read to its end', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { visit, publish } = virtualRelay(scheduler);
      const client = visit();
      const points$ = cold('----p-p---p');
      const reads$ = cold(' --r-----r--');
      const expected = '    w-a-b---c-b';

      points$.subscribe(() => publish('a'));
      reads$.subscribe(() => client.read('a', '0-0'));
      expectObservable(client.heard$).toBe(expected, { w: 'welcome', a: '1: nothing', b: 'wake a', c: '2: 0..1+' });
    });
  });

  it('is not woken by what it does not watch any more', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { visit, publish } = virtualRelay(scheduler);
      const client = visit();
      const points$ = cold('------p');
      const unwatch$ = cold('---u');
      const expected = '    wa-----';

      points$.subscribe(() => publish('a'));
      cold('-r').subscribe(() => client.read('a', '0-0'));
      unwatch$.subscribe(() => client.say({ unwatch: [keyOf('a')] }));
      expectObservable(client.heard$).toBe(expected, { w: 'welcome', a: '1: nothing' });
    });
  });

  it('hears of a lost connection to the database, and of its errors under the name of the database', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { visit, database } = virtualRelay(scheduler);
      const client = visit();
      const cut$ = cold('  ---x');
      const read$ = cold(' ------r');
      const expected = '   w--x--e';

      cut$.subscribe(() => database.cut());
      read$.subscribe(() => {
        database.failNext('read', blissdataError('Disconnected', { url: 'redis://secret:1', reason: 'reset' }));
        client.read('a', '0-0');
      });
      expectObservable(client.heard$).toBe(expected, { w: 'welcome', x: 'interrupted', e: '1: Disconnected' });
      flush();
      expect(JSON.stringify(client.texts)).not.toContain('secret');
    });
  });

  it('is closed by a message that is none of the protocol', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const client = virtualRelay(scheduler).visit();
      const expected = 'w--(x|)';

      cold('---x').subscribe(() => client.say({ what: 1 }));
      expectObservable(client.heard$).toBe(expected, { w: 'welcome', x: 'closed 4400' });
    });
  });

  it('is refused without a token that counts', () => {
    virtually(({ expectObservable }, scheduler) => {
      const client = virtualRelay(scheduler, { authorize: () => throwError(() => blissdataError('AccessDenied', { url: 'id00', reason: 'unknown token' })) }).visit();

      expectObservable(client.heard$).toBe('(x|)', { x: 'closed 4401' });
    });
  });

  it('ends 10 s after its token has expired, unless a newer one came', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { visit } = virtualRelay(scheduler, { authorize: ({ token }) => of({ read: 'all', expires: token === 'new' ? 4000 : 1000 }) });
      const client = visit({ token: 'old' });
      const other = visit({ token: 'old' });
      const renewal$ = cold('2s n');
      const expected = '     w 1999ms r 11999ms (x|)';
      const expected2 = '    w 10999ms (x|)';

      renewal$.subscribe(() => client.say({ token: 'new' }));
      expectObservable(client.heard$).toBe(expected, { w: 'welcome', r: '{expires:4000}', x: 'closed 4401' });
      expectObservable(other.heard$).toBe(expected2, { w: 'welcome', x: 'closed 4401' });
    });
  });
});
