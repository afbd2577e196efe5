/**
 * How a client knows that its gateway is there, keeps its token valid, and leaves a gateway that goes away. A message takes 1 ms here.
 *
 * ```
 * received:  w----------------p-----          the welcome, a pong
 * sent:      ------- 5 s -----p------- 5 s -----p------- 5 s -----x     lost, after 5 s more without anything
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { concat, map } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import type { GatewayOptions } from '../lib/gateway/client/gateway-client.js';
import type { GatewayDatabase } from '../lib/gateway/client/gateway-database.js';
import { clientOf, gatewayUrl, ScriptedGateway, type Heard } from '../specs/support/scripted-gateway.js';
import { virtually } from '../specs/support/virtual-time.js';

const calls = { protocolVersion: () => '1' };
const o = { open: gatewayUrl };
const h = { hello: 1 };
const b = { bye: 1 };
const call = (id: number): Heard => ({ id, call: 'protocolVersion', args: [] });
const disconnected = (reason: string): unknown => expect.objectContaining({ _tag: 'Disconnected', retriable: true, reason });

function connecting(scheduler: TestScheduler, leaving: number, script: ConstructorParameters<typeof ScriptedGateway>[1] = { calls }, options: Partial<GatewayOptions> = {}): { readonly gateway: ScriptedGateway; readonly client: GatewayDatabase } {
  const gateway = new ScriptedGateway(scheduler, { latency: 1, ...script });
  const client = clientOf(gateway, scheduler, options);
  scheduler.schedule(() => client.close().subscribe(), leaving);
  return { gateway, client };
}

describe('signs of life', () => {
  it('are asked for after 5 s without any', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler, 16_000);
      expectObservable(client.protocolVersion()).toBe('-----(v|)', { v: '1' });
      // 5 s after the answer, and after each pong.
      expectObservable(gateway.heard$).toBe('o-h-a 5001ms p 5001ms q 5001ms r 990ms b', { o, h, a: call(1), p: { ping: 5005 }, q: { ping: 10_007 }, r: { ping: 15_009 }, b });
    });
  });

  it('are anything that comes', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler, 20_000, { calls });
      cold('4s a 3999ms a 3999ms a 3999ms a').subscribe(() => gateway.say({ wake: ['key'] }));
      expectObservable(client.protocolVersion()).toBe('-----(v|)', { v: '1' });
      expectObservable(gateway.heard$).toBe('o-h-a 19996ms b', { o, h, a: call(1), b });
      expectObservable(client.invalidations$).toBe('4001ms a 3999ms a 3999ms a 3999ms a 3998ms |', { a: { _tag: 'keys', keys: ['key'] } });
    });
  });

  it('that do not come within 5 s more are a lost connection', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler, 20_000, { calls: {} });
      cold('----x').subscribe(() => gateway.stall());
      expectObservable(client.protocolVersion()).toBe('10003ms #', {}, disconnected('nothing was received for 10000 ms'));
      expectObservable(client.invalidations$).toBe('   10003ms i 9996ms |', { i: { _tag: 'all', interrupted: true } });
    });
  });

  it('may take longer where the page says so', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler, 30_000, { calls: {} }, { silence: () => 10_000 });
      cold('----x').subscribe(() => gateway.stall());
      expectObservable(client.protocolVersion()).toBe('20003ms #', {}, disconnected('nothing was received for 20000 ms'));
    });
  });

  it('are expected of a gateway that does not even welcome', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { client } = connecting(scheduler, 20_000, { welcome: null });
      expectObservable(client.protocolVersion()).toBe('10s #', {}, disconnected('nothing was received for 10000 ms'));
    });
  });
});

describe('a token that expires', () => {
  it('is renewed half a minute before, over the same connection', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      let tokens = 0;
      const { gateway, client } = connecting(scheduler, 80_000, { welcome: { expires: 60_003 } }, { token: () => `token ${++tokens}`, silence: () => 1e9 });
      expectObservable(client.protocolVersion()).toBe('80s #', {}, expect.objectContaining({ _tag: 'StoreClosed' }));
      cold('30005ms x').subscribe(() => gateway.say({ expires: 100_006 }));
      expectObservable(gateway.heard$).toBe('o-h-a 29999ms t 40002ms u 9993ms b', { o, h: { ...h, token: 'token 1' }, a: call(1), t: { token: 'token 2' }, u: { token: 'token 3' }, b });
    });
  });

  it('is not asked for again and again by a clock that is ahead of the gateway', () => {
    virtually(({ expectObservable }, scheduler) => {
      let tokens = 0;
      const { gateway, client } = connecting(scheduler, 1500, { welcome: { expires: -60_000 } }, { token: () => `token ${++tokens}` });
      expectObservable(client.protocolVersion()).toBe('1500ms #', {}, expect.objectContaining({ _tag: 'StoreClosed' }));
      expectObservable(gateway.heard$).toBe('o-h-a 999ms t 496ms b', { o, h: { ...h, token: 'token 1' }, a: call(1), t: { token: 'token 2' }, b });
    });
  });

  it('ends the connection where there is no newer one', () => {
    virtually(({ expectObservable }, scheduler) => {
      let tokens = 0;
      const token = (): string => {
        if (++tokens === 2) throw new Error('the user has left');
        return 'token';
      };
      const { client } = connecting(scheduler, 50_000, { welcome: { expires: 60_003 } }, { token, silence: () => 1e9 });
      expectObservable(client.protocolVersion()).toBe('30003ms #', {}, disconnected('there is no newer token: the user has left'));
    });
  });
});

/** Half of the time that the gateway gives, by the clients' `random`. */
describe('a gateway that goes away', () => {
  it('is left within the time it gives, and what is asked then is asked of the next', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler, 100);
      cold('-----------x').subscribe(() => gateway.say({ drain: 20 }));
      expectObservable(client.protocolVersion()).toBe('-----(v|)', { v: '1' });
      expectObservable(client.invalidations$).toBe('----------------------i 77ms |', { i: { _tag: 'all', interrupted: true } });
      expectObservable(concat(cold('----------------------------|'), client.protocolVersion())).toBe('---------------------------------(v|)', { v: '1' });
      expectObservable(gateway.closed$).toBe('-----------------------c 77ms d', { c: 1000, d: 1000 });
      expectObservable(gateway.heard$).toBe('o-h-a-----------------------o-h-A 68ms b', { o, h, a: call(1), A: call(2), b });
      // Nothing has failed.
      expectObservable(client.status$.pipe(map(({ _tag }) => _tag))).toBe('c--r 96ms (x|)', { c: 'connecting', r: 'ready', x: 'closed' });
    });
  });

  it('finishes what it was asked before', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler, 100, {});
      cold('------x').subscribe(() => gateway.say({ drain: 20 }));
      cold('------------------------y').subscribe(() => gateway.say({ id: 1, value: 'old' }));
      cold('----------------------------------------z').subscribe(() => gateway.say({ id: 2, value: 'new' }));
      expectObservable(client.protocolVersion()).toBe('-------------------------(v|)', { v: 'old' });
      // Asked after it was time to leave: sent to the next gateway, once the answer above has come.
      expectObservable(concat(cold('--------------------|'), client.protocolVersion())).toBe('-----------------------------------------(v|)', { v: 'new' });
      expectObservable(gateway.heard$).toBe('o-h-a--------------------o-h-A 71ms b', { o, h, a: call(1), A: call(2), b });
    });
  });

  it('ends what it did not finish', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler, 100, {});
      cold('------x-------------------y').subscribe({ next: (letter) => (letter === 'x' ? gateway.say({ drain: 10 }) : gateway.close(1012, 'the gateway restarts')) });
      expectObservable(client.protocolVersion()).toBe('---------------------------#', {}, disconnected('the gateway restarts'));
      // This one was only waiting, and does not fail with it.
      expectObservable(concat(cold('--------------------|'), client.protocolVersion())).toBe('100ms #', {}, expect.objectContaining({ _tag: 'StoreClosed' }));
    });
  });
});
