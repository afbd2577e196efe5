/**
 * What a gateway sends ahead: frames that continue an answer, until the next read asks for them. Messages take no time here.
 *
 * ```
 * read(after 2):  a-----        sent: entries 3 to 5, and the gateway follows
 * frames:         --x-y-        6 to 8, 9
 * read(after 5):  ----b-        6 to 8, at once, and more
 * read(after 8):  ----c-        9, at once
 * ```
 */
import { describe, it } from '@jest/globals';
import { filter, map, type Observable } from 'rxjs';
import { encodeBlockMessage } from '../lib/gateway/protocol/block-message.js';
import { asked, connecting, following, handle, MiB, read, woken } from '../specs/support/gateway-reads.js';
import { blockOf, shown, type Heard, type ScriptedGateway } from '../specs/support/scripted-gateway.js';
import { virtually } from '../specs/support/virtual-time.js';

const grants = ({ heard$ }: ScriptedGateway): Observable<Heard> => heard$.pipe(filter((message) => 'more' in message));

describe('what a gateway sends ahead', () => {
  it('is asked for with a read, wakes the readers of its key, and answers their next reads at once', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-f-x-y-').subscribe((letter) => (letter === 'f' ? following(gateway) : letter === 'x' ? gateway.frame(handle, '5-1', blockOf(6, 9)) : gateway.frame(handle, '8-1', blockOf(9, 10))));
      expectObservable(read(client, '2-1')).toBe('-(a|)', { a: '3-5' });
      expectObservable(client.invalidations$, '^-----!').toBe('---w-w', { w: woken });
      expectObservable(read(client, '5-1'), '------^').toBe('------(b|)', { b: '6-8 more' });
      expectObservable(read(client, '8-1'), '-------^').toBe('-------(c|)', { c: '9-9' });
      expectObservable(asked(gateway)).toBe('a', { a: '1: 2-1 +1' });
    });
  });

  it('goes on after an answer of nothing, and ends with the seal', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-f-x').subscribe((letter) => (letter === 'f' ? following(gateway, 1, 3, 3) : gateway.frame(handle, '2-1', { ...blockOf(3, 5), seal: 5 })));
      expectObservable(read(client, '2-1')).toBe('-(a|)', { a: '-' });
      expectObservable(read(client, '2-1'), '----^').toBe('----(b|)', { b: '3-4 sealed' });
    });
  });

  it('is dropped where it is older than the answer', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-f-x-y').subscribe((letter) => (letter === 'f' ? following(gateway) : letter === 'x' ? gateway.frame(handle, '3-1', blockOf(4, 6)) : gateway.frame(handle, '5-1', blockOf(6, 7))));
      read(client, '2-1').subscribe({ error: () => undefined });
      expectObservable(read(client, '5-1'), '-------^').toBe('-------(b|)', { b: '6-6' });
      expectObservable(asked(gateway)).toBe('a', { a: '1: 2-1 +1' });
    });
  });

  it('is dropped after a gap: its readers read again, and open another feed', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-f-x-y').subscribe((letter) => (letter === 'f' ? following(gateway) : gateway.frame(handle, letter === 'x' ? '7-1' : '8-1', letter === 'x' ? blockOf(8, 9) : blockOf(9, 10))));
      read(client, '2-1').subscribe({ error: () => undefined });
      expectObservable(client.invalidations$, '^------!').toBe('---w', { w: woken });
      read(client, '5-1').subscribe({ error: () => undefined });
      expectObservable(read(client, '5-1'), '------^-!').toBe('');
      expectObservable(asked(gateway)).toBe('(ab)--c', { a: '1: 2-1 +1', b: '2: 5-1', c: '3: 5-1 +1' });
    });
  });

  it('is dropped where nothing is known of its feed', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-f-x').subscribe((letter) => (letter === 'f' ? following(gateway) : gateway.frame(7, '5-1', blockOf(6, 9))));
      read(client, '2-1').subscribe({ error: () => undefined });
      expectObservable(client.invalidations$, '^------!').toBe('');
      expectObservable(read(client, '5-1'), '-----^-!').toBe('');
      expectObservable(asked(gateway)).toBe('a----b', { a: '1: 2-1 +1', b: '2: 5-1 +1' });
    });
  });

  it('is granted again once half of it was read', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      const frame = (first: number): ReturnType<typeof blockOf> => blockOf(first, first + 1, 70_000);
      cold('-f-(xyz)').subscribe((letter) => (letter === 'f' ? following(gateway) : gateway.frame(handle, `${'xyz'.indexOf(letter) + 5}-1`, frame('xyz'.indexOf(letter) + 6))));
      read(client, '2-1', MiB / 4).subscribe({ error: () => undefined });
      for (const [n, at] of ['--------^', '---------^', '----------^'].entries()) expectObservable(read(client, `${5 + n}-1`), at).toBe(`${at.slice(0, -1)}(a|)`, { a: `${6 + n}-${6 + n}${n < 2 ? ' more' : ''}` });
      const size = encodeBlockMessage({ id: handle, answer: false, last: false, after: '5-1', block: frame(6) }).length;
      expectObservable(grants(gateway)).toBe('---------m', { m: { more: 's', bytes: 2 * size } });
    });
  });

  it('is no more than 4 MiB for a stream, and 16 for all of them', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      for (const key of ['a', 'b', 'c', 'd', 'e']) read(client, '0-0', 8 * MiB, key).subscribe({ error: () => undefined });
      expectObservable(asked(gateway)).toBe('(abcde)', { a: '1: 0-0 +4', b: '2: 0-0 +4', c: '3: 0-0 +4', d: '4: 0-0 +4', e: '5: 0-0' });
    });
  });

  it('is asked for by a request for each stream; others go together', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      const requests = ['a', 'b', 'c', 'd'].map((key, n) => ({ key, after: `${n}-1`, maxEntries: 100, ...(n % 2 === 0 ? { ahead: MiB } : {}) }));
      cold('-x').subscribe(() => {
        gateway.answer(3, blockOf(2, 4), blockOf(4, 7));
        gateway.answer(2, blockOf(3, 5));
        gateway.answer(1, blockOf(1, 2));
      });
      expectObservable(client.read(requests).pipe(map((blocks) => blocks.map((block) => `${block.key} ${shown(block)}`)))).toBe('-(v|)', { v: ['a 1-1', 'b 2-3', 'c 3-4', 'd 4-6'] });
      expectObservable(asked(gateway)).toBe('(abc)', { a: '1: 0-1 +1', b: '2: 2-1 +1', c: '3: 1-1,3-1' });
    });
  });
});

describe('a feed', () => {
  it('that the gateway refuses is asked for again with the next read', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-x').subscribe(() => gateway.answer(1, blockOf(3, 6)));
      expectObservable(read(client, '2-1')).toBe('-(a|)', { a: '3-5' });
      expectObservable(read(client, '5-1'), '---^-!').toBe('');
      expectObservable(asked(gateway)).toBe('a--b', { a: '1: 2-1 +1', b: '2: 5-1 +1' });
    });
  });

  it('whose read is cancelled is forgotten', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('---f-x').subscribe((letter) => (letter === 'f' ? following(gateway) : gateway.frame(handle, '5-1', blockOf(6, 9))));
      expectObservable(read(client, '2-1'), '^-!').toBe('');
      expectObservable(client.invalidations$, '^------!').toBe('');
      for (const key of ['a', 'b', 'c', 'd']) expectObservable(read(client, '0-0', 8 * MiB, key), '-------^-!').toBe('');
      // Its credit is free again.
      expectObservable(asked(gateway)).toBe('s------(abcd)', { s: '1: 2-1 +1', a: '2: 0-0 +4', b: '3: 0-0 +4', c: '4: 0-0 +4', d: '5: 0-0 +4' });
    });
  });

  it('ends with the last reader of its key', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-f-u-x').subscribe((letter) => (letter === 'f' ? following(gateway) : letter === 'u' ? client.unwatch(['s']) : gateway.frame(handle, '5-1', blockOf(6, 9))));
      read(client, '2-1').subscribe({ error: () => undefined });
      expectObservable(client.invalidations$, '^------!').toBe('');
      expectObservable(read(client, '5-1'), '-------^-!').toBe('');
      expectObservable(gateway.heard$.pipe(filter((message) => 'unwatch' in message))).toBe('---u', { u: { unwatch: ['s'] } });
      expectObservable(asked(gateway)).toBe('a------b', { a: '1: 2-1 +1', b: '2: 5-1 +1' });
    });
  });

  it.each([
    ['the gateway says that all may have changed', (gateway: ScriptedGateway): void => gateway.say({ wakeAll: 1, interrupted: true })],
    ['the connection is lost', (gateway: ScriptedGateway): void => gateway.cut()],
  ])('ends when %s, and what it has sent is forgotten', (_, ending) => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-f-x-e').subscribe((letter) => (letter === 'f' ? following(gateway) : letter === 'x' ? gateway.frame(handle, '5-1', blockOf(6, 9)) : ending(gateway)));
      read(client, '2-1').subscribe({ error: () => undefined });
      expectObservable(client.invalidations$, '^------!').toBe('---w-i', { w: woken, i: { _tag: 'all', interrupted: true } });
      expectObservable(read(client, '5-1'), '-------^-!').toBe('');
      expectObservable(asked(gateway)).toBe('a------b', { a: '1: 2-1 +1', b: '2: 5-1 +1' });
    });
  });

  it('is replaced where its reader reads over the wire at its end', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-f---g-x').subscribe((letter) => (letter === 'f' ? following(gateway) : letter === 'g' ? following(gateway, 2, 6, 6) : gateway.frame(handle, '5-1', blockOf(6, 9))));
      read(client, '2-1').subscribe({ error: () => undefined });
      expectObservable(read(client, '5-1'), '---^').toBe('-----(a|)', { a: '-' });
      expectObservable(client.invalidations$, '^-------!').toBe('-------w', { w: woken });
      expectObservable(read(client, '5-1'), '---------^').toBe('---------(b|)', { b: '6-8' });
      expectObservable(asked(gateway)).toBe('a--b', { a: '1: 2-1 +1', b: '2: 5-1 +1' });
    });
  });

  it('that is replaced by an answer with entries wakes the others at its end, for whom no frame comes', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-f---g').subscribe((letter) => (letter === 'f' ? following(gateway) : following(gateway, 2, 6, 9)));
      read(client, '2-1').subscribe({ error: () => undefined });
      expectObservable(read(client, '5-1'), '---^').toBe('-----(a|)', { a: '6-8' });
      expectObservable(client.invalidations$, '^-------!').toBe('-----w', { w: woken });
    });
  });

  it('that was to be replaced by a read which is cancelled is not relied on: its readers read again', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-f').subscribe(() => following(gateway));
      read(client, '2-1').subscribe({ error: () => undefined });
      expectObservable(read(client, '5-1'), '---^-!').toBe('');
      expectObservable(client.invalidations$, '^-------!').toBe('-----w', { w: woken });
      expectObservable(read(client, '5-1'), '------^-!').toBe('');
      expectObservable(asked(gateway)).toBe('a--b--c', { a: '1: 2-1 +1', b: '2: 5-1 +1', c: '3: 5-1 +1' });
    });
  });
});
