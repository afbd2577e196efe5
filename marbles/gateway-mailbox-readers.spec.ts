/**
 * Readers of a stream that a gateway sends ahead, at the end of what was sent and at other places. Messages take no time here.
 *
 * ```
 * read(after 2):  a-----        sent: entries 3 to 5, and more will follow
 * read(after 5):   ^--b         waits for the frame
 * frames:         ----x
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import type { TestScheduler } from 'rxjs/testing';
import type { GatewayDatabase } from '../lib/gateway/client/gateway-database.js';
import { asked, connecting, following, handle, read, woken } from '../specs/support/gateway-reads.js';
import { blockOf, type ScriptedGateway } from '../specs/support/scripted-gateway.js';
import { virtually } from '../specs/support/virtual-time.js';

/** `more` in an answer or a frame: the gateway has more, and will send it. */
describe('a read at the end of what was sent, where more is on its way', () => {
  const more = (first: number, stop: number): ReturnType<typeof blockOf> => ({ ...blockOf(first, stop), more: true });
  const begin = (gateway: ScriptedGateway): void => {
    gateway.say({ follow: 's', handle });
    gateway.answer(1, more(3, 6));
  };

  it('waits for the frame, which wakes nothing else', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-f--x--y').subscribe((letter) => (letter === 'f' ? begin(gateway) : letter === 'x' ? gateway.frame(handle, '5-1', more(6, 9)) : gateway.frame(handle, '8-1', blockOf(9, 10))));
      expectObservable(read(client, '2-1')).toBe('-(a|)', { a: '3-5 more' });
      expectObservable(read(client, '5-1'), '--^').toBe('----(b|)', { b: '6-8' });
      expectObservable(client.invalidations$, '^------!').toBe('');
      expectObservable(read(client, '8-1'), '-----^').toBe('-------(c|)', { c: '9-9' });
      expectObservable(asked(gateway)).toBe('a', { a: '1: 2-1 +1' });
    });
  });

  it.each([
    ['it is woken', (gateway: ScriptedGateway): void => gateway.say({ wake: ['s'] })],
    ['a frame is missing', (gateway: ScriptedGateway): void => gateway.frame(handle, '7-1', blockOf(8, 9))],
    ['all may have changed', (gateway: ScriptedGateway): void => gateway.say({ wakeAll: 1 })],
  ])('reads over the wire once %s', (_, happens) => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-f--x').subscribe((letter) => (letter === 'f' ? begin(gateway) : happens(gateway)));
      read(client, '2-1').subscribe({ error: () => undefined });
      expectObservable(read(client, '5-1'), '--^---!').toBe('');
      expectObservable(asked(gateway)).toBe('a---b', { a: '1: 2-1 +1', b: '2: 5-1 +1' });
    });
  });

  it.each([
    ['the connection is lost', 'Disconnected', (gateway: ScriptedGateway): void => gateway.cut()],
    ['it is closed', 'StoreClosed', (_: ScriptedGateway, client: GatewayDatabase): void => void client.close().subscribe()],
  ])('errors once %s', (_, _tag, happens) => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-f--x').subscribe((letter) => (letter === 'f' ? begin(gateway) : happens(gateway, client)));
      read(client, '2-1').subscribe({ error: () => undefined });
      expectObservable(read(client, '5-1'), '--^').toBe('----#', {}, expect.objectContaining({ _tag }));
      expectObservable(asked(gateway)).toBe('a', { a: '1: 2-1 +1' });
    });
  });

  it('may be given up', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-f--x').subscribe((letter) => (letter === 'f' ? begin(gateway) : gateway.frame(handle, '5-1', blockOf(6, 9))));
      read(client, '2-1').subscribe({ error: () => undefined });
      expectObservable(read(client, '5-1'), '--^!').toBe('');
      // The frame is for the next.
      expectObservable(client.invalidations$, '^------!').toBe('----w', { w: woken });
      expectObservable(read(client, '5-1'), '------^').toBe('------(b|)', { b: '6-8' });
    });
  });
});

/** As a reader of the newest point, which goes on at the end of the stream where there is more. */
describe('a reader that lets nothing be sent ahead', () => {
  const beside = (scheduler: TestScheduler): { readonly gateway: ScriptedGateway; readonly client: GatewayDatabase } => {
    const both = connecting(scheduler);
    read(both.client, '2-1').subscribe({ error: () => undefined });
    return both;
  };

  it('gets a frame that reaches to the end, too', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = beside(scheduler);
      cold('-f-x').subscribe((letter) => (letter === 'f' ? following(gateway) : gateway.frame(handle, '5-1', blockOf(6, 9))));
      expectObservable(read(client, '5-1', 0), '-----^').toBe('-----(b|)', { b: '6-8' });
      expectObservable(asked(gateway)).toBe('a', { a: '1: 2-1 +1' });
    });
  });

  it('reads over the wire where there are more: only that watches the key', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = beside(scheduler);
      cold('-f-xy').subscribe((letter) => (letter === 'f' ? following(gateway) : letter === 'x' ? gateway.frame(handle, '5-1', blockOf(6, 9)) : gateway.frame(handle, '8-1', blockOf(9, 10))));
      expectObservable(read(client, '5-1', 0), '-----^-!').toBe('');
      expectObservable(read(client, '5-1'), '------^').toBe('------(b|)', { b: '6-8 more' });
      expectObservable(asked(gateway)).toBe('a----b', { a: '1: 2-1 +1', b: '2: 5-1' });
    });
  });

  it('goes on with the feed where that ends', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = beside(scheduler);
      cold('-f').subscribe(() => following(gateway));
      expectObservable(read(client, '5-1', 0), '---^-!').toBe('');
      expectObservable(asked(gateway)).toBe('a--b', { a: '1: 2-1 +1', b: '2: 5-1 +1' });
    });
  });
});

/** One at the live end, another that begins later, at 0. */
describe('readers at two places of a stream', () => {
  it('do not take the feed from each other while it is used', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-f-x---y').subscribe((letter) => (letter === 'f' ? following(gateway) : letter === 'x' ? gateway.frame(handle, '5-1', blockOf(6, 9)) : gateway.frame(handle, '8-1', blockOf(9, 11))));
      read(client, '2-1').subscribe({ error: () => undefined });
      expectObservable(read(client, '5-1'), '----^').toBe('----(a|)', { a: '6-8' });
      expectObservable(read(client, '0-0'), '-----^-!').toBe('');
      expectObservable(read(client, '8-1'), '--------^').toBe('--------(b|)', { b: '9-10' });
      expectObservable(read(client, '0-1'), '---------^-!').toBe('');
      expectObservable(asked(gateway)).toBe('s----a---b', { s: '1: 2-1 +1', a: '2: 0-0', b: '3: 0-1' });
    });
  });

  it('hand it over where it was not used for a second, and the one reads again, so that its key is watched', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler, 3000);
      cold('-f-x 999ms g').subscribe((letter) => {
        if (letter === 'f') following(gateway);
        else if (letter === 'x') gateway.frame(handle, '5-1', blockOf(6, 9));
        else following(gateway, 3, 2, 3);
      });
      read(client, '2-1').subscribe({ error: () => undefined });
      expectObservable(read(client, '0-0'), '- 998ms ^-!').toBe('');
      expectObservable(read(client, '1-1'), '--- 999ms ^').toBe('1003ms (b|)', { b: '2-2' });
      expectObservable(client.invalidations$, '^ 1100ms !').toBe('---w 999ms v', { w: woken, v: woken });
      // Not with another feed: it would be handed to and fro for ever.
      expectObservable(read(client, '5-1'), '1005ms ^-!').toBe('');
      expectObservable(asked(gateway)).toBe('s 998ms a--b--c', { s: '1: 2-1 +1', a: '2: 0-0', b: '3: 1-1 +1', c: '4: 5-1' });
    });
  });
});
