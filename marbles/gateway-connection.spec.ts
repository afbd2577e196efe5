/**
 * The connection of a client to its gateway. A message takes 1 ms here.
 *
 * ```
 * asked:    ^
 * gateway:  o-h-a       connected to, greeted; it welcomes the client, and is asked
 * answer:   -----(v|)
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { asyncScheduler, catchError, concat, firstValueFrom, lastValueFrom, map, of, switchMap, take, toArray } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import type { GatewayOptions } from '../lib/gateway/client/gateway-client.js';
import type { GatewayDatabase } from '../lib/gateway/client/gateway-database.js';
import { defaultLimits } from '../lib/gateway/protocol/limits.js';
import { clientOf, gatewayUrl, ScriptedGateway, type Heard } from '../specs/support/scripted-gateway.js';
import { virtually } from '../specs/support/virtual-time.js';

const calls = { protocolVersion: () => '1' };
const open = { open: gatewayUrl };
const h = { hello: 1 };
const bye = { bye: 1 };
const version = (id: number): Heard => ({ id, call: 'protocolVersion', args: [] });
const seal = { key: 'stream', scan: 'scan', length: 3 };

const disconnected = (reason: string): unknown => expect.objectContaining({ _tag: 'Disconnected', retriable: true, url: gatewayUrl, reason });
const broke = disconnected('the connection broke');
const unknown = expect.objectContaining({ _tag: 'OutcomeUnknown', key: 'stream', reason: 'the connection broke' });
const i = { _tag: 'all', interrupted: true };
const letterOfStatus = map(({ _tag }: { readonly _tag: string }) => _tag[0]);

interface Both {
  readonly gateway: ScriptedGateway;
  readonly client: GatewayDatabase;
}

/** The client leaves at last, for it would ask for signs of life for ever. */
function connecting(scheduler: TestScheduler, leaving: number, script: ConstructorParameters<typeof ScriptedGateway>[1] = { calls }, options: Partial<GatewayOptions> = {}): Both {
  const gateway = new ScriptedGateway(scheduler, { latency: 1, ...script });
  const client = clientOf(gateway, scheduler, options);
  scheduler.schedule(() => client.close().subscribe(), leaving);
  return { gateway, client };
}

describe('a client of a gateway', () => {
  it('connects on first use, and says nothing before it is welcome', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler, 20);
      expectObservable(concat(cold('--|'), client.protocolVersion())).toBe('-------(v|)', { v: '1' });
      expectObservable(concat(cold('--|'), client.seal(seal))).toBe('--------------------#', {}, expect.objectContaining({ _tag: 'OutcomeUnknown' }));
      expectObservable(gateway.heard$).toBe('--o-h-(as)-----------b', { o: open, h, a: version(1), s: { id: 2, call: 'seal', args: [seal] }, b: bye });
      expectObservable(gateway.closed$).toBe('---------------------c', { c: 1000 });
      expectObservable(client.status$.pipe(letterOfStatus)).toBe('i-c--r--------------(c|)');
    });
  });

  it('keeps the connection for what it asks later', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler, 20);
      expectObservable(concat(client.protocolVersion(), cold('--|'), client.protocolVersion())).toBe('-----v---(v|)', { v: '1' });
      expectObservable(gateway.heard$).toBe('o-h-a---A------------b', { o: open, h, a: version(1), A: version(2), b: bye });
    });
  });

  it('errors with StoreClosed once it is closed, and before that for what is under way', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const closed = expect.objectContaining({ _tag: 'StoreClosed' });
      const { client } = connecting(scheduler, 7, {});
      expectObservable(client.protocolVersion()).toBe('-------#', {}, closed);
      expectObservable(concat(cold('----------|'), client.protocolVersion())).toBe('----------#', {}, closed);
      expectObservable(client.invalidations$).toBe('-------|');
    });
  });

  it('shows its token to each connection, a new one if a function gives it, and hides it from errors', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      let tokens = 0;
      const { gateway, client } = connecting(scheduler, 20, {}, { token: () => `secret ${++tokens}`, client: 'a page' });
      cold('-----x').subscribe(() => gateway.cut());
      expectObservable(client.protocolVersion()).toBe('-----#', {}, expect.not.objectContaining({ message: expect.stringContaining('secret') }));
      expectObservable(concat(cold('------|'), client.protocolVersion()).pipe(catchError(() => of('x')))).toBe('--------------------(x|)');
      expectObservable(gateway.heard$).toBe('o-h-a-o-g-b----------y', { o: open, h: { ...h, token: 'secret 1', client: 'a page' }, a: version(1), g: { ...h, token: 'secret 2', client: 'a page' }, b: version(2), y: bye });
    });
  });

  it('waits for a token that comes later, before it opens a socket', async () => {
    const gateway = new ScriptedGateway(asyncScheduler, { calls });
    const heard = firstValueFrom(gateway.heard$.pipe(take(3), toArray()));
    const client = clientOf(gateway, asyncScheduler, { token: () => Promise.resolve('later') });
    expect(await firstValueFrom(client.protocolVersion())).toBe('1');
    expect(await heard).toEqual([open, { ...h, token: 'later' }, version(1)]);
    await lastValueFrom(client.close(), { defaultValue: undefined });
  });

  it('errors with the reason where there is no token, and asks again with the next request', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      let asked = 0;
      const token = (): string => {
        if (++asked === 1) throw new Error('the key server is away');
        return 'token';
      };
      const { client } = connecting(scheduler, 20, { calls }, { token });
      expectObservable(client.protocolVersion()).toBe('#', {}, disconnected('there is no token: the key server is away'));
      expectObservable(concat(cold('--|'), client.protocolVersion())).toBe('-------(v|)', { v: '1' });
    });
  });
});

describe('a client that loses its gateway', () => {
  it('fails what is under way, and reports the loss as an invalidation of everything', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler, 20, { welcome: { limits: { ...defaultLimits, requests: 2 } } });
      cold('---------x').subscribe(() => gateway.cut());
      expectObservable(client.protocolVersion()).toBe('---------#', {}, broke);
      expectObservable(client.seal(seal)).toBe('        ---------#', {}, unknown);
      // It was never sent.
      expectObservable(client.seal(seal)).toBe('        ---------#', {}, broke);
      expectObservable(client.invalidations$).toBe('      ---------i----------|', { i });
      expectObservable(client.status$.pipe(letterOfStatus)).toBe('c--r-----f----------(c|)');
    });
  });

  it('wakes those that wait, which nothing else would: they read again, over the next connection', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler, 20);
      cold('---------x').subscribe(() => gateway.cut());
      expectObservable(client.protocolVersion()).toBe('-----(v|)', { v: '1' });
      expectObservable(client.invalidations$.pipe(switchMap(() => client.protocolVersion()))).toBe('--------------v-----|', { v: '1' });
      // An idle connection that ends is no failure.
      expectObservable(client.status$.pipe(letterOfStatus)).toBe('c--r----------------(c|)');
      expectObservable(gateway.heard$).toBe('o-h-a----o-h-A-------b', { o: open, h, a: version(1), A: version(2), b: bye });
    });
  });

  it('connects with the next request, not by itself, and needs no welcome to be refused', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler, 20, { welcome: null });
      cold('-----x').subscribe(() => gateway.close(1006));
      expectObservable(client.protocolVersion()).toBe('------#', {}, disconnected('closed with 1006'));
      expectObservable(client.seal(seal)).toBe('        ------#', {}, disconnected('closed with 1006'));
      expectObservable(concat(cold('--------|'), client.protocolVersion()).pipe(catchError(() => of('x')))).toBe('--------------------(x|)');
      expectObservable(gateway.heard$).toBe('o-h-----o-h----------b', { o: open, h, b: bye });
      expectObservable(client.invalidations$).toBe('--------------------|');
      expectObservable(client.status$.pipe(letterOfStatus)).toBe('c-----f-c-----------(c|)');
    });
  });

  it.each([
    [1000, 'Disconnected'],
    [1001, 'Disconnected'],
    [1002, 'GatewayMismatch'],
    [1006, 'Disconnected'],
    [1008, 'GatewayMismatch'],
    [1009, 'GatewayMismatch'],
    [1011, 'Disconnected'],
    [1012, 'Disconnected'],
    [1013, 'Disconnected'],
    [4400, 'GatewayMismatch'],
    [4401, 'AccessDenied'],
    [4403, 'AccessDenied'],
    [4404, 'AccessDenied'],
    [4408, 'Disconnected'],
    [4413, 'Disconnected'],
    [4429, 'Disconnected'],
  ])('takes the close code %d for %s', (code, _tag) => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler, 20, {}, { token: 'token' });
      cold('-----x').subscribe(() => gateway.close(code, 'the reason'));
      expectObservable(client.protocolVersion()).toBe('------#', {}, expect.objectContaining({ _tag, url: gatewayUrl, message: expect.stringContaining('the reason') }));
      expectObservable(client.seal(seal)).toBe('------#', {}, expect.objectContaining({ _tag: 'OutcomeUnknown', key: 'stream' }));
    });
  });

  it('may come back with a newer token where the present one has expired, unless that is refused, too', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const gateway = new ScriptedGateway(scheduler, { latency: 1 });
      const client = clientOf(gateway, scheduler, { token: () => 'token' });
      cold('-----x--x').subscribe(() => gateway.close(4401, 'expired'));
      expectObservable(client.protocolVersion()).toBe('------#', {}, disconnected('expired'));
      expectObservable(concat(cold('-------|'), client.protocolVersion())).toBe('---------#', {}, expect.objectContaining({ _tag: 'AccessDenied', reason: 'expired' }));
    });
  });

  it('errors with GatewayMismatch where the gateway speaks another version', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { client } = connecting(scheduler, 20, { welcome: { welcome: 2 } });
      expectObservable(client.protocolVersion()).toBe('---#', {}, expect.objectContaining({ _tag: 'GatewayMismatch', expected: 'blissdata.v1', found: 'version 2' }));
    });
  });
});
